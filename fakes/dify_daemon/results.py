"""What the daemon demands of a model's result, by the action that it answers.

The models below say in pydantic what the structs say in Go (dify-plugin-daemon:
pkg/entities/model_entities/{llm,text_embedding,moderation,speech2text,tts}.go). A JSON null for an
optional string means an empty string there, and unknown keys are dropped.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag, ValidationError

from fakes.dify_daemon.errors import ResultRejected

# A price is a JSON string or number; the daemon reads both.
type Price = Annotated[Decimal, Field(strict=False, allow_inf_nan=False)]


class _GoStruct(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class ContentPart(_GoStruct):
    """A part of a message (PromptMessageContent in the same file)."""

    type: Literal["text", "image", "audio", "video", "document"]
    data: str | None = None
    base64_data: str | None = None
    url: str | None = None
    encode_format: str | None = None
    format: str | None = None
    mime_type: str | None = None
    detail: str | None = None
    filename: str | None = None


class _Function(_GoStruct):
    name: str | None = None
    arguments: str | None = None


class _ToolCall(_GoStruct):
    id: str | None = None
    type: str | None = None
    function: _Function | None = None


def _content_kind(content: JsonValue) -> str | None:
    if isinstance(content, str):
        return "text"
    return "parts" if isinstance(content, list) else None


class _Message(_GoStruct):
    role: Literal["system", "user", "assistant", "tool"]
    content: Annotated[
        Annotated[str, Tag("text")] | Annotated[list[ContentPart], Tag("parts")],
        Discriminator(
            _content_kind,
            custom_error_type="content_kind",
            custom_error_message="Must be a string or a list of parts, never null",
        ),
    ]
    name: str | None = None
    tool_calls: list[_ToolCall] | None = None
    tool_call_id: str | None = None


class _Usage(_GoStruct):
    # The daemon marks all twelve as required. The validator version it uses today does not act on
    # the mark for the prices (a null one becomes 0), the next may: none is allowed to be null.
    prompt_tokens: int
    prompt_unit_price: Price
    prompt_price_unit: Price
    prompt_price: Price
    completion_tokens: int
    completion_unit_price: Price
    completion_price_unit: Price
    completion_price: Price
    total_tokens: int
    total_price: Price
    currency: str
    latency: float


class _Delta(_GoStruct):
    index: int
    message: _Message
    usage: _Usage | None = None
    finish_reason: str | None = None


class _LLMResultChunk(_GoStruct):
    model: Annotated[str, Field(min_length=1)]
    system_fingerprint: str | None = None
    delta: _Delta


class _EmbeddingUsage(_GoStruct):
    # Seven marked as required, as above.
    tokens: int
    total_tokens: int
    unit_price: Price
    price_unit: Price
    total_price: Price
    currency: str
    latency: float


class _TextEmbeddingResult(_GoStruct):
    model: Annotated[str, Field(min_length=1)]
    embeddings: Annotated[list[list[float]], Field(min_length=1)]
    usage: _EmbeddingUsage


class _ModerationResult(_GoStruct):
    result: bool


class _Speech2TextResult(_GoStruct):
    result: str


class _TTSResult(_GoStruct):
    result: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
    mime_type: str | None = None


_RESULTS: Mapping[str, type[_GoStruct]] = {
    "invoke_llm": _LLMResultChunk,
    "invoke_text_embedding": _TextEmbeddingResult,
    "invoke_moderation": _ModerationResult,
    "invoke_speech2text": _Speech2TextResult,
    "invoke_tts": _TTSResult,
}

# PostgreSQL takes no U+0000, and Dify's reader of the daemon's lines (`iter_lines` of httpx, in
# api/core/plugin/impl/base.py) ends one at U+0085, which the daemon's JSON writer does not escape.
_BREAKING = ("\x00", "\x85")


def check_texts(data: JsonValue, place: str = "data") -> None:
    """Apply to every text of a result, or of an error, what Dify behind the daemon can take.

    Raises:
        ResultRejected: names the first text that Dify could not read or keep.
    """
    match data:
        case str() if any(character in data for character in _BREAKING):
            raise ResultRejected(place, "Must not have U+0000 or U+0085")
        case list():
            for at, entry in enumerate(data):
                check_texts(entry, f"{place}.{at}")
        case dict():
            for key, entry in data.items():
                check_texts(entry, f"{place}.{key}")


def check_result(action: str, data: JsonValue) -> None:
    """Apply the daemon's rules to one result of an action, none to that of any other.

    Raises:
        ResultRejected: names the first field that breaks a rule.
    """
    if action not in _RESULTS:
        return
    try:
        _RESULTS[action].model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"]) or "data"
        raise ResultRejected(field, first["msg"]) from None
