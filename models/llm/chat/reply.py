"""A Chat Completions answer -> the neutral reply. The models name only what is read."""

from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from models.failures.failure import Kind, Said, ServiceError, calls_too_long
from models.failures.reading import from_error_body
from models.llm.chat.tool_calls import CallPart, LegacyCall, whole_calls
from models.llm.odd_fields import OR_NONE, Count, Listed, Scalar, Text, lists_too_much
from models.llm.reply import (
    MOST_CALL_CHARACTERS,
    MOST_CALLS,
    Content,
    ReasoningDelta,
    Reply,
    TextDelta,
    finish_with_calls,
)
from models.usage import TokenUsage


class _InputDetails(BaseModel):
    cached_tokens: Count = None
    cache_write_tokens: Count = None
    audio_tokens: Count = None


class _OutputDetails(BaseModel):
    reasoning_tokens: Count = None
    audio_tokens: Count = None


class Usage(BaseModel):
    """`usage` of a completion, or of the last chunks of a stream."""

    prompt_tokens: Count = None
    completion_tokens: Count = None
    prompt_tokens_details: Annotated[_InputDetails | None, OR_NONE] = None
    completion_tokens_details: Annotated[_OutputDetails | None, OR_NONE] = None

    def to_token_usage(self) -> TokenUsage | None:
        """Return the neutral counts, None if nothing was counted; what is missing counts 0."""
        if self.prompt_tokens is None and self.completion_tokens is None:
            return None
        inputs = self.prompt_tokens_details or _InputDetails()
        outputs = self.completion_tokens_details or _OutputDetails()
        return TokenUsage(
            input=self.prompt_tokens or 0,
            output=self.completion_tokens or 0,
            cached=inputs.cached_tokens or 0,
            cache_write=inputs.cache_write_tokens or 0,
            reasoning=outputs.reasoning_tokens or 0,
            audio_input=inputs.audio_tokens or 0,
            audio_output=outputs.audio_tokens or 0,
        )


class _Audio(BaseModel):
    transcript: Text = None


class _Thought(BaseModel):
    text: Text = None


class _Part(BaseModel):
    """A part of `content`. Mistral's models think in parts (BerriAI/litellm#16272), those behind
    Databricks in their summaries (BerriAI/litellm#9700)."""

    type: Text = None
    text: Text = None
    thinking: Annotated[Scalar | Listed[_Thought] | None, OR_NONE] = None
    summary: Annotated[Listed[_Thought] | None, OR_NONE] = None

    def to_content(self) -> list[Content]:
        if self.type not in {"thinking", "reasoning"}:
            return [TextDelta(self.text)] if self.text else []
        told = self.thinking or self.summary or self.text or ""
        if isinstance(told, list):
            told = "".join(thought.text or "" for thought in told)
        return [ReasoningDelta(told)] if told else []


class Message(BaseModel):
    """A message, or a piece of one.

    Other vendors' models reason in `reasoning_content` or `reasoning`, some servers send both
    (vllm-project/vllm#27755); and some send `content` in parts.
    """

    content: Annotated[
        Scalar | Listed[Scalar | _Part] | None, Field(union_mode="left_to_right")
    ] = None
    refusal: Text = None
    reasoning_content: Text = None
    reasoning: Text = None
    audio: Annotated[_Audio | None, OR_NONE] = None
    tool_calls: Listed[CallPart] | None = None
    function_call: Annotated[LegacyCall | None, OR_NONE] = None

    def to_content(self) -> list[Content]:
        """Return reasoning and text in the order in which they were made."""
        reasoning = self.reasoning_content or self.reasoning
        content: list[Content] = [ReasoningDelta(reasoning)] if reasoning else []
        written = self.content
        if isinstance(written, list):
            for part in written:
                content += part.to_content() if isinstance(part, _Part) else [TextDelta(part)]
            written = None
        spoken = self.audio.transcript if self.audio is not None else None
        text = (written or "") + (self.refusal or "") + (spoken or "")
        return [*content, TextDelta(text)] if text else content

    def call_parts(self) -> list[CallPart]:
        """Return the calls, or the fragments of calls."""
        parts = self.tool_calls or []
        legacy = self.function_call
        if legacy is None or not (legacy.name or legacy.arguments):
            return parts
        return [*parts, legacy.to_part()]


class _Choice(BaseModel):
    message: Message | None = None
    finish_reason: Text = None


class _Completion(BaseModel):
    id: Text = None
    model: Text = None
    choices: Listed[_Choice] | None = None
    usage: Annotated[Usage | None, OR_NONE] = None
    service_tier: Text = None
    system_fingerprint: Text = None
    error: object = None


def to_reply(content: bytes) -> Reply:
    """Return the reply in a response's body.

    Raises ServiceError if the body is an error, has no answer, or is not a completion.
    """
    try:
        completion = _Completion.model_validate_json(content)
    except ValidationError as fault:
        raise not_understood(fault) from None
    if completion.error:  # an empty one is none (BerriAI/litellm#32237)
        raise from_error_body(completion.error)
    if not completion.choices:
        raise not_understood()
    choice = completion.choices[0]
    if choice.message is None and not choice.finish_reason:
        raise not_understood()
    # What a filter took away may leave no message at all.
    message = choice.message or Message()
    calls = whole_calls(message.call_parts())
    finish_reason, tool_calls = finish_with_calls(choice.finish_reason or "stop", calls)
    return Reply(
        id=completion.id or None,
        model=completion.model or "",
        content=tuple(message.to_content()),
        finish_reason=finish_reason,
        usage=completion.usage.to_token_usage() if completion.usage else None,
        tool_calls=tool_calls,
        service_tier=completion.service_tier,
        system_fingerprint=completion.system_fingerprint or None,
    )


def not_understood(fault: ValidationError | None = None) -> ServiceError:
    """Return the failure for an answer that is not what Chat Completions sends, or for the `fault`
    that was found in it."""
    if fault is not None and lists_too_much(fault):
        return calls_too_long(MOST_CALLS, MOST_CALL_CHARACTERS)
    return ServiceError(
        Kind.SERVER,
        Said("the answer is not a chat completion"),
        advice="Check that the API base URL serves Chat Completions.",
    )
