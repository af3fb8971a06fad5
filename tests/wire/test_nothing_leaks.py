"""What leaves the process with a failure is one masked sentence: no key, no prompt, no answer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    validate_model_credentials,
    validate_provider_credentials,
)
from tests.wire.raw_server import (
    CLOSED,
    Received,
    chunk,
    event,
    open_call,
    raw_server,
    streamed,
    whole,
)

ROOT = Path(__file__).parents[2]
KEY = "sk-canary-3f9d8e7c6b5a4f3e2d1c"
HEADER = "canary-of-a-gateway-0123456789"
PROMPT = "canary-prompt-nobody-may-log"
ANSWER = "canary-answer-nobody-may-log"
SECRETS = (KEY, HEADER)
CONTENT = (PROMPT, ANSWER)
PROTOCOLS = ("chat", "responses")


def said(**fields: JsonValue) -> bytes:
    """Return an error body that quotes what it should not, in every field."""
    quoted = f"Bearer {KEY} {HEADER}"
    error: dict[str, JsonValue] = {
        "message": f"refused: {quoted}",
        "type": quoted,
        "code": quoted,
        "param": quoted,
    }
    return json.dumps({"error": {**error, **fields}}).encode()


def refused(status: str) -> list[bytes]:
    """Return a refusal whose request id is the key as well."""
    return [whole(said(), status=status, headers=f"x-request-id: {KEY}\r\n".encode())]


# Every way in which a call fails, each with canaries wherever the service has a say.
FAULTS: dict[str, Sequence[bytes | float]] = {
    "400": refused("400 Bad Request"),
    "401": refused("401 Unauthorized"),
    "404": refused("404 Not Found"),
    "422": [
        whole(
            json.dumps(
                {"detail": [{"type": "x", "loc": ["body", KEY], "msg": KEY, "input": PROMPT}]}
            ).encode(),
            status="422 Unprocessable",
        )
    ],
    "plain-text": [whole(f"key {KEY}".encode(), status="400 Bad Request")],
    "page": [whole(f"<html>{KEY}</html>".encode(), status="403 Forbidden")],
    "moved": [whole(b"", status="307 Moved", headers=f"Location: http://x/?k={KEY}\r\n".encode())],
    "no-json": [whole(f'{{"choices": [{{"message": "{ANSWER}'.encode())],
    "odd-answer": [whole(json.dumps({"choices": ANSWER, "output": ANSWER, "id": [KEY]}).encode())],
    "failed": [whole(json.dumps({"status": "failed", "error": {"message": KEY}}).encode())],
    "error-inside": [whole(said())],
    "odd-chunk": [streamed(chunk(ANSWER), f'{{"choices": "{ANSWER} {KEY}"}}'.encode())],
    "error-frame": [streamed(chunk("x"), said())],
    "error-event": [
        streamed(json.dumps({"type": "error", "message": KEY, "param": KEY, "code": KEY}).encode())
    ],
    "failed-event": [
        streamed(
            json.dumps(
                {
                    "type": "response.failed",
                    "response": {"status": "failed", "error": {"message": KEY}},
                }
            ).encode()
        )
    ],
    "odd-end": [streamed(json.dumps({"type": "response.completed", "response": ANSWER}).encode())],
    "cut": [streamed(chunk(ANSWER), ended=False), CLOSED],
    "no-http": [f"HTTP/1.1 200 {KEY}\x00\r\n\r\n".encode()],
    "no-chunk": [streamed(ended=False), event(chunk("x")), f"{ANSWER}\r\n".encode()],
    "no-gzip": [whole(f"{ANSWER} {KEY}".encode(), headers=b"Content-Encoding: gzip\r\n")],
}


@dataclass(frozen=True, slots=True)
class Leaving:
    """What left the process: the one sentence of a failure, and everything else."""

    sentence: str
    elsewhere: str


@pytest.fixture(scope="module")
def careful_plugin() -> Iterator[PluginProcess]:
    """A process of its own, whose log holds these calls alone."""
    with PluginProcess(ROOT) as process:
        yield process
        assert not process.noise


def failing(plugin: PluginProcess, target: ModelTarget, *, stream: bool) -> Leaving | None:
    """Make a call and return what left the process; None if the fault is none on this API."""
    options = LLMOptions(stream=stream)
    before = len(plugin.log)
    try:
        read_llm_answer(open_call(plugin, target, options, prompt=PROMPT))
    except PluginError as error:
        log = " ".join(record.message for record in plugin.log[before:])
        return Leaving(error.message, f"{log} {json.dumps(error.details)}")
    return None


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_failure_tells_its_sentence_and_nothing_else(
    careful_plugin: PluginProcess, fault: str, protocol: str
) -> None:
    def answer(_: Received) -> Sequence[bytes | float]:
        return FAULTS[fault]

    with raw_server(answer) as server:
        headers = json.dumps({"X-Gateway": HEADER})
        target = server.target(
            protocol=protocol, openai_api_key=KEY, extra_headers=headers, max_attempts="1"
        )
        for stream in (True, False):
            leaving = failing(careful_plugin, target, stream=stream)
            if leaving is None:
                continue
            assert not [canary for canary in SECRETS if canary in leaving.sentence]
            assert not [text for text in (*SECRETS, *CONTENT) if text in leaving.elsewhere]
            assert "Traceback" not in leaving.elsewhere or "Invoke" in leaving.elsewhere
            assert "\n" not in leaving.sentence


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "200 OK"])
def test_a_credential_check_tells_no_key_either(
    careful_plugin: PluginProcess, protocol: str, status: str
) -> None:
    with raw_server(lambda _: refused(status)) as server:
        target = server.target(protocol=protocol, openai_api_key=KEY)
        for check in (
            validate_model_credentials(target),
            validate_provider_credentials("openai", target.credentials),
        ):
            with pytest.raises(PluginError) as failure:
                careful_plugin.open_session(check).result()
            everything = f"{failure.value.message} {json.dumps(failure.value.details)}"
            assert KEY not in everything
            assert "CredentialsValidateFailedError" in failure.value.error_type
