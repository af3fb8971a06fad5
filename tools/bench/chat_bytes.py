"""The bytes of Chat Completions answers; a delta is a template that takes the time of its write."""

import json

from pydantic import JsonValue

from tools.bench.stamps import STAMP, STAMP_LENGTH

PATH = b"/chat/completions"

_ID = "chatcmpl-Bench0000000000000000000000000"
_MODEL = "gpt-4o-mini-2024-07-18"
_CREATED = 1_795_219_200
_DETAILS: dict[str, JsonValue] = {
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}


def plain_answer(text: str) -> bytes:
    """Return the body of an answer in one piece."""
    message: JsonValue = {
        "role": "assistant",
        "content": text,
        "refusal": None,
        "annotations": [],
    }
    return _encode(
        {
            "id": _ID,
            "object": "chat.completion",
            "created": _CREATED,
            "model": _MODEL,
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            ],
            "usage": _usage(len(text) // 4),
            "service_tier": "default",
            "system_fingerprint": "fp_0000000000",
        }
    )


def opening() -> list[bytes]:
    """Return the events before the first delta."""
    return [_event(_chunk({"role": "assistant", "content": "", "refusal": None}))]


def delta(_index: int) -> bytes:
    """Return the event of a delta, as a template for `%` with the stamp."""
    return _event(_chunk({"content": STAMP}))


def ending(text: str) -> list[bytes]:
    """Return the events after the last delta of `text`."""
    return [
        _event(_chunk({}, finish_reason="stop")),
        _event({**_frame(), "choices": [], "usage": _usage(len(text) // STAMP_LENGTH)}),
        b"data: [DONE]\n\n",
    ]


def _chunk(delta: JsonValue, finish_reason: str | None = None) -> dict[str, JsonValue]:
    choice: JsonValue = {
        "index": 0,
        "delta": delta,
        "logprobs": None,
        "finish_reason": finish_reason,
    }
    return {**_frame(), "choices": [choice], "usage": None, "obfuscation": "kM2xQ7bV"}


def _frame() -> dict[str, JsonValue]:
    return {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": _CREATED,
        "model": _MODEL,
        "service_tier": "default",
        "system_fingerprint": "fp_0000000000",
    }


def _usage(output: int) -> dict[str, JsonValue]:
    return {
        "prompt_tokens": 12,
        "completion_tokens": output,
        "total_tokens": 12 + output,
        **_DETAILS,
    }


def _event(data: JsonValue) -> bytes:
    return b"data: %s\n\n" % _encode(data)


def _encode(value: JsonValue) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
