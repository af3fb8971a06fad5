"""A Responses answer -> the neutral reply. The models name only what is read."""

from pydantic import BaseModel, ValidationError

from models.errors import Kind, Said, ServiceError, from_error_body
from models.llm.reply import FinishReason, Reply, TokenUsage


class _InputDetails(BaseModel):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _OutputDetails(BaseModel):
    reasoning_tokens: int | None = None


class _Usage(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Part(BaseModel):
    text: str | None = None
    refusal: str | None = None


class _Item(BaseModel):
    type: str = ""
    content: list[_Part] | None = None


class _IncompleteDetails(BaseModel):
    reason: str | None = None


class ResponseBody(BaseModel):
    """A response, whole or as the last event of a stream carries it."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[_Item] = []
    usage: _Usage | None = None
    incomplete_details: _IncompleteDetails | None = None
    service_tier: str | None = None
    error: object = None

    def to_reply(self) -> Reply:
        """Return the reply of a response that has ended well.

        Raises ServiceError if it failed, was cancelled, or has not ended at all.
        """
        return Reply(
            id=self.id or None,
            model=self.model or "",
            text="".join(
                (part.text or "") + (part.refusal or "")
                for item in self.output
                if item.type == "message"
                for part in item.content or ()
            ),
            finish_reason=self._finish_reason(),
            usage=_to_token_usage(self.usage) if self.usage else None,
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
    except ValidationError as error:
        raise not_understood() from error
    if body.status is None and body.error is None:
        raise not_understood()
    return body.to_reply()


def not_understood() -> ServiceError:
    """Return the failure for an answer that is not what the Responses API sends."""
    return ServiceError(
        Kind.SERVER,
        Said("the answer is not a response of the Responses API"),
        advice="Check that the API base URL serves it, or set API protocol to Chat Completions.",
    )


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
