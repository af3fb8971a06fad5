"""The cursor pages of every list: `after`, `limit`, `order`, and their refusals."""

from collections.abc import Sequence

from fakes.openai.call import Call
from fakes.openai.errors import invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.schema_errors import invalid_type, invalid_value, out_of_bounds
from fakes.openai.store import Order

_DEFAULT_LIMIT, _LARGEST_LIMIT = 20, 100


def requested_limit(call: Call) -> int:
    """Return how many objects a page may have, 1 to 100."""
    text = call.query.get("limit", str(_DEFAULT_LIMIT))
    try:
        limit = int(text)
    except ValueError:
        raise invalid_type("limit", "an integer", text) from None
    if limit < 1:
        raise out_of_bounds("limit", limit, "minimum", 1)
    if limit > _LARGEST_LIMIT:
        raise out_of_bounds("limit", limit, "maximum", _LARGEST_LIMIT)
    return limit


def requested_order(call: Call, default: Order) -> Order:
    """Return the order that the query asks for."""
    order = call.query.get("order", default)
    if order == "asc":
        return "asc"
    if order == "desc":
        return "desc"
    raise invalid_value("order", order, ("asc", "desc"))


def page(call: Call, items: Sequence[JsonObject], default_order: Order) -> JsonObject:
    """Return one page of `items`, which are given in ascending order."""
    ascending = requested_order(call, default_order) == "asc"
    ordered = list(items) if ascending else list(reversed(items))
    after = call.query.get("after")
    if after is not None:
        names = [item["id"] for item in ordered]
        if after not in names:
            raise invalid_request(f"No object with id '{after}' found.", "after", status=404)
        ordered = ordered[names.index(after) + 1 :]
    limit = requested_limit(call)
    return to_list(ordered[:limit], has_more=len(ordered) > limit)


def to_list(data: Sequence[JsonObject], *, has_more: bool) -> JsonObject:
    """Return the list object of one page."""
    return {
        "object": "list",
        "data": list(data),
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }
