"""OpenAI's own client over our connections: every kind of body, our sign-in, limits and errors."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import openai
import pytest

from fakes.openai.audio import TRANSCRIPT
from fakes.openai.process import ServiceProcess
from models.failures.failure import Kind, Said, ServiceError, sign_in_failure
from models.service.attempts import Deadline
from models.service.connection import Connection, ConnectionSettings
from models.service.endpoint import Endpoint
from models.service.model_list import with_similar_names
from models.service.official_client import answer_of
from tests.unit.endpoints import KEY, azure_at, openai_at
from tests.wire.raw_server import (
    CLOSED,
    HELD_OPEN,
    Received,
    bomb,
    event,
    raw_server,
    streamed,
    whole,
)

NAMES = ["gpt-4o-mini", "text-embedding-3-small", "tts-1", "whisper-1", "gpt-5"]
SOUND = b"RIFF\x00\x01binary"


def embedded(client: openai.OpenAI) -> int:
    """Embed a text: JSON out, JSON back."""
    answer = client.embeddings.create(model="text-embedding-3-small", input="hello", dimensions=8)
    return len(answer.data[0].embedding)


def transcribed(client: openai.OpenAI) -> str:
    """Transcribe a sound: a multipart form out."""
    return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", SOUND)).text


def spoken(client: openai.OpenAI) -> bytes:
    """Speak a text: bytes back."""
    speech = client.audio.speech
    return speech.create(model="tts-1", voice="alloy", input="x", response_format="wav").content


def streamed_speech(client: openai.OpenAI) -> bytes:
    """Speak a text: bytes back as they come."""
    speech = client.audio.speech.with_streaming_response
    with speech.create(model="tts-1", voice="alloy", input="x", response_format="wav") as answer:
        return b"".join(answer.iter_bytes())


ASKED: Sequence[Callable[[openai.OpenAI], object]] = (
    embedded,
    transcribed,
    spoken,
    streamed_speech,
)


def test_every_kind_of_body_passes() -> None:
    with ServiceProcess() as service:
        account = service.new_account(models=NAMES, deployments={name: name for name in NAMES})
        for endpoint in (
            openai_at(base=f"{account.url}/v1", openai_api_key=account.key),
            azure_at(account.url, openai_api_key=account.key),
            azure_at(f"{account.url}/openai/v1", openai_api_key=account.key),
        ):
            answers = [answer_of(endpoint, Deadline(20.0), ask) for ask in ASKED]
            dimensions, text, sound, streamed_sound = answers
            assert (dimensions, text) == (8, TRANSCRIPT)
            assert isinstance(sound, bytes)
            assert sound.startswith(b"RIFF")
            assert streamed_sound == sound


def answer(request: Received) -> Sequence[bytes]:
    """Answer whatever is asked for."""
    if "/speech" in request.path:
        return [whole(SOUND)]
    vector = {"object": "embedding", "index": 0, "embedding": [0.5] * 8}
    models = [{"id": name, "object": "model"} for name in NAMES]
    data = models if "/models" in request.path else [vector]
    return [whole(json.dumps({"text": "heard", "data": data}).encode())]


def test_all_go_over_one_connection_with_the_headers_of_every_request() -> None:
    with raw_server(answer) as server:
        endpoint = openai_at(
            base=server.url, extra_headers="X-Team: search", openai_organization="org-1"
        )
        for ask in ASKED:
            answer_of(endpoint, Deadline(5.0), ask)
    assert [request.connection for request in server.received] == [1] * 4
    for received in server.received:
        headers = received.headers.decode().lower()
        assert headers.count("authorization:") == headers.count(f"authorization: bearer {KEY}") == 1
        assert "x-team: search" in headers
        assert "openai-organization: org-1" in headers
        assert "openai-project" not in headers
    forms = [b"multipart/form-data; boundary" in request.headers for request in server.received]
    assert forms == [False, True, False, False]
    assert SOUND in server.received[1].body


def test_a_dated_azure_version_has_the_deployment_in_the_path() -> None:
    with raw_server(answer) as server:
        endpoint = azure_at(server.url.removesuffix("/v1"))
        for ask in (*ASKED[:3], lambda client: list(client.models.list())):
            answer_of(endpoint, Deadline(5.0), ask)
    deployments = "/openai/deployments"
    assert [request.path.split("?api-version=")[0] for request in server.received] == [
        f"{deployments}/text-embedding-3-small/embeddings",
        f"{deployments}/whisper-1/audio/transcriptions",
        f"{deployments}/tts-1/audio/speech",
        "/openai/models",
    ]
    for request in server.received:
        assert f"api-key: {KEY}" in request.headers.decode().lower()
        assert b"authorization" not in request.headers.lower()


@pytest.mark.parametrize("version", ["", "2025-04-01-preview"])
def test_a_sign_in_without_a_key_sends_the_token_and_nothing_else(version: str) -> None:
    with raw_server(answer) as server:
        base = f"{server.url.removesuffix('/v1')}/openai"
        tokens = iter(["first", "second"])
        connection = Connection(ConnectionSettings(base, version), lambda: next(tokens))
        endpoint = replace(azure_at(), connection=connection)
        for _ in range(2):
            answer_of(endpoint, Deadline(5.0), embedded)
    for request, token in zip(server.received, ("first", "second"), strict=True):
        headers = request.headers.decode().lower()
        assert f"authorization: bearer {token}" in headers
        assert "api-key" not in headers
        assert "signed in" not in headers


def test_nothing_comes_from_the_daemons_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        *("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"),
        *("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "AZURE_OPENAI_ENDPOINT"),
        *("OPENAI_API_VERSION", "OPENAI_CUSTOM_HEADERS"),
    ):
        monkeypatch.setenv(name, "X-From: the-environment")
    with raw_server(answer) as server:
        for endpoint in (openai_at(base=server.url), azure_at(server.url.removesuffix("/v1"))):
            answer_of(endpoint, Deadline(5.0), embedded)
    assert [r for r in server.received if b"the-environment" in r.headers + r.path.encode()] == []


def test_a_sign_in_that_fails_is_told_as_it_is() -> None:
    refused = sign_in_failure("no such tenant")

    def token() -> str:
        raise refused

    connection = Connection(ConnectionSettings("http://127.0.0.1:9"), token)
    with pytest.raises(ServiceError) as raised:
        answer_of(replace(azure_at(), connection=connection), Deadline(5.0), embedded)
    assert raised.value is refused


def failing(
    pieces: Sequence[bytes | float],
    ask: Callable[[openai.OpenAI], object] = embedded,
    *,
    seconds: float = 5.0,
    attempts: str = "1",
) -> tuple[ServiceError, int]:
    """Return how a call failed, and how many requests it took."""
    with raw_server(lambda _: pieces) as server:
        endpoint = openai_at(base=server.url, max_attempts=attempts)
        with pytest.raises(ServiceError) as raised:
            answer_of(endpoint, Deadline(seconds), ask)
    assert raised.value.__cause__ is None
    return raised.value, len(server.received)


LIMITED = whole(b'{"error": {"message": "wait"}}', status="429 Wait", headers=b"retry-after: 0\r\n")
BROKEN = streamed(b"begun", ended=False)


@pytest.mark.parametrize(
    ("pieces", "kind", "said"),
    [
        ([LIMITED], Kind.RATE_LIMIT, "wait"),
        ([whole(b"busy", status="503 Busy")], Kind.SERVER, "busy"),
        ([whole(b"", status="307 No", headers=b"Location: /x\r\n")], Kind.BAD_REQUEST, "moved to"),
        ([CLOSED], Kind.CONNECTION, "no connection to http://127.0.0.1"),
        ([whole(b"no JSON")], Kind.SERVER, "cannot be decoded"),
        ([whole(b"x", headers=b"Content-Encoding: gzip\r\n")], Kind.SERVER, "cannot be decoded"),
        ([whole(b"{}")], Kind.SERVER, "cannot be decoded"),
        ([whole(b"[]")], Kind.SERVER, "cannot be decoded"),
    ],
)
def test_a_failure_is_told_in_our_words(
    pieces: Sequence[bytes | float], kind: Kind, said: str
) -> None:
    failure, _ = failing(pieces)
    assert failure.kind is kind
    assert said in failure.said.message


def test_a_stream_that_breaks_says_so() -> None:
    failure, _ = failing([BROKEN, CLOSED], streamed_speech)
    assert failure.kind is Kind.CONNECTION
    assert "broke in the middle" in failure.said.message


@pytest.mark.parametrize("ask", [embedded, streamed_speech])
@pytest.mark.parametrize(
    "pieces", [[HELD_OPEN], [BROKEN, *[0.05, event(b".")] * 100]], ids=["silent", "trickling"]
)
def test_no_wait_outlasts_the_deadline(
    pieces: Sequence[bytes | float], ask: Callable[[openai.OpenAI], object]
) -> None:
    failure, requests = failing(pieces, ask, seconds=0.3, attempts="3")
    assert "the limit for one call" in failure.said.message
    assert requests == 1


BEGUN = whole(b'{"data": []}')
ONCE = b"HTTP/1.1 200 OK\r\nX-Should-Retry: false\r\n"


@pytest.mark.parametrize(
    ("pieces", "requests"),
    [
        ([BEGUN[:-12], CLOSED], 2),
        ([BEGUN[:-12].replace(b"HTTP/1.1 200 OK\r\n", ONCE), CLOSED], 1),
        ([BEGUN[:-2], CLOSED], 1),
    ],
    ids=["headers", "headers-once", "body"],
)
def test_an_answer_that_breaks_off_is_paid_once(
    pieces: Sequence[bytes | float], requests: int
) -> None:
    failure, sent = failing(pieces, attempts="5")
    assert failure.kind is Kind.CONNECTION
    assert "the connection broke" in failure.said.message
    assert sent == requests


def packed(content: bytes, *, status: str = "200 OK") -> bytes:
    """Return an answer that holds a content a thousand times, packed."""
    begun, more = bomb(content)
    return whole(begun + more * 1000, status=status, headers=b"Content-Encoding: gzip\r\n")


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (packed(b" " * (1 << 20)), Kind.BAD_REQUEST, "longer than 64 MiB"),
        (packed(b"[]," * 1001), Kind.BAD_REQUEST, "more than 1,000,000 objects"),
        (packed(b" " * (1 << 20), status="401 No"), Kind.AUTHORIZATION, "than 256 KiB"),
        (whole(b"[" * 50_000), Kind.SERVER, "cannot be decoded"),
        (whole(b"\xff", headers=b"Content-Type: text/plain; charset=zip\r\n"), Kind.SERVER, "deco"),
    ],
    ids=["bomb", "parts", "error-bomb", "levels", "charset"],
)
@pytest.mark.parametrize("ask", [embedded, transcribed])
def test_what_comes_is_bounded(
    answer: bytes, kind: Kind, said: str, ask: Callable[[openai.OpenAI], object]
) -> None:
    failure, requests = failing([answer], ask, attempts="3")
    assert failure.kind is kind
    assert said in failure.said.message
    assert requests == 1


def test_what_goes_out_is_bounded() -> None:
    def long(client: openai.OpenAI) -> str:
        sound = bytes(129 << 20)
        return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", sound)).text

    failure, requests = failing([whole(b'{"text": "no"}')], long)
    assert failure.kind is Kind.BAD_REQUEST
    assert failure.said.message == "the request is longer than 128 MiB and was not sent"
    assert requests == 0


def test_attempts_are_ours_and_the_endpoints() -> None:
    for attempts, sent in (("1", 1), ("3", 3)):
        assert failing([LIMITED], attempts=attempts)[1] == sent


def not_found(endpoint: Endpoint, code: str = "model_not_found") -> str:
    failure = ServiceError(Kind.BAD_REQUEST, Said("no", code=code), advice="Check the name.")
    return with_similar_names(failure, endpoint).advice


def test_a_wrong_name_is_told_with_similar_ones() -> None:
    with raw_server(answer) as server:
        named = not_found(openai_at("gpt-4o-minni", server.url))
        assert named.startswith("Check the name; models of this key with a similar name: gpt-4o-m")
        assert not_found(openai_at("xyz", server.url)) == "Check the name."
        asked = len(server.received)
        assert not_found(openai_at("gpt-4o-minni", server.url), "other") == "Check the name."
        assert len(server.received) == asked
    with raw_server(lambda _: [whole(b"no", status="404 No")]) as server:
        assert not_found(openai_at("gpt-4o-minni", server.url)) == "Check the name."
