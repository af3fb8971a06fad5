"""Embeddings, moderations, speech and transcription: defaults, rules and plan steps."""

import base64
import io
import math
import struct
import wave

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory

EMBEDDINGS = "/v1/embeddings"
SMALL = "text-embedding-3-small"
AUDIO = {"file": ("a.mp3", b"ID3", "audio/mpeg")}


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


@pytest.mark.parametrize(
    ("sent", "tokens"),
    [("a b c", 3), ([1, 2], 2), ([[1], [2, 3]], 3)],
    ids=["text", "tokens", "lists-of-tokens"],
)
def test_inputs_may_be_tokens(client: ServiceClient, sent: object, tokens: int) -> None:
    assert _embed(client, input=sent)["usage"]["total_tokens"] == tokens


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"input": ""}, 400, ""),
        ({"input": []}, 400, "[] is not valid under any of the schemas"),
        ({"input": "a", "dimensions": 0}, 400, "0 is less than the minimum of 1 - 'dimensions'"),
        ({"input": "a " * 8193}, 400, ""),
        ({"input": "a", "model": "none"}, 404, "The model `none` does not exist"),
        (
            {"input": "a", "model": "text-embedding-ada-002", "dimensions": 4},
            400,
            "",
        ),
    ],
)
def test_wrong_embeddings_are_refused(
    client: ServiceClient, body: JsonObject, status: int, message: str
) -> None:
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


@pytest.mark.parametrize(
    ("sound", "content_type", "start"),
    [
        ("mp3", "audio/mpeg", b"\xff"),
        ("wav", "audio/wav", b"RIFF"),
        ("pcm", "audio/pcm", b"\0\0"),
        ("opus", "audio/opus", b"OggS"),
        ("aac", "audio/aac", b"\xff\xf1"),
        ("flac", "audio/flac", b"fLaC"),
    ],
)
def test_speech_has_its_format(
    client: ServiceClient, sound: str, content_type: str, start: bytes
) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "a", "response_format": sound}
    response = client.send("POST", "/v1/audio/speech", json=body)
    assert response.headers["content-type"] == content_type
    assert response.content.startswith(start)
    if sound == "wav":
        with wave.open(io.BytesIO(response.content)) as silence:
            assert silence.getframerate() == 24_000


def test_speech_takes_4096_characters(client: ServiceClient) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "a" * 4097}
    response = client.send("POST", "/v1/audio/speech", json=body)
    assert error_of(response)["code"] == "string_above_max_length"


@pytest.mark.parametrize(
    ("wanted", "start"),
    [("text", "The sun"), ("srt", "1\n00:00:00,000"), ("vtt", "WEBVTT")],
)
def test_a_transcript_has_its_format(client: ServiceClient, wanted: str, start: str) -> None:
    form = {"model": "whisper-1", "response_format": wanted}
    response = client.send("POST", "/v1/audio/transcriptions", data=form, files=AUDIO)
    assert response.text.startswith(start)


@pytest.mark.parametrize("wanted", ["json", "verbose_json"])
def test_a_transcript_may_be_an_object(client: ServiceClient, wanted: str) -> None:
    form = {"model": "whisper-1", "response_format": wanted}
    answer = client.send("POST", "/v1/audio/transcriptions", data=form, files=AUDIO).json()
    assert answer["text"].startswith("The sun rises")


@pytest.mark.parametrize(
    ("form", "files", "status", "message"),
    [
        ({"model": "none"}, AUDIO, 404, "The model `none` does not exist"),
        ({"model": "whisper-1"}, {"other": b"x"}, 400, "Unrecognized request argument"),
        ({"model": "whisper-1"}, {"file": b""}, 400, "Missing required parameter: 'file'."),
        ({"model": "whisper-1", "response_format": "doc"}, AUDIO, 400, "Invalid 'response_format'"),
    ],
)
def test_a_wrong_transcription_is_refused(
    client: ServiceClient, form: dict[str, str], files: JsonObject, status: int, message: str
) -> None:
    response = client.send("POST", "/v1/audio/transcriptions", data=form, files=files)
    assert response.status_code == status
    assert error_of(response)["message"].startswith(message)


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
