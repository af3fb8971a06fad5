"""Embeddings, moderations, speech and transcription: defaults, rules and plan steps."""

import base64
import io
import math
import struct
import wave
from typing import Any

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory

EMBEDDINGS = "/v1/embeddings"
SMALL = "text-embedding-3-small"
AUDIO: JsonObject = {"file": ("a.mp3", b"ID3", "audio/mpeg")}


def _embed(client: ServiceClient, **body: object) -> JsonObject:
    response = client.send("POST", EMBEDDINGS, json={"model": SMALL, **body})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert isinstance(answer, dict)
    return answer


def test_equal_texts_have_equal_vectors_of_length_one(client: ServiceClient) -> None:
    answer = _embed(client, input=["a b", "c", "a b"])
    first, second, third = (item["embedding"] for item in answer["data"])
    assert first == third != second
    assert len(first) == 1536
    assert math.isclose(math.hypot(*first), 1)
    assert answer["usage"] == {"prompt_tokens": 5, "total_tokens": 5}


def test_base64_holds_the_same_numbers(client: ServiceClient) -> None:
    plain = _embed(client, input="a", dimensions=4)["data"][0]["embedding"]
    encoded = _embed(client, input="a", dimensions=4, encoding_format="base64")
    packed = base64.b64decode(encoded["data"][0]["embedding"])
    assert struct.unpack("<4f", packed) == pytest.approx(plain)


def test_inputs_may_be_tokens(client: ServiceClient) -> None:
    for sent, tokens in (("a b c", 3), ([1, 2], 2), ([[1], [2, 3]], 3)):
        assert _embed(client, input=sent)["usage"]["total_tokens"] == tokens


def test_wrong_embeddings_are_refused(client: ServiceClient) -> None:
    ada = "text-embedding-ada-002"
    rows: list[tuple[JsonObject, int, str]] = [
        ({"input": ""}, 400, ""),
        ({"input": []}, 400, "[] is not valid under any of the schemas"),
        ({"input": "a", "dimensions": 0}, 400, "0 is less than the minimum of 1 - 'dimensions'"),
        ({"input": "a " * 8193}, 400, ""),
        ({"input": "a", "model": "none"}, 404, "The model `none` does not exist"),
        ({"input": "a", "model": ada, "dimensions": 4}, 400, ""),
    ]
    for body, status, message in rows:
        response = client.send("POST", EMBEDDINGS, json={"model": SMALL, **body})
        assert response.status_code == status
        assert error_of(response)["message"].startswith(message)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("embeddings", {"input": "a"}),
        ("moderations", {"input": "a"}),
        ("audio/speech", {"input": "a", "voice": "alloy"}),
    ],
)
def test_azure_serves_them_by_deployment(
    new_client: ClientFactory, path: str, body: JsonObject
) -> None:
    client: ServiceClient = new_client(deployments={"mine": "omni-moderation-latest"})
    dated = f"/openai/deployments/mine/{path}"
    version = {"api-version": "2024-10-21"}
    assert client.send("POST", dated, params=version, json=body).status_code == 200
    assert client.send("POST", dated, json=body).status_code == 404
    v1 = client.send("POST", f"/openai/v1/{path}", json={"model": "mine", **body})
    assert v1.status_code == 200


@pytest.mark.parametrize(("sent", "results"), [("a", 1), (["a", "b"], 2)])
def test_every_input_is_harmless(client: ServiceClient, sent: object, results: int) -> None:
    answer = client.send("POST", "/v1/moderations", json={"input": sent}).json()
    assert [result["flagged"] for result in answer["results"]] == [False] * results
    assert answer["model"] == "omni-moderation-latest"


def test_speech_has_its_format(client: ServiceClient) -> None:
    for sound, content_type, start in (
        ("mp3", "audio/mpeg", b"\xff"),
        ("pcm", "audio/pcm", b"\0\0"),
        ("opus", "audio/opus", b"OggS"),
        ("aac", "audio/aac", b"\xff\xf1"),
        ("flac", "audio/flac", b"fLaC"),
        ("wav", "audio/wav", b"RIFF"),
    ):
        body = {"model": "tts-1", "voice": "alloy", "input": "a", "response_format": sound}
        response = client.send("POST", "/v1/audio/speech", json=body)
        assert response.headers["content-type"] == content_type
        assert response.content.startswith(start)
    with wave.open(io.BytesIO(response.content)) as silence:
        assert silence.getframerate() == 24_000


def test_speech_takes_4096_characters(client: ServiceClient) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "a" * 4097}
    response = client.send("POST", "/v1/audio/speech", json=body)
    assert error_of(response)["code"] == "string_above_max_length"


def test_an_answer_is_spoken_where_it_is_asked_to_be(client: ServiceClient) -> None:
    asked: JsonObject = {"modalities": ["text", "audio"], "model": "gpt-audio-1.5"}
    voiced = asked | {"audio": {"voice": "alloy", "format": "mp3"}}
    (choice,) = client.generate("chat", **voiced).json()["choices"]
    message = choice["message"]
    assert message["content"] is None
    assert message["audio"].keys() == {"id", "data", "expires_at", "transcript"}
    assert base64.b64decode(message["audio"]["data"]).startswith(b"\xff")
    assert message["audio"]["transcript"].startswith("Echo: ")
    for arguments, param in ((asked, "audio"), (voiced | {"stream": True}, "audio.format")):
        assert error_of(client.generate("chat", **arguments))["param"] == param


def _transcribe(client: ServiceClient, files: JsonObject = AUDIO, **form: str) -> httpx2.Response:
    form = {"model": "whisper-1", **form}
    return client.send("POST", "/v1/audio/transcriptions", data=form, files=files)


def test_a_transcript_has_its_format(client: ServiceClient) -> None:
    for wanted, start in (("text", "The sun"), ("srt", "1\n00:00:00,000"), ("vtt", "WEBVTT")):
        assert _transcribe(client, response_format=wanted).text.startswith(start)
    for wanted in ("json", "verbose_json"):
        answer = _transcribe(client, response_format=wanted).json()
        assert answer["text"].startswith("The sun rises")


def test_a_wrong_transcription_is_refused(client: ServiceClient) -> None:
    for response, status, param in (
        (_transcribe(client, model="none"), 404, None),
        (_transcribe(client, {"other": b"x"}), 400, None),
        (_transcribe(client, {"file": b""}), 400, "file"),
        (_transcribe(client, response_format="doc"), 400, "response_format"),
    ):
        assert (response.status_code, error_of(response)["param"]) == (status, param)


def test_a_transcription_has_the_rules_of_its_model(client: ServiceClient) -> None:
    diarize = {"model": "gpt-4o-transcribe-diarize", "chunking_strategy": "auto"}
    accepted: list[dict[str, Any]] = [
        {"model": "gpt-transcribe", "languages[]": "de", "keywords[]": "Dify", "prompt": "a"},
        {"model": "whisper-1", "language": "de"},
        {"model": "gpt-4o-transcribe", "response_format": "text"},
        {**diarize, "response_format": "diarized_json"},
    ]
    for form in accepted:
        assert _transcribe(client, **form).status_code == 200, form
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"model": "gpt-transcribe", "language": "de"}, "language", "unsupported_parameter"),
        ({"keywords[]": "Dify"}, "keywords", "unsupported_parameter"),
        ({**diarize, "prompt": "a"}, "prompt", "unsupported_parameter"),
    ]
    for form, param, code in refused:
        error = error_of(_transcribe(client, **form))
        assert (error["param"], error["code"]) == (param, code), (form, error)
    wrong = _transcribe(client, model="gpt-4o-transcribe", response_format="srt")
    assert error_of(wrong) == {
        "message": "response_format 'srt' is not compatible with model 'gpt-4o-transcribe'. "
        "Use 'json' or 'text'.",
        "type": "invalid_request_error",
        "param": "response_format",
        "code": "unsupported_value",
    }
    whole = _transcribe(client, model=diarize["model"])
    assert error_of(whole) == {
        "message": "chunking_strategy is required for diarization models",
        "type": "invalid_request_error",
        "param": "chunking_strategy",
        "code": "invalid_value",
    }


def test_a_transcription_is_a_form(client: ServiceClient) -> None:
    response = client.send("POST", "/v1/audio/transcriptions", json={"model": "whisper-1"})
    assert (response.status_code, error_of(response)["param"]) == (400, None)


def test_steps_are_played_and_texts_left_for_others(client: ServiceClient) -> None:
    client.account.extend_plan(
        {"fault": "rate_limit"}, {"raw": {"body": "raw"}}, {"fault": "malformed"}, {"text": "kept"}
    )
    body = {"model": SMALL, "input": "a"}
    answers = [client.send("POST", EMBEDDINGS, json=body) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 200, 200, 200]
    assert answers[1].text == "raw"
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answers[2].json()
    assert b"kept" in client.generate("chat").content
