"""A text in, mp3 out: carriers, parts in their order, settings and faults, on both services."""

import base64
import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import (
    ModelTarget,
    get_tts_model_voices,
    invoke_tts,
    validate_model_credentials,
)
from tests.wire.ends import APP, Json, Wire, objects_in, raw_json
from tests.wire.raw_server import RawServer, Received, raw_server, whole
from tests.wire.recorded.exchanges import ALL

ROUTES = ("openai-chat", "azure-chat", "azure-v1-chat")
every_service = pytest.mark.parametrize("route", ROUTES, ids=["openai", "azure", "azure-v1"])
CHAT, SPEECH, OLD = "gpt-audio-1.5", "gpt-4o-mini-tts", "tts-1"
every_carrier = pytest.mark.parametrize("model", [CHAT, SPEECH], ids=["chat", "speech"])
(RECORDED,) = (exchange for exchange in ALL if exchange.request["path"] == "/v1/audio/speech")
SOUND = RECORDED.body_bytes() or b""
TEXT = "The sun rises in the east. What is the capital of France?"
FRAME = b"\xff\xfb\x00\x00"
LEAST, MOST = 8 << 10, 32 << 10


def target_of(
    wire: Wire, route: str = ROUTES[0], model: str = CHAT, **credentials: str
) -> ModelTarget:
    """Return a speaking model."""
    target = wire.target(route, model, **credentials)
    return replace(target, model_type="tts")


def heard(wire: Wire, target: ModelTarget, text: str = TEXT, voice: str = "alloy") -> list[bytes]:
    """Return the pieces of sound that a model says, on behalf of an app.

    An error is raised with what was said before it as its note, in base64.
    """
    found: list[bytes] = []
    try:
        for result in wire.plugin.open_session(invoke_tts(target, text, voice), app_id=APP):
            assert result["mime_type"] == "audio/mpeg"
            found.append(bytes.fromhex(str(result["result"])))
    except PluginError as error:
        error.add_note(base64.b64encode(b"".join(found)).decode())
        raise
    return found


def refusal(wire: Wire, target: ModelTarget, text: str = TEXT) -> tuple[PluginError, bytes]:
    """Return how a call failed, and the sound that came before."""
    with pytest.raises(PluginError) as raised:
        heard(wire, target, text)
    return raised.value, base64.b64decode(raised.value.__notes__[0])


def texts_sent(wire: Wire) -> list[str]:
    """Return the texts that the service was asked to speak."""
    sent = [
        str(body.get("input") or objects_in(body.get("messages"))[-1]["content"])
        for body in wire.bodies()
    ]
    return [untagged(text) for text in sent]


def untagged(text: str) -> str:
    """Return a text without the marks between which a model is to read."""
    return re.sub(r"</?text>", "", text).strip()


def long_text(model: str) -> str:
    """Return a text of more than three parts."""
    sentences = 40 if model == CHAT else 300
    return " ".join(f"Sentence {at} of the text that somebody hears." for at in range(sentences))


@every_service
@pytest.mark.parametrize("model", [SPEECH, OLD])
def test_the_speech_api_is_asked_for_mp3(wire: Wire, route: str, model: str) -> None:
    found = heard(wire, target_of(wire, route, model), voice="nova")
    assert b"".join(found) == SOUND
    assert all(LEAST <= len(piece) <= MOST for piece in found[:-1])
    (body,) = wire.bodies()
    assert body == {"model": model, "input": TEXT, "voice": "nova", "response_format": "mp3"}
    line = wire.usage_lines()[-1]
    assert (line["api"], line["app_id"], line["error"]) == ("speech", APP, None)
    assert (line["input"], line["output"], line["characters"]) == (0, 0, len(TEXT))
    # 15 dollars for a million characters; the tokens of the other are told nowhere.
    cost = line["cost"] and Decimal(str(line["cost"]))
    assert cost == (Decimal(15 * len(TEXT)) / 1_000_000 if model == OLD else None)
    assert line["first_ms"] is not None


@every_service
def test_a_model_of_chat_completions_is_told_to_read(wire: Wire, route: str) -> None:
    found = heard(wire, target_of(wire, route))
    assert b"".join(found) == SOUND
    (body,) = wire.bodies()
    user = "safety_identifier" if route != "azure-chat" else "user"
    assert {name: value for name, value in body.items() if name != "messages"} == {
        "model": CHAT,
        "modalities": ["text", "audio"],
        "audio": {"voice": "alloy", "format": "mp3"},
        user: body[user],
    }
    assert re.fullmatch(r"[0-9a-f]{64}", str(body[user]))
    system, asked = objects_in(body["messages"])
    assert "word for word" in str(system["content"])
    assert asked == {"role": "user", "content": f"<text>\n{TEXT}\n</text>"}
    line = wire.usage_lines()[-1]
    assert (line["api"], line["app_id"], line["characters"]) == ("chat", APP, len(TEXT))
    assert line["finish"] == "stop"
    assert isinstance(line["output"], int)
    assert line["output"] > 0
    assert str(line["id"]).startswith("chatcmpl-")


def test_dify_reading_answers_aloud_is_no_user(wire: Wire) -> None:
    heard(wire, replace(target_of(wire), user_id="responding_tts"))
    (body,) = wire.bodies()
    assert {"safety_identifier", "user"}.isdisjoint(body)


MANNER = {"speech_instructions": "Warm and calm.", "speech_speed": "1,5"}


@pytest.mark.parametrize(
    ("model", "sent"),
    [
        (SPEECH, {"instructions": "Warm and calm.", "speed": 1.5}),
        (OLD, {"speed": 1.5}),
        ("kokoro", {"instructions": "Warm and calm.", "speed": 1.5}),
    ],
)
def test_settings_go_as_far_as_a_model_takes_them(wire: Wire, model: str, sent: Json) -> None:
    wire.change(models=[model])
    heard(wire, target_of(wire, model=model, **MANNER))
    (body,) = wire.bodies()
    assert {name: body[name] for name in body.keys() & {"instructions", "speed"}} == sent


def test_a_model_of_chat_completions_is_told_them_in_words(wire: Wire) -> None:
    heard(wire, target_of(wire, **MANNER))
    task = str(objects_in(wire.bodies()[0]["messages"])[0]["content"])
    assert task.endswith("Speak 1.5 times as fast as usual.\nHow to speak: Warm and calm.")


@pytest.mark.parametrize("speed", ["fast", "5", "nan", "0"])
def test_what_is_no_speed_is_refused_before_anything_is_sent(wire: Wire, speed: str) -> None:
    failure, _ = refusal(wire, target_of(wire, speech_speed=speed))
    assert failure.error_type == "InvokeBadRequestError"
    assert f"'{speed}'" in failure.message
    assert wire.requests() == []


class Reader:
    """A server that speaks each text as a frame's first bytes and the text itself.

    The first part takes the longest. The part with the word `fails` is refused.
    """

    def __init__(self, first: str) -> None:
        self.first = first

    def __call__(self, sent: Received) -> list[bytes | float]:
        body = json.loads(sent.body)
        text = body.get("input") or untagged(body["messages"][-1]["content"])
        if "fails" in text:
            return [whole(b'{"error": {"message": "No."}}', status="401 Unauthorized")]
        sound = FRAME + text.encode()
        data = base64.b64encode(sound).decode()
        message = {"role": "assistant", "content": None, "audio": {"data": data}}
        chat = {"id": "c", "choices": [{"message": message, "finish_reason": "stop"}]}
        answer = whole(sound if "input" in body else json.dumps(chat).encode())
        return [0.3 if text.startswith(self.first) else 0.0, answer]


def at(server: RawServer, model: str) -> ModelTarget:
    """Return a speaking model behind a server."""
    return replace(server.target(), model=model, model_type="tts")


def parts_heard(sound: bytes) -> list[str]:
    """Return the texts that a `Reader` spoke."""
    return [part.decode() for part in sound.split(FRAME)[1:]]


@every_carrier
def test_all_of_a_long_text_is_said_in_its_order(wire: Wire, model: str) -> None:
    text = long_text(model)
    with raw_server(Reader("Sentence 0 ")) as server:
        found = heard(wire, at(server, model), text)
        connections = {request.connection for request in server.received}
    parts = parts_heard(b"".join(found))
    assert len(parts) > 3
    # Cut behind sentences; nothing is lost, nothing said twice, nothing out of place.
    assert all(part.endswith(".") for part in parts)
    assert " ".join(parts) == text
    # While the first part was spoken, two more were.
    assert len(connections) >= 3
    assert wire.usage_lines()[-1]["characters"] == sum(map(len, parts))


@every_carrier
def test_what_was_said_before_a_part_failed_is_kept(wire: Wire, model: str) -> None:
    begun = long_text(model)
    with raw_server(Reader("Sentence 0 ")) as server:
        failure, sound = refusal(wire, at(server, model), f"{begun} And this fails.")
    assert failure.error_type == "InvokeAuthorizationError"
    first = re.search(r"those from (\d+) on are missing", failure.message)
    assert first is not None
    parts = parts_heard(sound)
    assert begun.startswith(" ".join(parts))
    assert len(parts) > 2
    assert sum(map(len, parts)) == int(first[1]) - 1
    line = wire.usage_lines()[-1]
    assert (line["error"], line["characters"]) == ("InvokeAuthorizationError", int(first[1]) - 1)


@pytest.mark.parametrize("text", [" \n", "---", "\U0001f600"])
def test_what_cannot_be_said_is_silence(wire: Wire, text: str) -> None:
    assert heard(wire, target_of(wire), text) == []
    assert wire.requests() == []


def test_what_was_said_before_a_connection_broke_is_kept(wire: Wire) -> None:
    wire.plan({"fault": "cut"})
    failure, sound = refusal(wire, target_of(wire, model=SPEECH))
    assert failure.error_type == "InvokeConnectionError"
    assert "in the middle of the answer" in failure.message
    assert f"of {len(TEXT)} characters those from 1 on are missing" in failure.message
    assert LEAST <= len(sound) <= len(SOUND) / 2
    assert SOUND.startswith(sound)
    # The same words would be heard twice.
    assert len(wire.bodies()) == 1


def chat_message(message: Json, finish: str = "stop") -> Json:
    """Return the step that answers with a message of a chat completion."""
    choices: list[JsonValue] = [{"index": 0, "message": message, "finish_reason": finish}]
    return raw_json({"id": "chatcmpl-1", "choices": choices})


DATA = base64.b64encode(SOUND).decode()
OTHER = "I would be happy to help you with anything that you would like to know today."
UNUSABLE: list[tuple[str, Json, str]] = [
    (CHAT, chat_message({"content": None, "refusal": "I can't."}), "did not read the text"),
    (CHAT, chat_message({"audio": {"data": DATA, "transcript": OTHER}}), "said something else"),
    (CHAT, chat_message({"audio": {"data": DATA}}, "length"), "stopped in the middle"),
    (CHAT, chat_message({"audio": {"data": "no sound"}}), "the answer is not one to a request for"),
    (CHAT, raw_json({"error": {"message": "It broke.", "code": "500"}}), "It broke."),
    (CHAT, raw_json({"choices": []}), "the answer is not one to a request for"),
    (SPEECH, raw_json({"error": {"message": "It broke.", "code": "500"}}), "It broke."),
    (SPEECH, {"raw": {"body_base64": base64.b64encode(b"RIFF....WAVE").decode()}}, "sound is wav"),
    (SPEECH, {"raw": {"body": ""}}, "has no sound"),
    (SPEECH, {"raw": {"body": "Hello"}}, "the answer is not one to a request for"),
]


@pytest.mark.parametrize(("model", "step", "words"), UNUSABLE, ids=[row[2] for row in UNUSABLE])
def test_what_is_not_the_text_in_mp3_is_an_error(
    wire: Wire, model: str, step: Json, words: str
) -> None:
    wire.plan(step)
    failure, _ = refusal(wire, target_of(wire, model=model, max_attempts="1"))
    assert failure.error_type == "InvokeServerUnavailableError"
    assert words in failure.message


def test_another_script_is_the_same_text(wire: Wire) -> None:
    text = "\u9019\u662f\u7e41\u9ad4\u4e2d\u6587\u7684\u4e00\u53e5\u8a71" * 3
    other = "\u8fd9\u662f\u7e41\u4f53\u4e2d\u6587\u7684\u4e00\u53e5\u8bdd" * 3
    wire.plan(chat_message({"audio": {"data": DATA, "transcript": other}}))
    assert b"".join(heard(wire, target_of(wire), text)) == SOUND
    assert len(wire.bodies()) == 1


def test_a_model_that_answered_is_asked_once_more_to_read(wire: Wire) -> None:
    wire.plan(chat_message({"audio": {"data": DATA, "transcript": OTHER}}))
    assert b"".join(heard(wire, target_of(wire))) == SOUND
    assert len(wire.bodies()) == 2


@every_service
@every_carrier
def test_the_headers_name_the_app_where_the_switch_says_so(
    wire: Wire, route: str, model: str
) -> None:
    heard(wire, target_of(wire, route, model, enable_request_metadata="headers"))
    headers = wire.requests()[-1]["headers"]
    assert isinstance(headers, dict)
    assert headers["x-dify-app-id"] == APP


@every_service
@every_carrier
def test_a_wrong_key_or_model_is_refused_when_it_is_entered(
    wire: Wire, route: str, model: str
) -> None:
    wire.plugin.open_session(validate_model_credentials(target_of(wire, route, model))).result()
    assert texts_sent(wire)[0] == "Hi"
    wrong_key = target_of(wire, route, model, openai_api_key="sk-wrong-wrong-wrong-wrong")
    wrong_name = target_of(wire, route, f"{model}x")
    for target, words in ((wrong_key, "401"), (wrong_name, "404")):
        with pytest.raises(PluginError) as raised:
            wire.plugin.open_session(validate_model_credentials(target)).result()
        assert raised.value.error_type == "CredentialsValidateFailedError"
        assert words in raised.value.message


@pytest.mark.parametrize(("model", "voices"), [(CHAT, 12), (SPEECH, 13), (OLD, 9), ("kokoro", 13)])
@every_service
def test_the_voices_are_those_of_the_model(wire: Wire, route: str, model: str, voices: int) -> None:
    target = target_of(wire, route, model)
    found = wire.plugin.open_session(get_tts_model_voices(target, "de-DE")).result()["voices"]
    assert objects_in(found)[0] == {"name": "Alloy", "value": "alloy"}
    assert len(objects_in(found)) == voices
    assert wire.plugin.open_session(get_tts_model_voices(target, "xx")).result() == {"voices": []}
