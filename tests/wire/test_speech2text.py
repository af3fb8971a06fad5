"""A recording in, what is said out: types, sizes, hints, speakers and streams, on both services."""

import re
from dataclasses import replace

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import ModelTarget, invoke_speech2text, validate_model_credentials
from fakes.openai.audio import TRANSCRIPT
from tests.declarations.test_clip import one_second
from tests.wire.ends import APP, Json, Wire, raw_json, raw_stream

WAV = one_second()
ROUTES = ("openai-chat", "azure-chat", "azure-v1-chat")
every_service = pytest.mark.parametrize("route", ROUTES, ids=["openai", "azure", "azure-v1"])
NEW, OLD = "gpt-transcribe", "whisper-1"
SPEAKERS = "gpt-4o-transcribe-diarize"
# 3 seconds at 0.0045 and 0.006 dollars a minute; 30 tokens heard and 11 written at 6 and 10 dollars
# a million, or at 3 and 5.
COSTS = {
    NEW: "0.000225",
    OLD: "0.0003",
    "gpt-4o-transcribe": "0.00029",
    SPEAKERS: "0.00029",
    "gpt-4o-mini-transcribe": "0.000145",
}
DIALOGUE = "A: The sun rises in the east\nB: sets in the west."


def target_of(
    wire: Wire, route: str = ROUTES[0], model: str = NEW, **credentials: str
) -> ModelTarget:
    """Return a transcription model."""
    target = wire.target(route, model, **credentials)
    return replace(target, model_type="speech2text")


def heard(wire: Wire, target: ModelTarget, recording: bytes = WAV) -> str:
    """Return what a model hears, on behalf of an app."""
    request = invoke_speech2text(target, recording)
    return str(wire.plugin.open_session(request, app_id=APP).result()["result"])


def refusal(wire: Wire, target: ModelTarget, recording: bytes = WAV) -> PluginError:
    """Return how a call failed."""
    with pytest.raises(PluginError) as raised:
        heard(wire, target, recording)
    return raised.value


def form(wire: Wire) -> dict[str, list[str]]:
    """Return the fields of the last form that was sent, a file by its name."""
    posts = [request for request in wire.requests() if request["method"] == "POST"]
    body = str(posts[-1]["body"])
    fields: dict[str, list[str]] = {}
    part = r'name="([^"]+)"(?:; filename="([^"]+)")?\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--'
    for name, file, value in re.findall(part, body, re.DOTALL):
        fields.setdefault(name, []).append(file or value)
    return fields


@every_service
@pytest.mark.parametrize(
    ("model", "more", "text"),
    [
        (NEW, {"stream": ["true"]}, TRANSCRIPT),
        ("gpt-4o-transcribe", {"stream": ["true"]}, TRANSCRIPT),
        ("gpt-4o-mini-transcribe", {"stream": ["true"]}, TRANSCRIPT),
        (OLD, {}, TRANSCRIPT),
        (
            SPEAKERS,
            {
                "stream": ["true"],
                "response_format": ["diarized_json"],
                "chunking_strategy": ["auto"],
            },
            DIALOGUE,
        ),
    ],
)
def test_a_recording_is_heard(
    wire: Wire, route: str, model: str, more: dict[str, list[str]], text: str
) -> None:
    assert heard(wire, target_of(wire, route, model)) == text
    assert form(wire) == {
        "model": [model],
        "response_format": ["json"],
        "file": ["recording.wav"],
        **more,
    }
    line = wire.usage_lines()[-1]
    assert (line["api"], line["app_id"], line["error"]) == ("transcriptions", APP, None)
    counted = (30, 11, None) if "4o" in model else (0, 0, 3)
    assert (line["input"], line["output"], line.get("seconds")) == counted
    assert (line["audio_input"], line["cost"]) == (counted[0], COSTS[model])


HINTS = {
    "transcription_language": "de, en-US",
    "transcription_keywords": "Contoso, Dify",
    "transcription_prompt": "A call.",
}


@pytest.mark.parametrize(
    ("model", "credentials", "sent"),
    [
        (
            NEW,
            HINTS,
            {
                "languages[]": ["de", "en"],
                "keywords[]": ["Contoso", "Dify"],
                "prompt": ["A call."],
            },
        ),
        (OLD, HINTS, {"prompt": ["A call.\nContoso, Dify"]}),
        (OLD, {"transcription_language": "DE"}, {"language": ["de"]}),
        (SPEAKERS, {**HINTS, "transcription_language": "en"}, {"language": ["en"]}),
    ],
)
def test_hints_go_as_far_as_a_model_takes_them(
    wire: Wire, model: str, credentials: dict[str, str], sent: dict[str, list[str]]
) -> None:
    assert heard(wire, target_of(wire, model=model, **credentials))
    ours = {"model", "response_format", "file", "stream", "chunking_strategy"}
    assert {name: value for name, value in form(wire).items() if name not in ours} == sent


def test_what_is_no_language_is_refused_before_anything_is_sent(wire: Wire) -> None:
    failure = refusal(wire, target_of(wire, transcription_language="German"))
    assert failure.error_type == "InvokeBadRequestError"
    assert "'German'" in failure.message
    assert wire.requests() == []


def test_a_recording_that_the_service_does_not_take_is_refused_with_the_way_out(wire: Wire) -> None:
    failure = refusal(wire, target_of(wire), b"#!AMR\n" + bytes(100))
    assert failure.error_type == "InvokeBadRequestError"
    assert "does not take AMR" in failure.message
    assert "convert it as mp3" in failure.message
    assert wire.requests() == []


def test_speakers_are_kept_also_in_a_whole_answer(wire: Wire) -> None:
    said = [("A", " Hello."), ("A", "How are you?"), ("B", " Fine. ")]
    segments: list[JsonValue] = [{"speaker": name, "text": text} for name, text in said]
    wire.plan(raw_json({"text": "Hello. How are you? Fine.", "segments": segments}))
    assert heard(wire, target_of(wire, model=SPEAKERS)) == "A: Hello. How are you?\nB: Fine."


def test_characters_on_which_dify_breaks_are_left_out(wire: Wire) -> None:
    wire.plan(raw_json({"text": " one\x00two\x85three "}))
    assert heard(wire, target_of(wire)) == "onetwothree"


def test_silence_is_no_error(wire: Wire) -> None:
    wire.plan(raw_json({"text": ""}))
    assert heard(wire, target_of(wire)) == ""


def test_a_server_that_does_not_stream_is_asked_for_a_whole_answer(wire: Wire) -> None:
    error: Json = {"message": "Unknown parameter: 'stream'.", "param": "stream"}
    wire.plan(raw_json({"error": {**error, "code": "unknown_parameter"}}, 400))
    assert heard(wire, target_of(wire)) == TRANSCRIPT
    assert "stream" not in form(wire)


DELTA: Json = {"type": "transcript.text.delta", "delta": "The sun"}
BROKEN: list[tuple[Json, str, str]] = [
    (raw_stream(DELTA), "InvokeConnectionError", "in the middle of the answer"),
    (
        raw_stream(DELTA, {"type": "error", "error": {"message": "It broke.", "code": "500"}}),
        "InvokeServerUnavailableError",
        "It broke.",
    ),
    (
        raw_json({"words": []}),
        "InvokeServerUnavailableError",
        "the answer is not one to a request for",
    ),
    (
        raw_json({"text": None}),
        "InvokeServerUnavailableError",
        "the answer is not one to a request for",
    ),
    (
        raw_stream("no JSON"),
        "InvokeServerUnavailableError",
        "the answer is not one to a request for",
    ),
]


@pytest.mark.parametrize(("step", "error", "words"), BROKEN, ids=[words for *_, words in BROKEN])
def test_half_an_answer_is_an_error(wire: Wire, step: Json, error: str, words: str) -> None:
    wire.plan(step)
    failure = refusal(wire, target_of(wire, max_attempts="1"))
    assert failure.error_type == error
    assert words in failure.message
    assert wire.usage_lines()[-1]["error"] == error


@every_service
def test_the_headers_name_the_app_where_the_switch_says_so(wire: Wire, route: str) -> None:
    heard(wire, target_of(wire, route, enable_request_metadata="headers"))
    headers = wire.requests()[-1]["headers"]
    assert isinstance(headers, dict)
    assert headers["x-dify-app-id"] == APP


@every_service
def test_a_wrong_key_or_model_is_refused_when_it_is_entered(wire: Wire, route: str) -> None:
    wire.plugin.open_session(validate_model_credentials(target_of(wire, route))).result()
    assert form(wire)["file"] == ["recording.wav"]
    wrong_key = target_of(wire, route, openai_api_key="sk-wrong-wrong-wrong-wrong")
    wrong_name = target_of(wire, route, "gpt-transcrib")
    for target, words in ((wrong_key, "401"), (wrong_name, "404")):
        with pytest.raises(PluginError) as raised:
            wire.plugin.open_session(validate_model_credentials(target)).result()
        assert raised.value.error_type == "CredentialsValidateFailedError"
        assert words in raised.value.message
