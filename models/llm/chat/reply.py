"""A Chat Completions answer -> the neutral reply. The models name only what is read."""

from pydantic import BaseModel, ValidationError

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.llm.chat.tool_calls import CallPart, LegacyCall, whole_calls
from models.llm.reply import (
    Content,
    ReasoningDelta,
    Reply,
    TextDelta,
    TokenCount,
    finish_with_calls,
)
from models.usage_line import TokenUsage


class _InputDetails(BaseModel):
    cached_tokens: TokenCount | None = None
    cache_write_tokens: TokenCount | None = None


class _OutputDetails(BaseModel):
    reasoning_tokens: TokenCount | None = None


class Usage(BaseModel):
    """`usage` of a completion, or of the last chunks of a stream."""

    prompt_tokens: TokenCount = 0
    completion_tokens: TokenCount = 0
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None

    def to_token_usage(self) -> TokenUsage:
        """Return the neutral counts; a detail that is missing counts 0."""
        inputs = self.prompt_tokens_details or _InputDetails()
        outputs = self.completion_tokens_details or _OutputDetails()
        return TokenUsage(
            input=self.prompt_tokens,
            output=self.completion_tokens,
            cached=inputs.cached_tokens or 0,
            cache_write=inputs.cache_write_tokens or 0,
            reasoning=outputs.reasoning_tokens or 0,
        )


class _Audio(BaseModel):
    transcript: str | None = None


class _TextPart(BaseModel):
    text: str | None = None


class Message(BaseModel):
    """A message, or a piece of one.

    Other vendors' models reason in `reasoning_content`, and some send `content` in parts.
    """

    content: str | list[_TextPart] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    audio: _Audio | None = None
    tool_calls: list[CallPart] | None = None
    function_call: LegacyCall | None = None

    def to_content(self) -> list[Content]:
        """Return reasoning and text in the order in which they were made."""
        spoken = self.audio.transcript if self.audio is not None else None
        written = self.content
        if isinstance(written, list):
            written = "".join(part.text or "" for part in written)
        text = (written or "") + (self.refusal or "") + (spoken or "")
        reasoning = self.reasoning_content
        content: list[Content] = [ReasoningDelta(reasoning)] if reasoning else []
        return [*content, TextDelta(text)] if text else content

    def call_parts(self) -> list[CallPart]:
        """Return the calls, or the fragments of calls."""
        parts = self.tool_calls or []
        return parts if self.function_call is None else [*parts, self.function_call.to_part()]


class _Choice(BaseModel):
    index: int = 0
    message: Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] = []
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    error: object = None


def to_reply(content: bytes) -> Reply:
    """Return the reply in a response's body.

    Raises ServiceError if the body is an error, has no answer, or is not a completion.
    """
    try:
        completion = _Completion.model_validate_json(content)
    except ValidationError:
        raise not_understood() from None
    if completion.error is not None:
        raise from_error_body(completion.error)
    if not completion.choices:
        raise not_understood()
    choice = completion.choices[0]
    calls = whole_calls(choice.message.call_parts())
    finish_reason, tool_calls = finish_with_calls(choice.finish_reason or "stop", calls)
    return Reply(
        id=completion.id or None,
        model=completion.model or "",
        content=tuple(choice.message.to_content()),
        finish_reason=finish_reason,
        usage=completion.usage.to_token_usage() if completion.usage else None,
        tool_calls=tool_calls,
        service_tier=completion.service_tier,
        system_fingerprint=completion.system_fingerprint or None,
    )


def not_understood() -> ServiceError:
    """Return the failure for an answer that is not what Chat Completions sends."""
    return ServiceError(
        Kind.SERVER,
        Said("the answer is not a chat completion"),
        advice="Check that the API base URL serves Chat Completions.",
    )
