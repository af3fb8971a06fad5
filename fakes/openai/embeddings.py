"""Embeddings: vectors that depend on the text alone, so that equal texts are equally placed."""

import base64
import math
import random
import struct

from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import chat_model_not_found, invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply
from fakes.openai.rules import base_model, check_refused_arguments
from fakes.openai.schema_errors import dotted
from fakes.openai.wire import Reply

_SCHEMA = "CreateEmbeddingRequest"
_DIMENSIONS = {"text-embedding-3-large": 3072}
_DEFAULT_DIMENSIONS = 1536
_WITHOUT_DIMENSIONS = "text-embedding-ada-002"
_MOST_TOKENS = 8192


def embeddings(sandbox: Sandbox, call: Call) -> Reply:
    """Answer POST /embeddings."""
    body = call.json_object()
    check_refused_arguments(call, body)
    model = base_model(call, body, chat_model_not_found(str(body.get("model"))))
    _check(sandbox, model, {"model": model} | body)
    size = body.get("dimensions") or _DIMENSIONS.get(model, _DEFAULT_DIMENSIONS)
    counts = [_count_tokens(item) for item in _inputs(body["input"])]
    if max(counts) > _MOST_TOKENS:
        message = (
            f"This model's maximum context length is {_MOST_TOKENS} tokens, however you requested "
            f"{max(counts)} tokens ({max(counts)} in your prompt; 0 for the completion). Please "
            "reduce your prompt; or completion length."
        )
        raise invalid_request(message)
    in_base64 = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(item, size, in_base64)}
        for index, item in enumerate(_inputs(body["input"]))
    ]
    usage = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
    return json_reply(call, {"object": "list", "data": data, "model": model, "usage": usage})


def _check(sandbox: Sandbox, model: str, body: JsonObject) -> None:
    """Refuse what the schema does not allow, in this endpoint's words (embeddings-error-400)."""
    if violation := sandbox.schema.violation(_SCHEMA, body):
        where = dotted(violation.instance_path)
        raise invalid_request(violation.message + (f" - '{where}'" if where else ""))
    if "" in _inputs(body["input"]):
        message = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
        raise invalid_request(message)
    if model == _WITHOUT_DIMENSIONS and "dimensions" in body:
        raise invalid_request("This model does not support specifying dimensions.")


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
    length = math.sqrt(sum(number * number for number in numbers))
    vector = [number / length for number in numbers]
    return base64.b64encode(struct.pack(f"<{size}f", *vector)).decode() if in_base64 else vector
