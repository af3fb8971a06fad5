"""Embeddings: vectors that depend on the text alone, so that equal texts are equally placed."""

import base64
import math
import random
import struct

from jsonschema_rs import ValidationError

from fakes.openai.call import Call
from fakes.openai.errors import (
    ServiceError,
    chat_model_not_found,
    invalid_request,
    service_error,
)
from fakes.openai.replies import json_reply
from fakes.openai.rules import Asked, Rule, apply, known_model, published, words
from fakes.openai.schema_errors import dotted
from fakes.openai.wire import Reply

_SCHEMA = "CreateEmbeddingRequest"
_DIMENSIONS = {"text-embedding-3-large": 3072}
_DEFAULT_DIMENSIONS = 1536
_MOST_TOKENS, _MOST_TOKENS_TOGETHER = 8192, 300_000


def embeddings(call: Call) -> Reply:
    """Answer POST /embeddings."""
    body = call.json_object()
    model = apply(RULES, call, body).model or ""
    size = body.get("dimensions") or _DIMENSIONS.get(model, _DEFAULT_DIMENSIONS)
    inputs = _inputs(body["input"])
    tokens = sum(_count_tokens(item) for item in inputs)
    in_base64 = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(item, size, in_base64)}
        for index, item in enumerate(inputs)
    ]
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return json_reply(call, {"object": "list", "data": data, "model": model, "usage": usage})


def _in_validator_words(violation: ValidationError) -> ServiceError:
    """Return the 400 as this endpoint words it (embeddings-error-400)."""
    where = dotted(violation.instance_path)
    return invalid_request(violation.message + (f" - '{where}'" if where else ""))


def _too_long(asked: Asked) -> int:
    """Return how many tokens the longest input has if it is too long, else 0."""
    longest = max(_count_tokens(item) for item in _inputs(asked.body["input"]))
    return longest if longest > _MOST_TOKENS else 0


def _too_much(asked: Asked) -> int:
    """Return how many tokens the inputs have together if they are too many, else 0."""
    together = sum(_count_tokens(item) for item in _inputs(asked.body["input"]))
    return together if together > _MOST_TOKENS_TOGETHER else 0


RULES = (
    *known_model(chat_model_not_found, "error-404-chat"),
    published(_SCHEMA, refuses=_in_validator_words),
    Rule(
        lambda asked: "" in _inputs(asked.body["input"]),
        words("An `input` is empty."),
        "https://github.com/aryn-ai/sycamore/pull/943",
    ),
    Rule(
        lambda asked: asked.model == "text-embedding-ada-002" and "dimensions" in asked.body,
        words("This model takes no `dimensions`."),
        "https://github.com/SciPhi-AI/R2R/pull/768",
    ),
    # A token is a word here. A client has to read both refusals in the service's own words.
    Rule(
        _too_long,
        words(
            f"This model's maximum context length is {_MOST_TOKENS} tokens, however you requested "
            "{0} tokens ({0} in your prompt; 0 for the completion)."
        ),
        "https://github.com/sbintuitions/JMTEB/issues/15",
    ),
    Rule(
        _too_much,
        lambda found: service_error(
            400,
            f"Requested {found} tokens, max {_MOST_TOKENS_TOGETHER} tokens per request",
            "max_tokens_per_request",
            code="max_tokens_per_request",
        ),
        "https://github.com/assafelovic/gpt-researcher/issues/1524",
    ),
)


def _inputs(value: str | list[str] | list[int] | list[list[int]]) -> list[str | list[int]]:
    """Return the inputs: texts or lists of token numbers."""
    if isinstance(value, str):
        return [value]
    tokens = [item for item in value if isinstance(item, int)]
    return [tokens] if tokens else [item for item in value if not isinstance(item, int)]


def _count_tokens(item: str | list[int]) -> int:
    return len(item.split()) if isinstance(item, str) else len(item)


def _vector(item: str | list[int], size: int, in_base64: bool) -> list[float] | str:
    """Return a vector of length 1, as numbers or as little-endian 32-bit floats in base64."""
    source = random.Random(str(item))  # noqa: S311 - placing texts, not keeping secrets
    numbers = [source.uniform(-1, 1) for _ in range(size)]
    length = math.hypot(*numbers)
    vector = [number / length for number in numbers]
    return base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() if in_base64 else vector
