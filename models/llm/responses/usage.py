"""What a Responses answer tells of its usage -> the neutral counts."""

from typing import Annotated

from pydantic import BaseModel

from models.llm.odd_fields import OR_NONE, Count
from models.usage import TokenUsage


class _WriteDetails(BaseModel):
    ttl_12h_tokens: Count = None


class _InputDetails(BaseModel):
    cached_tokens: Count = None
    cache_write_tokens: Count = None
    cache_write_tokens_details: Annotated[_WriteDetails | None, OR_NONE] = None


class _OutputDetails(BaseModel):
    reasoning_tokens: Count = None


class Usage(BaseModel):
    """`usage` of a response."""

    input_tokens: Count = None
    output_tokens: Count = None
    input_tokens_details: Annotated[_InputDetails | None, OR_NONE] = None
    output_tokens_details: Annotated[_OutputDetails | None, OR_NONE] = None

    def to_token_usage(self) -> TokenUsage | None:
        """Return the neutral counts, None if nothing was counted; what is missing counts 0."""
        if self.input_tokens is None and self.output_tokens is None:
            return None
        inputs = self.input_tokens_details or _InputDetails()
        outputs = self.output_tokens_details or _OutputDetails()
        written = inputs.cache_write_tokens_details or _WriteDetails()
        return TokenUsage(
            input=self.input_tokens or 0,
            output=self.output_tokens or 0,
            cached=inputs.cached_tokens or 0,
            cache_write=inputs.cache_write_tokens or 0,
            reasoning=outputs.reasoning_tokens or 0,
            cache_write_12h=written.ttl_12h_tokens or 0,
        )
