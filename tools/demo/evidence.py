"""Reads the records back as the service allows and holds each against the call that made it.

Chat Completions are listed by metadata. Responses cannot be listed: they are read by the ids that
the plugin wrote into its usage lines. What has no app must not be there at all.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import openai

from tools.demo.apps import Api, App
from tools.demo.errors import DemoFailure
from tools.demo.services import Service
from tools.demo.traffic import MadeCall

type How = Literal["listed", "fetched", "not stored"]
type _Record = tuple[How, Mapping[str, str]]

_MOST_RECORDS = 1000
_PAGE = 100
_PAUSE_SECONDS = 0.5
_KINDS: dict[Api, str] = {"chat": "chat completion", "responses": "response"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the service has of one call. metadata: of its record, as the service tells it."""

    made: MadeCall
    how: How
    metadata: Mapping[str, str]


def find_records(made: Sequence[MadeCall], *, patience: float = 0.0) -> tuple[Finding, ...]:
    """Return a finding per call, in the order of the calls.

    `patience`: how many seconds a record may take to appear in the service's list.

    Raises:
        DemoFailure: a record is lost, names another app, or should not be there; or the service
            does not let its records be read.
    """
    services = {call.service.provider: call.service for call in made}
    found: dict[str, _Record] = {}
    for service in services.values():
        calls = [call for call in made if call.service == service]
        try:
            with service.client() as client:
                found |= _find_at(_Reader(client, time.monotonic() + patience), calls)
        except openai.OpenAIError as error:
            raise DemoFailure(_unreadable(service, error)) from None
    return tuple(Finding(call, *found[call.usage.id]) for call in made)


def _find_at(reader: "_Reader", calls: Sequence[MadeCall]) -> dict[str, _Record]:
    """Find the records of one service's calls; by the id of the record."""
    found: dict[str, _Record] = {}
    senders = dict.fromkeys(call.call.sender for call in calls)
    for app in senders:
        ids = {api: _ids(calls, app, api) for api in _KINDS}
        if app is None:
            for api, absent in ids.items():
                reader.check_absent(api, absent)
                found |= {identifier: ("not stored", {}) for identifier in absent}
            continue
        listed = reader.checked_list(app, ids["chat"])
        found |= {identifier: ("listed", metadata) for identifier, metadata in listed.items()}
        fetched = reader.checked_fetch(app, ids["responses"])
        found |= {identifier: ("fetched", metadata) for identifier, metadata in fetched.items()}
    return found


def _ids(calls: Sequence[MadeCall], app: App | None, api: Api) -> list[str]:
    return [made.usage.id for made in calls if made.call.sender == app and made.usage.api == api]


@dataclass(frozen=True, slots=True)
class _Reader:
    """One service's records; `deadline` says until when a list may still be growing."""

    client: openai.OpenAI
    deadline: float

    def checked_list(self, app: App, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the list of an app's chat completions, which has these ids and no other."""
        listed = self._list(app)
        while set(ids) - set(listed) and time.monotonic() < self.deadline:
            time.sleep(_PAUSE_SECONDS)
            listed = self._list(app)
        for identifier in ids:
            if identifier not in listed:
                raise DemoFailure(self._why_not_listed(app, identifier))
        for identifier, metadata in listed.items():
            _check_metadata(app, "chat", identifier, metadata)
            if identifier not in ids:
                raise DemoFailure(
                    f"The service lists chat completion {identifier!r} for {app.name!r}, which"
                    " never made it; another app's request carries its id."
                )
        return listed

    def checked_fetch(self, app: App, ids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return these responses, each of which is there and names the app."""
        fetched = {}
        for identifier in ids:
            metadata = self._metadata("responses", identifier)
            if metadata is None:
                raise DemoFailure(
                    f"The service has no response {identifier!r}, which {app.name!r} made and the"
                    " plugin's usage line calls stored; it was deleted or never kept."
                )
            _check_metadata(app, "responses", identifier, metadata)
            fetched[identifier] = metadata
        return fetched

    def check_absent(self, api: Api, ids: Sequence[str]) -> None:
        """Check that none of these was stored."""
        for identifier in ids:
            if self._metadata(api, identifier) is not None:
                raise DemoFailure(
                    f"The service keeps {_KINDS[api]} {identifier!r}, whose request did not ask"
                    " for that: it has no app, or the switch was off."
                )

    def _list(self, app: App) -> dict[str, Mapping[str, str]]:
        page = self.client.chat.completions.list(metadata={"dify_app_id": app.id}, limit=_PAGE)
        # The type of the official package leaves out that listed completions have metadata.
        return {
            completion.id: _to_metadata(completion) for completion in islice(page, _MOST_RECORDS)
        }

    def _metadata(self, api: Api, identifier: str) -> Mapping[str, str] | None:
        """Return the metadata of one record, None if the service has no such record."""
        try:
            if api == "chat":
                return _to_metadata(self.client.chat.completions.retrieve(identifier))
            return _to_metadata(self.client.responses.retrieve(identifier))
        except openai.NotFoundError:
            return None

    def _why_not_listed(self, app: App, identifier: str) -> str:
        metadata = self._metadata("chat", identifier)
        reason = (
            "the service does not have it (any more)"
            if metadata is None
            else f"it is stored with the metadata {dict(metadata)}"
        )
        return (
            f"Chat completion {identifier!r} of {app.name!r} is not listed by"
            f" metadata[dify_app_id]={app.id}: {reason}."
        )


def _to_metadata(record: object) -> Mapping[str, str]:
    return getattr(record, "metadata", None) or {}


def _check_metadata(app: App, api: Api, identifier: str, metadata: Mapping[str, str]) -> None:
    due = {"dify_app_id": app.id, "dify_source": "dify"}
    if dict(metadata) != due:
        raise DemoFailure(
            f"The service stored {_KINDS[api]} {identifier!r} of {app.name!r} with the metadata"
            f" {dict(metadata)} instead of {due}."
        )


def _unreadable(service: Service, error: openai.OpenAIError) -> str:
    # Never the message: the service quotes parts of a wrong key in it.
    answered = (
        f"answered {error.status_code}" if isinstance(error, openai.APIStatusError) else "is silent"
    )
    return (
        f"{service.name} {answered} when its records were read;"
        " check that the key may read stored completions and responses."
    )
