"""The one join: an invocation and an endpoint -> the events of the answer.

Every call of all four routes passes here: the API is chosen, the body built, metadata and `store`
applied, the request sent and tried again where that helps, failures told in Dify's words, and the
usage line written.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import httpx2
from pydantic import JsonValue

from models.endpoints.deadline import Deadline
from models.endpoints.endpoint import Endpoint
from models.endpoints.retries import with_retries
from models.error_reports import request_id_of, secrets_in
from models.errors import ServiceError, bad_request, empty_answer
from models.llm import chat, responses
from models.llm._metadata import (
    Origin,
    apply_dify_metadata_if_enabled,
    dify_headers,
    remember_refusal,
)
from models.llm.byte_stream import read_to_end, response_bytes
from models.llm.invocation import Invocation
from models.llm.parameters import wants_stream
from models.llm.reply import Api, Reply, ReplyEvent, ReplyFinished
from models.llm.routing import choose_api
from models.llm.stop_words import cut_at_stop_words, native_stop_words
from models.llm.stream_refusal import remember_stream_refusal, without_refused_stream
from models.llm.token_estimate import estimate_usage
from models.llm.usage_line import UsageLine
from models.llm.web_search import wants_citations

# `metadata`, then `store`, then `stream`: nothing is left to take out after that.
_MAX_REFUSALS = 3
_EVENT_STREAM = "text/event-stream"
# In the usage line, for a call whose answer nobody read to its end.
_ABANDONED = "Abandoned"


class _ApiModule(Protocol):
    """What `chat` and `responses` both offer."""

    PATH: str

    def build_body(self, invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]: ...
    def to_reply(self, content: bytes) -> Reply: ...
    def to_events(self, content: Iterator[bytes]) -> Iterator[ReplyEvent]: ...


_MODULES: dict[Api, _ApiModule] = {"chat": chat, "responses": responses}


def generate(
    invocation: Invocation, endpoint: Endpoint, *, may_be_empty: bool = False
) -> Generator[ReplyEvent]:
    """Yield the answer's text and then, once and last, its end.

    Raises one of Dify's Invoke errors; nothing else that a service or the network can cause. An
    answer that was cut off before it said anything is one of them, unless it `may_be_empty`.
    """
    api = choose_api(invocation, endpoint)
    body = _MODULES[api].build_body(invocation, endpoint)
    if not (body.get("messages") or body.get("input")):
        raise bad_request(f"{endpoint.service}: the prompt is empty; write at least one message")
    call = _Call(invocation, endpoint, api, body, Deadline())
    line = UsageLine(endpoint, api, invocation.app_id)
    streamed = wants_stream(invocation, endpoint.family)
    reply: Reply | None = None
    error: str | None = _ABANDONED
    try:
        for event in call.events(line):
            if isinstance(event, ReplyFinished):
                reply = event.reply
                if not may_be_empty:
                    _refuse_nothing(reply)
                error = None
            elif streamed:
                line.note_first_text()
            yield event
    except ServiceError as failure:
        line.request_id = failure.request_id or line.request_id
        secrets = secrets_in(endpoint.connection.headers)
        invoke_error = failure.to_invoke_error(endpoint.service, secrets)
        error = type(invoke_error).__name__
        raise invoke_error from failure
    except Exception as bug:
        error = type(bug).__name__
        raise
    finally:
        line.write(reply, error)


@dataclass(frozen=True, slots=True)
class _Call:
    """One call on its way; `body` is the request without metadata and store."""

    invocation: Invocation
    endpoint: Endpoint
    api: Api
    body: dict[str, JsonValue]
    deadline: Deadline

    def events(self, line: UsageLine) -> Iterator[ReplyEvent]:
        """Yield the events: cut at the stop words, with a usage in the end."""
        events = with_retries(lambda: self._open(line), self.deadline)
        stop = self.invocation.stop
        if stop and not native_stop_words(stop, self.endpoint.family, self.api):
            events = cut_at_stop_words(events, stop)
        for event in events:
            yield self._completed(event) if isinstance(event, ReplyFinished) else event

    def _open(self, line: UsageLine) -> Iterator[ReplyEvent]:
        """Make one attempt, up to and including its first event."""
        response = self._send(line)
        line.request_id = request_id_of(response)
        events = self._read(response)
        return _resume(next(events), events)

    def _send(self, line: UsageLine) -> httpx2.Response:
        headers = dify_headers(self.endpoint.metadata.credentials, self._origin)
        for _ in range(_MAX_REFUSALS):
            body = self._tagged_body(line)
            try:
                return self._post(body, headers)
            except ServiceError as failure:
                if not self._can_do_without(failure, body):
                    raise
        return self._post(self._tagged_body(line), headers)

    def _tagged_body(self, line: UsageLine) -> dict[str, JsonValue]:
        """Return the body as this attempt sends it: with metadata, without what was refused."""
        body = dict(without_refused_stream(self.body, self.endpoint))
        policy = self.endpoint.metadata
        apply_dify_metadata_if_enabled(
            body, policy.credentials, api=self.api, origin=self._origin, policy=policy
        )
        line.stored = body.get("store") is True
        return body

    @property
    def _origin(self) -> Origin:
        return Origin(self.invocation.app_id, self.invocation.user)

    def _can_do_without(self, failure: ServiceError, body: dict[str, JsonValue]) -> bool:
        """Return whether a refusal named what a call can do without; it is remembered then."""
        return remember_refusal(
            failure, body, self.api, self.endpoint.metadata
        ) or remember_stream_refusal(failure, body, self.endpoint)

    def _post(self, body: dict[str, JsonValue], headers: dict[str, str]) -> httpx2.Response:
        return self.endpoint.post(_MODULES[self.api].PATH, body, headers, self.deadline)

    def _read(self, response: httpx2.Response) -> Generator[ReplyEvent]:
        """Yield the events of a response; a server may answer a stream request in one piece."""
        module = _MODULES[self.api]
        content = response_bytes(response, self.deadline)
        if response.headers.get("content-type", "").startswith(_EVENT_STREAM):
            yield from module.to_events(content)
            read_to_end(content)
            return
        reply = module.to_reply(b"".join(content))
        yield from reply.content
        yield ReplyFinished(reply)

    def _completed(self, event: ReplyFinished) -> ReplyFinished:
        """Add a usage where the service reported none, drop citations that nobody asked for."""
        reply = event.reply
        if reply.usage is None:
            calls = (f"{call.name} {call.arguments}" for call in reply.tool_calls)
            output = "\n".join([*(piece.text for piece in reply.content), *calls])
            usage = estimate_usage(self.invocation.messages, self.invocation.tools, output)
            reply = replace(reply, usage=usage)
        if reply.citations and not wants_citations(self.invocation):
            reply = replace(reply, citations=())
        return ReplyFinished(reply)


def _refuse_nothing(reply: Reply) -> None:
    """Raise a ServiceError if a reply that was cut off has neither text, reasoning nor calls."""
    if reply.content or reply.tool_calls:
        return
    if (failure := empty_answer(reply.finish_reason)) is not None:
        raise failure


def _resume(first: ReplyEvent, events: Generator[ReplyEvent]) -> Generator[ReplyEvent]:
    """Put the first event back; closing this closes the response, even before the first is read."""
    try:
        yield first
        yield from events
    finally:
        events.close()
