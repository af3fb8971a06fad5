"""The steps of an app's plan: what the control plane may ask it to answer next."""

import base64
from dataclasses import dataclass
from functools import partial

from fakes.dify_app.answers import Script, ToolUse
from fakes.dify_app.faults import FAULTS
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import (
    RAW_KEYS,
    Fault,
    InvalidStepError,
    Raw,
    StepKind,
    in_words,
    parse_fault,
    parse_raw,
)
from fakes.openai.wire import PROMPTLY, Delivery


@dataclass(frozen=True, slots=True)
class Playback:
    """The bytes of an event stream; after `cut_at` bytes the connection is lost."""

    body: bytes
    cut_at: int | None = None
    delivery: Delivery = PROMPTLY


type DifyStep = Script | Playback | Fault | Raw


def _parse_script(step: JsonObject, delivery: Delivery) -> Script:
    if delivery.every is not None or delivery.offsets:
        raise InvalidStepError("`split` is for steps with stream, stream_base64 and raw.")
    text = step["text"]
    return Script(
        pieces=tuple(text) if isinstance(text, list) else in_words(text),
        tools=tuple(
            ToolUse(tool["name"], tool.get("arguments", {}), tool.get("output", ""))
            for tool in step.get("tools", [])
        ),
        preface=step.get("preface", ""),
        delay_seconds=delivery.delay_seconds,
    )


def _parse_stream(step: JsonObject, delivery: Delivery) -> Playback:
    return Playback(step["stream"].encode(), step.get("cut_at"), delivery)


def _parse_encoded_stream(step: JsonObject, delivery: Delivery) -> Playback:
    body = base64.b64decode(step["stream_base64"], validate=True)
    return Playback(body, step.get("cut_at"), delivery)


_FAULT_KEYS = frozenset({"fault", "status", "text", "retry_after", "after", "calls"})
DIFY_STEP_KINDS: dict[str, StepKind[DifyStep]] = {
    "stream": StepKind(frozenset({"stream", "cut_at"}), _parse_stream),
    "stream_base64": StepKind(frozenset({"stream_base64", "cut_at"}), _parse_encoded_stream),
    "raw": StepKind(RAW_KEYS, parse_raw),
    "fault": StepKind(_FAULT_KEYS, partial(parse_fault, FAULTS)),
    # Last: a fault has a text too.
    "text": StepKind(frozenset({"text", "tools", "preface"}), _parse_script),
}
