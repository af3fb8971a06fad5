"""What was billed by day and line item, as the costs API lists it.

openai 3.54, resources/admin/organization/usage.py and its types: buckets of a day from `start_time`
on, empty ones too, `limit` of them a page (7, at most 180), `page` from `next_page`. Line items are
told apart only where `group_by` says so. The real service takes admin keys alone.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

from fakes.openai.accounts import BilledItem
from fakes.openai.call import Call
from fakes.openai.errors import invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply
from fakes.openai.wire import Reply

_MOST_DAYS = 180
_DAYS = 7


def list_costs(call: Call) -> Reply:
    """Answer with the days that the query asks for, up to the last one that has a cost."""
    query = call.request.query_params
    start = query.get("page", query.get("start_time", "")).removeprefix("page_")
    limit = query.get("limit", str(_DAYS))
    if not start.isdecimal():
        raise invalid_request("`start_time` is required, in seconds.", "start_time")
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST_DAYS:
        raise invalid_request(f"`limit` is between 1 and {_MOST_DAYS}.", "limit")
    items = sorted(call.account.settings.costs, key=attrgetter("day", "line_item"))
    by_day = {day: list(group) for day, group in groupby(items, key=attrgetter("day"))}
    first = datetime.fromtimestamp(int(start), UTC).date()
    last = max(by_day, default=first)
    days = [first + timedelta(number) for number in range(max(0, (last - first).days + 1))]
    grouped = "line_item" in query.getlist("group_by") + query.getlist("group_by[]")
    page, rest = days[: int(limit)], days[int(limit) :]
    answer = {
        "object": "page",
        "data": [_bucket(day, by_day.get(day, []), grouped=grouped) for day in page],
        "has_more": bool(rest),
        "next_page": f"page_{_seconds(rest[0])}" if rest else None,
    }
    return json_reply(call, answer)


def _bucket(day: date, items: list[BilledItem], *, grouped: bool) -> JsonObject:
    amounts: list[tuple[str | None, float]] = [(item.line_item, item.amount) for item in items]
    if items and not grouped:
        amounts = [(None, sum(item.amount for item in items))]
    return {
        "object": "bucket",
        "start_time": _seconds(day),
        "end_time": _seconds(day + timedelta(1)),
        "results": [
            {
                "object": "organization.costs.result",
                "amount": {"value": amount, "currency": "usd"},
                "line_item": line_item,
                "project_id": None,
            }
            for line_item, amount in amounts
        ],
    }


def _seconds(day: date) -> int:
    return round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
