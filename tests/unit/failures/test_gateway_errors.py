"""What gateways make of a refusal behind them, and long errors; the servers' own sentences are in
tests/wire/compatible_servers.py."""

import json

import httpx2
import pytest
from pydantic import JsonValue

from models.failures.failure import ServiceError
from models.failures.reading import from_response
from models.failures.refused import lacking_api, named_fields

REQUEST = httpx2.Request("POST", "https://gateway.example/v1/responses")


def failure(body: JsonValue, status: int = 400) -> ServiceError:
    return from_response(httpx2.Response(status, json=body, request=REQUEST))


def said(message: str, **more: JsonValue) -> JsonValue:
    return {"error": {"message": message, **more}}


ZOD = [{"code": "invalid_value", "values": [False], "path": ["store"], "message": "No"}]
LITELLM = "litellm.BadRequestError: %s. Received Model Group=m\nAvailable Model Group Fallbacks="

NAMED: dict[str, tuple[JsonValue, list[str]]] = {
    # It hides what looks like a host's name (QuantumNous/new-api:common/str.go).
    "new-api": ({"message": "***.store: property '***.store' is unsupported"}, ["store"]),
    # openai/codex#18307
    "openrouter": (
        {"error": {"message": "No"}, "metadata": {"raw": json.dumps(ZOD)}},
        ["metadata"],
    ),
    # BerriAI/litellm#38842
    "litellm": (
        said(
            LITELLM % 'AzureException BadRequestError - {"error": {"message": "No", "param": '
            '"user", "code": "unknown_parameter"}}'
        ),
        ["user"],
    ),
    # i-am-bee/beeai-framework#487
    "litellm-bytes": (
        said(
            LITELLM % 'GroqException - b\'{"error":{"message":"property \\\'user\\\' is '
            "unsupported\"}}\\n'"
        ),
        ["user"],
    ),
}
NOT_NAMED: dict[str, JsonValue] = {
    "lines": said("Invalid prompt:\nproperty 'store' is unsupported\nend of prompt"),
    "litellm-prompt": said(LITELLM % "X - Invalid prompt: Unknown parameter: 'user'."),
    "litellm-lines": said(LITELLM % "X - Invalid prompt:\nUnknown parameter: 'user'."),
    "litellm-cut": said(LITELLM % 'X - {"error": {"message": "No", "param": "user"'),
    "litellm-list": said(LITELLM % "X - " + "[" * 10_000),
    "openrouter": {"error": {"message": "No"}, "metadata": {"raw": "store"}},
    # Each is read in no time; the first took hours.
    "spaces": said(" " * 1_000_000 + "x" + " " * 1_000_000 + "x"),
    "many-lines": said("property 'store' is unsupported\n" * 100_000),
    "many-notes": said("No. " + "(request id: a) " * 100_000),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_refusal_behind_a_gateway_names_its_field(name: str) -> None:
    body, fields = NAMED[name]
    assert list(named_fields(failure(body).said)) == fields


@pytest.mark.parametrize("name", NOT_NAMED)
def test_what_only_mentions_a_field_names_none(name: str) -> None:
    assert list(named_fields(failure(NOT_NAMED[name]).said)) == []


@pytest.mark.parametrize(
    ("body", "status", "lacks"),
    [
        # QuantumNous/new-api#940, and its later words in its types/error.go.
        (said("bad response status code 404", code="bad_response_status_code"), 404, True),
        (said("openai_error", code="bad_response_status_code"), 404, True),
        (said("openai_error", code="bad_response_status_code"), 400, False),
        # openai/codex#3725
        (said("API version not supported", code="BadRequest"), 400, True),
    ],
)
def test_an_api_may_be_missing_behind_a_gateway(body: JsonValue, status: int, lacks: bool) -> None:
    assert lacking_api(failure(body, status)) is lacks
