"""What models of other types were answered reaches Dify as the service meant it, on both services.

What is expected is read by the openai package's own models, as for language models.
"""

import base64
import struct
from array import array
from dataclasses import replace
from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse, ModerationCreateResponse
from openai.types.audio import TranscriptionTextDoneEvent, TranscriptionTextSegmentEvent

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.requests import (
    ModelTarget,
    invoke_moderation,
    invoke_speech2text,
    invoke_text_embedding,
    invoke_tts,
)
from tests.declarations.test_clip import one_second
from tests.wire.ends import APP, Wire
from tests.wire.recorded.exchanges import ALL, OTHER_TYPES, payloads
from tests.wire.recorded.replay import by_label
from tests.workshop.openai.recorded import REFUSED, WHEN_RECORDED, Exchange

ROUTES = ("openai-chat", "azure-chat", "azure-v1-chat")
OPERATIONS = ("/embeddings", "/moderations", "/audio/transcriptions", "/audio/speech")
every_service = pytest.mark.parametrize("route", ROUTES, ids=["openai", "azure", "azure-v1"])


def of(operation: str, *, refused: bool = False) -> list[Exchange]:
    """Return the recorded exchanges of an operation that succeeded, or that were refused."""
    return [
        exchange
        for exchange in ALL
        if exchange.request["path"].endswith(operation)
        and (exchange.response["status"] >= REFUSED) is refused
    ]


def target_of(wire: Wire, route: str, model_type: str, exchange: Exchange) -> ModelTarget:
    """Return the model that was asked, and plan the answer that it gave."""
    body = exchange.request["body"] or {"model": "gpt-4o-transcribe-diarize"}
    model = body.get("model", "omni-moderation-latest")
    wire.change(models=[model], deployments={model: model}, today=WHEN_RECORDED)
    wire.plan(exchange.step)
    dimensions = body.get("dimensions", 0)
    name = f"{model}@{dimensions}" if dimensions > 0 else model
    return replace(wire.target(route, name, base_model_name=model), model_type=model_type)


def ask(wire: Wire, request: JsonObject) -> JsonObject:
    """Return the result of a call on behalf of an app."""
    return wire.plugin.open_session(request, app_id=APP).result()


def texts_of(exchange: Exchange) -> list[str]:
    """Return the texts that were embedded; a host sends no tokens, so of these only the number."""
    sent = exchange.request["body"]["input"]
    if isinstance(sent, str):
        return [sent]
    return [item if isinstance(item, str) else f"text {at}" for at, item in enumerate(sent)]


def floats(recorded: list[float] | str) -> "array[float]":
    """Return a recorded vector as 32-bit floats, as which base64 has it."""
    if not isinstance(recorded, str):
        return array("f", recorded)
    packed = base64.b64decode(recorded)
    return array("f", struct.unpack(f"<{len(packed) // 4}f", packed))


@every_service
@pytest.mark.parametrize("exchange", of("/embeddings"), ids=by_label)
def test_vectors_are_the_recorded_ones(wire: Wire, route: str, exchange: Exchange) -> None:
    answer = CreateEmbeddingResponse.construct(None, **exchange.response["body"])
    target = target_of(wire, route, "text-embedding", exchange)
    result = ask(wire, invoke_text_embedding(target, texts_of(exchange)))
    vectors: Any = result["embeddings"]
    recorded = [floats(item.embedding) for item in answer.data]
    assert [array("f", vector) for vector in vectors] == recorded
    usage = result["usage"]
    assert isinstance(usage, dict)
    assert usage["tokens"] == answer.usage.prompt_tokens
    line = wire.usage_lines()[-1]
    assert (line["input"], line["model"]) == (answer.usage.prompt_tokens, answer.model)


@pytest.mark.parametrize("exchange", of("/moderations"), ids=by_label)
def test_a_verdict_is_the_recorded_one(wire: Wire, exchange: Exchange) -> None:
    answer = ModerationCreateResponse.construct(None, **exchange.response["body"])
    target = target_of(wire, "openai-chat", "moderation", exchange)
    result = ask(wire, invoke_moderation(target, "Have a great day!"))
    assert result == {"result": any(verdict.flagged for verdict in answer.results)}
    line = wire.usage_lines()[-1]
    assert (line["id"], line["model"], line["flagged"]) == (answer.id, answer.model, [])


@every_service
@pytest.mark.parametrize("exchange", of("/audio/transcriptions"), ids=by_label)
def test_a_transcript_is_the_recorded_one(wire: Wire, route: str, exchange: Exchange) -> None:
    target = target_of(wire, route, "speech2text", exchange)
    text = ask(wire, invoke_speech2text(target, one_second()))["result"]
    line = wire.usage_lines()[-1]
    if not exchange.streamed:
        answer = exchange.response["body"]
        assert (text, line["seconds"]) == (answer["text"], answer["usage"]["seconds"])
        return
    *segments, done = payloads(exchange.body_bytes() or b"")
    spoken = [TranscriptionTextSegmentEvent.construct(None, **event) for event in segments]
    assert text == "\n".join(f"{part.speaker}: {part.text.strip()}" for part in spoken)
    usage = TranscriptionTextDoneEvent.construct(None, **done).usage
    assert usage is not None
    assert (line["input"], line["output"]) == (usage.input_tokens, usage.output_tokens)


@every_service
@pytest.mark.parametrize("exchange", of("/audio/speech"), ids=by_label)
def test_a_sound_is_the_recorded_one(wire: Wire, route: str, exchange: Exchange) -> None:
    asked = exchange.request["body"]
    request = invoke_tts(target_of(wire, route, "tts", exchange), asked["input"], asked["voice"])
    results = wire.plugin.open_session(request, app_id=APP)
    sound = b"".join(bytes.fromhex(str(result["result"])) for result in results)
    assert sound == exchange.body_bytes()
    assert wire.usage_lines()[-1]["characters"] == len(asked["input"])


@every_service
def test_an_answer_with_sound_is_one_of_another_type(wire: Wire, route: str) -> None:
    (exchange,) = (each for each in ALL if each.label == "chat-audio-output-0")
    request = invoke_tts(target_of(wire, route, "tts", exchange), "beep")
    with pytest.raises(PluginError, match="the sound is ogg, and mp3 was asked for"):
        list(wire.plugin.open_session(request, app_id=APP))


TOLD = {
    "embeddings-error-400-0": ("InvokeBadRequestError", "-1 is less than the minimum of 1"),
    "azure-embeddings-then-401-1": (
        "InvokeAuthorizationError",
        "Access denied due to invalid subscription",
    ),
}


@every_service
@pytest.mark.parametrize("exchange", of("/embeddings", refused=True), ids=by_label)
def test_a_refusal_is_told_as_it_was(wire: Wire, route: str, exchange: Exchange) -> None:
    error, words = TOLD[exchange.label]
    target = target_of(wire, route, "text-embedding", exchange)
    with pytest.raises(PluginError) as raised:
        ask(wire, invoke_text_embedding(target, ["one"]))
    assert raised.value.error_type == error
    assert words in raised.value.message


def test_every_exchange_of_these_types_is_replayed() -> None:
    found = [exchange for exchange in ALL if OTHER_TYPES.fullmatch(exchange.request["path"])]
    replayed = [of(name) for name in OPERATIONS]
    assert len(found) == sum(map(len, replayed)) + len(of("/embeddings", refused=True)) == 12
