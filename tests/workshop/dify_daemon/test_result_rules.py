"""What the daemon accepts as a result of a language model, and the field it names if it does not.

The accepted rows follow pkg/entities/model_entities/llm_test.go of dify-plugin-daemon.
"""

import copy
from types import EllipsisType

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import ResultRejected
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.results import check_result, check_texts

_USAGE: JsonObject = {
    "prompt_tokens": 0,
    "prompt_unit_price": "0.0",
    "prompt_price_unit": "0.000001",
    "prompt_price": 0,
    "completion_tokens": 10,
    "completion_unit_price": 0.1,
    "completion_price_unit": 1,
    "completion_price": "1E-7",
    "total_tokens": 20,
    "total_price": "2",
    "currency": "USD",
    "latency": 1,
}
_CHUNK: JsonObject = {
    "model": "gpt-5",
    "prompt_messages": [],
    "system_fingerprint": None,
    "delta": {
        "index": 0,
        "message": {
            "role": "assistant",
            "content": "",
            "name": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ],
            "opaque_body": {"any": ["thing"]},
        },
        "usage": _USAGE,
        "finish_reason": "stop",
    },
}


type Value = JsonValue | EllipsisType
_ABSENT = ...  # takes the key away


def _chunk_with(path: str, value: Value) -> JsonValue:
    chunk = copy.deepcopy(_CHUNK)
    *parents, last = path.split(".")
    holder = chunk
    for parent in parents:
        child = holder[parent]
        assert isinstance(child, dict)
        holder = child
    if isinstance(value, EllipsisType):
        del holder[last]
    else:
        holder[last] = value
    return chunk


_ACCEPTED: dict[str, tuple[Value, ...]] = {
    "model": ("any name",),
    "unknown": ({"is": "dropped"},),
    "system_fingerprint": ("fp",),
    "delta.index": (3,),
    "delta.finish_reason": (None, _ABSENT),
    "delta.usage": (None, _ABSENT),
    "delta.usage.prompt_price": (0,),
    "delta.usage.latency": (0.25,),
    "delta.message.role": ("tool",),
    "delta.message.name": ("",),
    "delta.message.tool_calls": (None, _ABSENT, [{"id": None, "type": "", "function": {}}]),
    "delta.message.content": (
        "text",
        [],
        [{"type": "text", "data": "x", "opaque_body": 1}],
        [{"type": "image", "url": "u", "detail": "low", "data": None}],
    ),
}
_REJECTED: dict[str, tuple[Value, ...]] = {
    "model": ("", None, _ABSENT),
    "system_fingerprint": (1,),
    "delta": (None, _ABSENT),
    "delta.index": (None, _ABSENT, 1.0, True),
    "delta.finish_reason": (1,),
    "delta.message": (_ABSENT,),
    "delta.message.role": (_ABSENT, "developer"),
    "delta.message.content": (None, _ABSENT, {"type": "text"}),
    **{f"delta.usage.{name}": (None, _ABSENT) for name in _USAGE},
}


@pytest.mark.parametrize("path", _ACCEPTED)
def test_result_is_accepted(path: str) -> None:
    for value in _ACCEPTED[path]:
        check_result("invoke_llm", _chunk_with(path, value))


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        *((path, value, path) for path, values in _REJECTED.items() for value in values),
        ("delta.usage.prompt_price", "free", "delta.usage.prompt_price"),
        ("delta.usage.latency", "1", "delta.usage.latency"),
        ("delta.usage", {}, "delta.usage.prompt_tokens"),
        ("delta.message.content", [{"type": "refusal"}], "delta.message.content.parts.0.type"),
        ("delta.message.content", ["text"], "delta.message.content.parts.0"),
        ("delta.message.tool_calls", [{"id": 7}], "delta.message.tool_calls.0.id"),
        (
            "delta.message.tool_calls",
            [{"function": {"arguments": {}}}],
            "delta.message.tool_calls.0.function.arguments",
        ),
    ],
)
def test_result_is_rejected_with_the_field(path: str, value: Value, field: str) -> None:
    with pytest.raises(ResultRejected) as caught:
        check_result("invoke_llm", _chunk_with(path, value))
    assert caught.value.field == field
    assert f"`{field}`" in str(caught.value)


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_result_that_is_no_chunk_is_rejected(data: JsonValue) -> None:
    with pytest.raises(ResultRejected):
        check_result("invoke_llm", data)


def test_rejection_does_not_repeat_the_content() -> None:
    with pytest.raises(ResultRejected) as caught:
        check_result(
            "invoke_llm", _chunk_with("delta.message.content", [{"type": "the customer's words"}])
        )
    assert "customer" not in str(caught.value)


@pytest.mark.parametrize("character", ["\x00", "\x85"])
def test_a_text_that_dify_cannot_read_or_keep_is_refused_wherever_it_stands(character: str) -> None:
    check_texts({"a": ["\u2028\u2029\x0b\x0c", 1, None]})
    with pytest.raises(ResultRejected, match=r"`data\.a\.1`"):
        check_texts({"a": ["b", f"c{character}"]})
