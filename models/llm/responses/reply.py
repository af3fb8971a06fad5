"""A Responses answer -> the neutral reply. The models name only what is read."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue, ValidationError

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.llm.odd_fields import OR_NONE, Listed, Scalar, Text
from models.llm.reply import (
    Citation,
    Content,
    FinishReason,
    ReasoningDelta,
    Reply,
    TextDelta,
    ToolCall,
    finish_with_calls,
)
from models.llm.responses.replay import to_opaque_body
from models.llm.responses.usage import Usage
from models.turns import in_turns

# Between two parts of a reasoning summary, and two messages.
PARAGRAPH = "\n\n"


class _Annotation(BaseModel):
    type: Text = None
    url: Text = None
    title: Text = None


type _Annotations = Listed[Annotated[_Annotation | None, OR_NONE]]


class _Part(BaseModel):
    text: Text = None
    refusal: Text = None
    annotations: Annotated[_Annotations | None, OR_NONE] = None


class _Action(BaseModel):
    type: Text = None
    sources: Annotated[_Annotations | None, OR_NONE] = None


# The phase of a message that only comments (microsoft/vscode#312173).
COMMENTARY = "commentary"

# Items of other types, known and unknown, say nothing that Dify could show. A tuple, here and in
# `replay`: an odd item's type may be anything, also what no set takes.
_READ = ("message", "reasoning", "function_call", "custom_tool_call", "web_search_call")


class _Item(BaseModel):
    """An output item of a type that is read."""

    type: str = ""
    status: Text = None
    phase: Text = None
    content: Annotated[Scalar | Listed[_Part] | None, Field(union_mode="left_to_right")] = None
    summary: Annotated[Listed[_Part] | None, OR_NONE] = None
    action: Annotated[_Action | None, OR_NONE] = None
    call_id: Text = None
    name: Text = None
    arguments: Scalar | None = None
    input: Scalar | None = None

    @property
    def parts(self) -> list[_Part]:
        """The parts of the content; some servers write a text."""
        if isinstance(self.content, str):
            return [_Part(text=self.content)]
        return self.content or []

    @property
    def thoughts(self) -> list[str]:
        """What a reasoning item tells: its summary, and open models' reasoning itself."""
        return [part.text for part in (*(self.summary or ()), *self.parts) if part.text]

    @property
    def is_paid_search(self) -> bool:
        """Whether it searched the web: to open a page and to find in it costs nothing (the guide
        on web search). Where an item does not say what it did, it searched."""
        did = self.action.type if self.action else None
        searched = self.type == "web_search_call" and self.status != "failed"
        return searched and did in {None, "search"}

    def to_tool_call(self) -> ToolCall | None:
        """Return the call of a function or custom tool that is whole."""
        if self.status not in {None, "completed"}:
            return None
        match self.type:
            case "function_call":
                arguments = self.arguments or "{}"
            case "custom_tool_call":
                arguments = self.input or ""
            case _:
                return None
        return ToolCall(id=self.call_id or "", name=self.name or "", arguments=arguments)


class _IncompleteDetails(BaseModel):
    reason: Text = None


class ResponseBody(BaseModel):
    """A response, whole or as the last event of a stream carries it."""

    id: Text = None
    model: Text = None
    status: Text = None
    output: Annotated[list[dict[str, JsonValue]], Field(fail_fast=True)] | None = None
    usage: Annotated[Usage | None, OR_NONE] = None
    incomplete_details: Annotated[_IncompleteDetails | None, OR_NONE] = None
    service_tier: Text = None
    error: object = None

    def to_reply(self, told: str | None = None) -> Reply:
        """Return the reply of a response that has ended well; `told` is the status that the name of
        a stream's last event gives it.

        Raises ServiceError if it failed, was cancelled, or has not ended at all.
        """
        reason = self._finish_reason(told)
        read = (item for item in in_turns(self.output or ()) if item.get("type") in _READ)
        items = [_Item.model_validate(item) for item in read]
        completed = reason == "stop"
        # Of an answer that was cut off, whatever the reason is called, no call is handed on.
        calls = tuple(call for item in items if completed and (call := item.to_tool_call()))
        finish_reason, tool_calls = finish_with_calls(reason, calls)
        return Reply(
            id=self.id or None,
            model=self.model or "",
            content=tuple(_content(items)),
            finish_reason=finish_reason,
            usage=self.usage.to_token_usage() if self.usage else None,
            tool_calls=tool_calls,
            citations=tuple(_citations(items)),
            opaque_body=to_opaque_body(self.output or ()) if completed else None,
            service_tier=self.service_tier,
            searches=sum(item.is_paid_search for item in items),
        )

    def _finish_reason(self, told: str | None) -> FinishReason:
        match self._status(told):
            case "completed":
                return _CUT_OFF.get(self.status or "", "stop")
            case "incomplete":
                reason = (self.incomplete_details or _IncompleteDetails()).reason
                return "length" if reason == "max_output_tokens" else reason or "length"
            case "failed":
                raise from_error_body(self.error)
            case status:
                raise ServiceError(Kind.SERVER, Said(f"the response ended with status {status!r}"))

    def _status(self, told: str | None) -> str:
        """Return the API's own word for how a response ended.

        Compatible servers invent others, `stop` and `complete`, or leave it out
        (BerriAI/litellm#15714): then the event's name says it, or that there is an answer.
        """
        if self.status in _ENDED or (told is None and self.status in _RUNNING):
            return self.status
        return told or ("failed" if self.error else "completed")


_ENDED = ("completed", "incomplete", "failed", "cancelled")
_RUNNING = ("queued", "in_progress")
# Where a finish reason of Chat Completions stands for the status.
_CUT_OFF: Mapping[str, FinishReason] = {"length": "length", "content_filter": "content_filter"}


def to_reply(content: bytes) -> Reply:
    """Return the reply in a response's body.

    Raises ServiceError if it failed, was cancelled, or is not a response.
    """
    try:
        body = ResponseBody.model_validate_json(content)
        if body.status is None and not body.error and not body.output:
            raise not_understood()
        return body.to_reply()
    except ValidationError:
        raise not_understood() from None


def not_understood() -> ServiceError:
    """Return the failure for an answer that is not what the Responses API sends."""
    return ServiceError(
        Kind.SERVER,
        Said("the answer is not a response of the Responses API"),
        advice="Check that the API base URL serves it, or set API protocol to Chat Completions.",
    )


def _content(items: list[_Item]) -> Iterator[Content]:
    """Yield reasoning and texts in order, as a stream of the same response does."""
    last: type[Content] | None = None
    for item in in_turns(items):
        if item.type == "reasoning":
            for thought in item.thoughts:
                yield ReasoningDelta(PARAGRAPH + thought if last is ReasoningDelta else thought)
                last = ReasoningDelta
        elif item.type == "message":
            aside = item.phase == COMMENTARY
            new = last is TextDelta
            for part in item.parts:
                if text := (part.text or "") + (part.refusal or ""):
                    if new:
                        yield TextDelta(PARAGRAPH, aside=True)
                    yield TextDelta(text, aside)
                    last, new = TextDelta, False


def _citations(items: list[_Item]) -> Iterator[Citation]:
    """Yield each page once: those that the text cites, then those that were only consulted."""
    pages: dict[str, str] = {}
    for item in in_turns(items):
        for part in item.parts:
            for annotation in part.annotations or ():
                if annotation and annotation.type == "url_citation" and annotation.url:
                    pages.setdefault(annotation.url, annotation.title or annotation.url)
    for item in in_turns(items):
        for source in item.action.sources or () if item.action else ():
            if source and source.url:
                pages.setdefault(source.url, source.title or source.url)
    return (Citation(url, title) for url, title in pages.items())
