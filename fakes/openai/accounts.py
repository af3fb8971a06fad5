"""Accounts: every API key is one, with its own models, deployments, rules, plan and journal.

An account can stand for a compatible server: `refusals` are what that server refuses, as data.
"""

import json
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from pydantic import JsonValue
from starlette.requests import Request

from fakes.openai.errors import ServiceError, invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.model_facts import READ_ON
from fakes.openai.models import ON_AZURE, shutdown_date
from fakes.openai.steps import GivenStep, Step, Strict
from fakes.openai.wire import Reply

_MOST_ENTRIES = 10_000
_SECRET_HEADERS = ("authorization", "api-key")
_REMOVED = "[removed]"


class Refusal(Strict):
    """One thing that a server refuses, in its own words.

    `field` is a dotted path into the body, lists are searched item by item; of several paths the
    first that was sent is told. Without one every call of `apis` is refused, as where there is no
    such route. With `value` only that value is refused, with `unless` everything else and the
    absence too. `{field}`, `{value}`, `{repr}` (that value as Python writes it) and `{model}` in
    the texts of `body` stand for what was sent; a body that is a text is sent as plain text.
    Without a body the field is told of as an unknown argument.

    A server that tells all its faults at once has `each`, which is filled for every field that was
    sent: `{each}` in `body` stands for those texts, joined by `between`, or for their list.
    """

    field: str | tuple[str, ...] = ()
    value: JsonValue = None
    unless: JsonValue = None
    apis: tuple[str, ...] = ()
    status: int = 400
    each: JsonValue = None
    between: str = "\n"
    body: dict[str, JsonValue] | str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths that are looked at; none where the whole API is refused."""
        return (self.field,) if isinstance(self.field, str) else self.field

    def check(self, api: str, body: JsonObject) -> ServiceError | None:
        """Return the refusal of a body that was sent to `api`, None where this does not fit."""
        if self.apis and api not in self.apis:
            return None
        found = {name: refused for name in self.fields if (refused := self._refused(body, name))}
        if self.fields and not found:
            return None
        if self.body is None:
            name = next(iter(found), None)
            message = f"Unrecognized request argument supplied: {name}"
            return invalid_request(message, name, status=self.status)
        told = [
            {"field": name, "value": values[0], "repr": repr(values[0]), "model": body.get("model")}
            for name, values in found.items()
        ]
        names = {} if not told else told[0] | {"each": self._told_at_once(told)}
        return ServiceError(self.status, _filled(self.body, names))

    def _refused(self, body: JsonObject, name: str) -> list[Any]:
        """Return the values at a path that are refused."""
        found = list(_values_at(body, name.split(".")))
        if "unless" in self.model_fields_set:
            return [value for value in found or [None] if value != self.unless]
        if "value" in self.model_fields_set:
            return [value for value in found if value == self.value]
        return found

    def _told_at_once(self, told: list[JsonObject]) -> object:
        filled = [_filled(self.each, names) for names in told]
        return self.between.join(filled) if isinstance(self.each, str) else filled


class BilledItem(Strict):
    """What a line item of a day was billed, in USD."""

    day: date
    line_item: str
    amount: float


class AccountSettings(Strict):
    """What the control plane may set. `streaming` other than as asked ignores `stream`.

    `reading_plan` is what the next calls that read records or costs get, null as usual, `costs`
    what was billed. `today` decides which models have ended at OpenAI.
    `openai_rules` false leaves the published schema, the models and `refusals` as the only rules.
    """

    models: tuple[str, ...] | None = None
    deployments: dict[str, str] | None = None
    organization: str = "org-local"
    plan: tuple[GivenStep, ...] = ()
    reading_plan: tuple[GivenStep | None, ...] = ()
    costs: tuple[BilledItem, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    streaming: Literal["as asked", "always", "never"] = "as asked"
    openai_rules: bool = True
    today: date = READ_ON


@dataclass(slots=True)
class JournalEntry:
    """One request as it arrived, and what became of it."""

    sent: JsonObject
    reply: Reply | None = None

    def to_json(self) -> JsonObject:
        """Return the entry for the control plane."""
        reply = self.reply
        return self.sent | {
            "status": reply.status if reply and reply.has_head else None,
            "outcome": reply.outcome if reply else "pending",
        }


@dataclass(slots=True)
class Account:
    """One API key's view of the service.

    `deployments` are names and their base models, `plan` what the next generations take,
    `reading_plan` what the next calls that read do, and
    `journal` the last requests in the order of their arrival.
    """

    key: str
    settings: AccountSettings
    models: tuple[str, ...]
    deployments: Mapping[str, str]
    plan: deque[Step]
    reading_plan: deque[Step | None]
    journal: deque[JournalEntry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    def check_refusals(self, api: str, body: JsonObject | None) -> None:
        """Raise what this account refuses; without a body only where the whole `api` is refused."""
        for refusal in self.settings.refusals:
            if body is None and refusal.fields:
                continue
            if error := refusal.check(api, body or {}):
                raise error

    def serves(self, model: str) -> bool:
        """Return whether OpenAI has not ended a model, as far as this account plays OpenAI."""
        end = shutdown_date(model) if self.settings.openai_rules else None
        return end is None or self.settings.today < end

    def streams(self, body: JsonObject) -> bool:
        """Return whether a request is answered with a stream."""
        if self.settings.streaming == "as asked":
            return body.get("stream") is True
        return self.settings.streaming == "always"


class Accounts:
    """Every account of this service."""

    def __init__(self, published_models: Iterable[str]) -> None:
        """Start without accounts; `published_models` are the default ones."""
        self._default_models = tuple(published_models)
        self._by_key: dict[str, Account] = {}

    def find(self, key: str) -> Account | None:
        """Return the account of a key."""
        return self._by_key.get(key)

    def put(self, key: str, settings: AccountSettings) -> Account:
        """Create or replace an account."""
        models = self._default_models if settings.models is None else settings.models
        deployments = settings.deployments
        if deployments is None:
            own = ON_AZURE if settings.models is None else ()
            deployments = {name: name for name in (*models, *own)}
        plans = deque(settings.plan), deque(settings.reading_plan)
        account = Account(key, settings, models, deployments, *plans)
        self._by_key[key] = account
        return account


def journal_entry(request: Request, body: bytes) -> JournalEntry:
    """Write one request down, without the values of its keys."""
    headers = dict(request.headers) | {
        name: _REMOVED for name in _SECRET_HEADERS if name in request.headers
    }
    return JournalEntry(
        {
            "method": request.method,
            "path": request.url.path,
            "query": dict(request.query_params),
            "headers": headers,
            "body": _readable(body),
            "at": time.time(),
        }
    )


def _readable(body: bytes) -> object:
    """Return the parsed JSON where it is JSON, the text otherwise, None where there is none."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")


def _values_at(value: Any, path: list[str]) -> Iterator[Any]:
    """Yield every value that stands at a dotted path."""
    if isinstance(value, list):
        for item in value:
            yield from _values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values_at(value[path[0]], path[1:])


def _filled(template: Any, names: Mapping[str, object]) -> Any:
    if isinstance(template, dict):
        return {key: _filled(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(item, names) for item in template]
    if template == "{each}" and "each" in names:
        return names["each"]
    if isinstance(template, str):
        for name, value in names.items():
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            template = template.replace(f"{{{name}}}", text)
    return template
