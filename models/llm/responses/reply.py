"""A Responses answer -> the neutral reply. The models name only what is read."""

from collections.abc import Iterator

from pydantic import BaseModel, JsonValue, ValidationError

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.llm.reply import (
    Citation,
    Content,
    FinishReason,
    ReasoningDelta,
    Reply,
    TextDelta,
    TokenCount,
    ToolCall,
    finish_with_calls,
)
from models.llm.responses.replay import to_opaque_body
from models.usage_line import TokenUsage

# Between two parts of a reasoning summary.
PART_SEPARATOR = "\n\n"


class _InputDetails(BaseModel):
    cached_tokens: TokenCount | None = None
    cache_write_tokens: TokenCount | None = None


class _OutputDetails(BaseModel):
    reasoning_tokens: TokenCount | None = None


class _Usage(BaseModel):
    input_tokens: TokenCount = 0
    output_tokens: TokenCount = 0
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Annotation(BaseModel):
    type: str = ""
    url: str | None = None
    title: str | None = None


class _Part(BaseModel):
    text: str | None = None
    refusal: str | None = None
    annotations: list[_Annotation] | None = None


class _Action(BaseModel):
    sources: list[_Annotation] | None = None


# Items of other types, known and unknown, say nothing that Dify could show. A tuple, here and in
# `replay`: an odd item's type may be anything, also what no set takes.
_READ = ("message", "reasoning", "function_call", "custom_tool_call", "web_search_call")


class _Item(BaseModel):
    """An output item of a type that is read."""

    type: str = ""
    status: str | None = None
    content: list[_Part] | None = None
    summary: list[_Part] | None = None
    action: _Action | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    input: str | None = None

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
    reason: str | None = None


class ResponseBody(BaseModel):
    """A response, whole or as the last event of a stream carries it."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[dict[str, JsonValue]] = []
    usage: _Usage | None = None
    incomplete_details: _IncompleteDetails | None = None
    service_tier: str | None = None
    error: object = None

    def to_reply(self) -> Reply:
        """Return the reply of a response that has ended well.

        Raises ServiceError if it failed, was cancelled, or has not ended at all.
        """
        reason = self._finish_reason()
        items = [_Item.model_validate(item) for item in self.output if item.get("type") in _READ]
        completed = self.status == "completed"
        # Of an answer that was cut off, whatever the reason is called, no call is handed on.
        calls = tuple(call for item in items if completed and (call := item.to_tool_call()))
        finish_reason, tool_calls = finish_with_calls(reason, calls)
        return Reply(
            id=self.id or None,
            model=self.model or "",
            content=tuple(_content(items)),
            finish_reason=finish_reason,
            usage=_to_token_usage(self.usage) if self.usage else None,
            tool_calls=tool_calls,
            citations=tuple(_citations(items)),
            opaque_body=to_opaque_body(self.output) if completed else None,
            service_tier=self.service_tier,
        )

    def _finish_reason(self) -> FinishReason:
        match self.status:
            case "completed":
                return "stop"
            case "incomplete":
                reason = (self.incomplete_details or _IncompleteDetails()).reason
                return "length" if reason == "max_output_tokens" else reason or "length"
            case "failed" | None:
                raise from_error_body(self.error)
            case _:
                raise ServiceError(
                    Kind.SERVER, Said(f"the response ended with status {self.status!r}")
                )


def to_reply(content: bytes) -> Reply:
    """Return the reply in a response's body.

    Raises ServiceError if it failed, was cancelled, or is not a response.
    """
    try:
        body = ResponseBody.model_validate_json(content)
        if body.status is None and body.error is None:
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
    """Yield summaries and texts in order, as a stream of the same response does."""
    separator = ""
    for item in items:
        if item.type == "reasoning":
            for part in item.summary or ():
                if part.text:
                    yield ReasoningDelta(separator + part.text)
                    separator = PART_SEPARATOR
        elif item.type == "message":
            for part in item.content or ():
                if text := (part.text or "") + (part.refusal or ""):
                    yield TextDelta(text)
                    separator = ""


def _citations(items: list[_Item]) -> Iterator[Citation]:
    """Yield each page once: those that the text cites, then those that were only consulted."""
    pages: dict[str, str] = {}
    for item in items:
        for part in item.content or ():
            for annotation in part.annotations or ():
                if annotation.type == "url_citation" and annotation.url:
                    pages.setdefault(annotation.url, annotation.title or annotation.url)
    for item in items:
        for source in item.action.sources or () if item.action else ():
            if source.url:
                pages.setdefault(source.url, source.title or source.url)
    return (Citation(url, title) for url, title in pages.items())


def _to_token_usage(usage: _Usage) -> TokenUsage:
    inputs = usage.input_tokens_details or _InputDetails()
    outputs = usage.output_tokens_details or _OutputDetails()
    return TokenUsage(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cached=inputs.cached_tokens or 0,
        cache_write=inputs.cache_write_tokens or 0,
        reasoning=outputs.reasoning_tokens or 0,
    )
