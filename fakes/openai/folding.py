"""Folds a recorded event stream to the object that the service would have stored for it."""

import json
from collections.abc import Iterator

from fakes.openai.json_types import JsonObject

_CHUNK_ONLY = frozenset({"choices", "obfuscation", "prompt_filter_results"})
_TEXT_KEYS = frozenset({"content", "refusal", "arguments", "input"})


def parse_events(body: bytes) -> Iterator[JsonObject]:
    """Yield the JSON payload of each `data:` line; the closing `[DONE]` is none."""
    for line in body.split(b"\n"):
        if line.startswith(b"data: {"):
            yield json.loads(line[6:])


def fold_chat_stream(body: bytes) -> JsonObject | None:
    """Return the chat completion that the chunks of a stream add up to, None without chunks."""
    completion: JsonObject = {}
    choices: dict[int, JsonObject] = {}
    for chunk in parse_events(body):
        if chunk.get("object") != "chat.completion.chunk":
            continue  # Azure's first event carries prompt_filter_results and empty names
        completion |= {
            key: value
            for key, value in chunk.items()
            # The usage chunk need not be the last: a moderation chunk without usage may follow.
            if key not in _CHUNK_ONLY and (value is not None or key not in completion)
        }
        for part in chunk["choices"]:
            choice = choices.setdefault(part["index"], _empty_choice(part["index"]))
            _merge_delta(choice["message"], part.get("delta", {}))
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            _merge_logprobs(choice, part.get("logprobs"))
    if not completion:
        return None
    ordered = [choices[index] for index in sorted(choices)]
    return completion | {"object": "chat.completion", "choices": ordered}


def fold_response_stream(body: bytes) -> JsonObject | None:
    """Return the response object that the last event with one carries, None without any."""
    response: JsonObject | None = None
    for event in parse_events(body):
        response = event.get("response", response)
    return response


def _empty_choice(index: int) -> JsonObject:
    message = {"role": "assistant", "content": None, "refusal": None}
    return {"index": index, "message": message, "logprobs": None, "finish_reason": "stop"}


def _merge_delta(target: JsonObject, delta: JsonObject) -> None:
    """Add a delta: texts are appended, calls are matched by their index, the rest is set."""
    for key, value in delta.items():
        if value is None:
            continue
        if key == "tool_calls":
            calls = target.setdefault("tool_calls", [])
            for fragment in value:
                index = fragment.get("index", len(calls))
                calls.extend({} for _ in range(index + 1 - len(calls)))
                _merge_delta(calls[index], {k: v for k, v in fragment.items() if k != "index"})
        elif isinstance(value, dict):
            _merge_delta(target.setdefault(key, {}), value)
        elif key in _TEXT_KEYS:
            target[key] = (target.get(key) or "") + value
        else:
            target[key] = value


def _merge_logprobs(choice: JsonObject, logprobs: JsonObject | None) -> None:
    if logprobs is None:
        return
    merged = choice["logprobs"] or {"content": None, "refusal": None}
    for key, tokens in logprobs.items():
        if tokens is not None:
            merged[key] = (merged.get(key) or []) + tokens
    choice["logprobs"] = merged
