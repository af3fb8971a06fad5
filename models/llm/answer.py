"""The attempts at one answer: build the body, send it, read what comes."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Protocol, Self

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json

from models.attribution import Origin
from models.failures.failure import ServiceError, answer_cut_off, bad_request
from models.failures.pauses import should_retry
from models.failures.reading import request_id_of
from models.failures.refused import lacking_api, without_tools
from models.llm import chat, responses
from models.llm._metadata import MetadataPolicy, apply_dify_metadata_if_enabled
from models.llm.families import family_of
from models.llm.invocation import Invocation
from models.llm.json_alone import json_alone
from models.llm.json_schema import asks_for_json
from models.llm.reply import Api, Reply, ReplyEvent, ReplyFinished
from models.llm.routing import choose_route, other_api, why_instead, why_no_other
from models.llm.stop_words import cut_at_stop_words, refuse_long_stop_words
from models.llm.token_estimate import estimate_usage
from models.llm.tool_names import with_own_names
from models.llm.web_search import wants_citations
from models.service import leaving_out, refusals
from models.service.attempts import Deadline, attempts
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from models.service.streaming import read_to_end, read_whole, told_apart
from models.usage_line import UsageLine

# What tells where a body ends (RFC 9112, section 6.3); without them the connection's end does.
_LENGTHS = frozenset({"content-length", "transfer-encoding"})


class _ApiModule(Protocol):
    """What `chat` and `responses` both offer."""

    PATH: str

    def build_body(self, invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]: ...
    def to_reply(self, content: bytes) -> Reply: ...
    def to_events(self, content: Iterator[bytes]) -> Iterator[ReplyEvent]: ...


_MODULES: dict[Api, _ApiModule] = {"chat": chat, "responses": responses}


@dataclass(slots=True)
class AnswerAttempts:
    """One call on its way. `body` is the request on `api`, without metadata and store.

    `stops_there`: the stop words went with what was sent last, so that the service applies them.
    """

    invocation: Invocation
    endpoint: Endpoint
    api: Api
    body: dict[str, JsonValue]
    deadline: Deadline
    line: UsageLine
    stops_there: bool = False

    @classmethod
    def begin(cls, invocation: Invocation, endpoint: Endpoint) -> Self:
        """Choose the API and build the body. Raises InvokeBadRequestError for what cannot be."""
        refuse_long_stop_words(invocation.stop)
        api, why = choose_route(invocation, endpoint)
        line = UsageLine(endpoint, api, Origin(invocation.app_id, invocation.user), why)
        body = _body(api, invocation, endpoint)
        return cls(invocation, endpoint, api, body, Deadline(endpoint.limits.seconds), line)

    def events(self) -> Iterator[ReplyEvent]:
        """Yield the events: cut at the stop words, with a usage in the end."""
        for attempt in attempts(self.deadline, self.endpoint.limits.attempts):
            with attempt:
                yield from self._attempt()
                return

    def _attempt(self) -> Iterator[ReplyEvent]:
        """Yield the events of one attempt; what fails after the first is not to be repeated."""
        delivered = False
        # Closed here, whatever happens: the collector would do it inside the event loop.
        with closing(self._send()) as response:
            self.line.request_id = request_id_of(response)
            try:
                for event in self._cut(self._shaped(self._read(response))):
                    delivered = True
                    yield event
            except ServiceError as failure:
                refused = delivered or should_retry(response.headers) is False
                raise replace(failure, retryable=failure.retryable and not refused) from None

    def _cut(self, events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
        """Return the events up to the first stop word, where the service does not do that."""
        stop = self.invocation.stop
        return events if not stop or self.stops_there else cut_at_stop_words(events, stop)

    def _send(self) -> httpx2.Response:
        """Send on the API of the call, or on the other one where the address lacks the first."""
        try:
            return self._send_on(self.api)
        except ServiceError as failure:
            tools = without_tools(failure)
            if not (tools or lacking_api(failure)):
                raise
            other = other_api(self.invocation, self.endpoint, self.api)
            if other is None:
                raise self._with_way_out(failure) from None
        lacking, self.api = self.api, other
        self.line.api = other
        self.line.why = why_instead(other, takes_no_tools=tools)
        self.body = _body(other, self.invocation, self.endpoint)
        response = self._send_on(other)
        if tools:
            refusals.remember_without_tools(self.endpoint)
        else:
            refusals.remember_lacking(self.endpoint, lacking)
        return response

    def _with_way_out(self, failure: ServiceError) -> ServiceError:
        """Return a failure for want of an API; its sentence says what can be done about that."""
        advice = f"{failure.advice} {why_no_other(self.invocation, self.endpoint, self.api)}"
        return replace(failure, advice=advice.strip())

    def _send_on(self, api: Api) -> httpx2.Response:
        origin = Origin(self.invocation.app_id, self.invocation.user)

        def tagged_body(refused: frozenset[str]) -> dict[str, JsonValue]:
            body = leaving_out.without(self.body, refused)
            endpoint = self.endpoint
            policy = MetadataPolicy(
                endpoint.attribution,
                endpoint.name,
                endpoint.chat_refuses_metadata,
                refused,
                endpoint.keeps_store,
            )
            apply_dify_metadata_if_enabled(body, {}, api=api, origin=origin, policy=policy)
            self.line.stored = body.get("store") is True
            self.stops_there = "stop" in body
            return body

        headers = self.endpoint.attribution.headers(origin)
        request = Request(_MODULES[api].PATH, api, headers, tagged_body)
        return send(self.endpoint, request, self.deadline)

    def _shaped(self, events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
        """Return the events as the app asked for them: JSON alone, or the answer as it comes."""
        return json_alone(events) if asks_for_json(self.invocation) else events

    def _read(self, response: httpx2.Response) -> Iterator[ReplyEvent]:
        """Yield the events of a response, in one piece or streamed, whatever was asked for."""
        module = _MODULES[self.api]
        assert isinstance(response.stream, Iterable)  # noqa: S101 - for the type
        # Not iter_raw: what it counts and closes besides, nobody needs, and each read passes it.
        content = iter(response.stream)
        answer = told_apart(content, response.headers.get("content-type", ""))
        if answer.is_stream:
            for event in module.to_events(answer.pieces):
                yield self._completed(event.reply) if isinstance(event, ReplyFinished) else event
            read_to_end(content, self.deadline)
            return
        reply = _to_reply(module, response, read_whole(answer.pieces))
        yield from reply.content
        yield self._completed(reply)

    def _completed(self, reply: Reply) -> ReplyFinished:
        """Add a usage where the service reported none, drop citations that nobody asked for, and
        name the called tools as the app does."""
        if reply.usage is None:
            called = (f"{call.name} {call.arguments}" for call in reply.tool_calls)
            output = "\n".join([*(piece.text for piece in reply.content), *called])
            usage = estimate_usage(self.invocation.messages, self.invocation.tools, output)
            reply = replace(reply, usage=usage)
        if family_of(self.endpoint.base_model).always_searches:
            reply = replace(reply, searches=1)
        if reply.citations and not wants_citations(self.invocation):
            reply = replace(reply, citations=())
        if reply.tool_calls:
            calls = with_own_names(reply.tool_calls, self.invocation.tools)
            reply = replace(reply, tool_calls=calls)
        return ReplyFinished(reply)


def _body(api: Api, invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]:
    body = _MODULES[api].build_body(invocation, endpoint)
    if not (body.get("messages") or body.get("input")):
        raise bad_request(f"{endpoint.service}: the prompt is empty; write at least one message")
    return body


def _to_reply(module: _ApiModule, response: httpx2.Response, content: bytes) -> Reply:
    try:
        return module.to_reply(content)
    except ServiceError:
        if _is_cut_off(response, content):
            raise answer_cut_off() from None
        raise


def _is_cut_off(response: httpx2.Response, content: bytes) -> bool:
    """Return whether an answer that only a closed connection ended is JSON that ends too early."""
    if _LENGTHS & set(response.headers):
        return False
    try:
        from_json(content)
    except ValueError as fault:
        return bool(content.strip()) and str(fault).startswith("EOF while parsing")
    return False
