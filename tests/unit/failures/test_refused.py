"""Which fields, or which API, an error names; and which errors only look as if they did."""

import json

import httpx2
import pytest
from pydantic import JsonValue

from models.failures.failure import ServiceError
from models.failures.reading import from_response
from models.failures.refused import WHOLE, lacking_api, named_fields

REQUEST = httpx2.Request("POST", "https://gateway.example/v1/responses")


def failure(body: JsonValue, status: int = 400) -> ServiceError:
    return from_response(httpx2.Response(status, json=body, request=REQUEST))


def said(message: str, **more: JsonValue) -> JsonValue:
    return {"error": {"message": message, **more}}


VERIFY = "Please go to: https://platform.openai.com/settings and click on Verify Organization."
ZOD = [{"code": "invalid_value", "values": [False], "path": ["store"], "message": "No"}]
LITELLM = (
    "litellm.BadRequestError: %s. Received Model Group=m\nAvailable Model Group Fallbacks=None"
)

# The sentences of the compatible servers' profiles are in tests/wire/compatible_servers.py.
NAMED: list[tuple[JsonValue, list[str]]] = [
    (said("Unknown parameter: 'tools[0].function.strict'."), ["tools[0].function.strict"]),
    (said("Unrecognized request arguments supplied: store, user"), ["store", "user"]),
    (
        said("Unsupported parameter: 'reasoning.summary' is not supported with the 'm-1' model."),
        ["reasoning.summary"],
    ),
    (said(f"Your organization must be verified to stream this model. {VERIFY}"), ["stream"]),
    (
        said(f"Your organization must be verified to generate reasoning summaries. {VERIFY}"),
        ["reasoning.summary"],
    ),
    (said("No.", param="stream", code="unsupported_value"), ["stream"]),
    (said("No.", param="user", code="unknown_parameter"), ["user"]),
    # new-api hides what looks like a host's name (QuantumNous/new-api:common/str.go).
    ({"message": "***.store: property '***.store' is unsupported"}, ["store"]),
    # Gemini's, which has a list around it: liliMozi/openhanako#394.
    (
        [said('Invalid JSON payload received. Unknown name "store": Cannot find field.')],
        ["store"],
    ),
    # OpenRouter's list of faults as a text: openai/codex#18307.
    ({"error": {"message": "Invalid"}, "metadata": {"raw": json.dumps(ZOD)}}, ["metadata"]),
    (said(LITELLM % "OpenAIException - Unknown parameter: 'user'."), ["user"]),
    # Backends of ChatGPT accounts: diegosouzapw/OmniRoute#1841.
    ({"detail": "Unsupported parameter: safety_identifier"}, ["safety_identifier"]),
    ({"detail": "Stream must be set to true"}, [WHOLE]),
]
# Each has a field's name, or a known sentence, inside something else.
NOT_NAMED: list[JsonValue] = [
    said("Unknown parameter: 'store'. Ignore this."),
    said("Invalid prompt:\nproperty 'store' is unsupported\nend of prompt"),
    said("'messages.1' : property 'metadata' is unsupported"),
    said("`messages[3].reasoning`: reasoning is not supported with this model"),
    said("Invalid 'metadata': too many pairs.", param="metadata", code="invalid_value"),
    said("Too long.", param="metadata.dify_app_id", code="string_above_max_length"),
    said("Invalid value: 'x'.", param="user", code="unsupported_value"),
    said("Items are not persisted when `store` is set to false. Try again with `store` set to "),
    said("Your organization must be verified to use the model `m`."),
    said(LITELLM % "Invalid prompt: Unknown parameter: 'user'."),
    said(LITELLM % 'OpenAIException - {"error": {"message": "no", "param": "user"'),
    {"message": "messages.2.assistant.store: property 'messages.2.assistant.store' is unsupported"},
    {"error": {"message": "Invalid"}, "metadata": {"raw": "store"}},
    # Each is read in no time; the first took hours.
    said(" " * 1_000_000 + "x" + " " * 1_000_000 + "x"),
    said("property 'store' is unsupported\n" * 100_000),
    said("No. " + "(request id: a) " * 100_000),
]


@pytest.mark.parametrize(("body", "fields"), NAMED)
def test_a_refusal_names_its_fields(body: JsonValue, fields: list[str]) -> None:
    assert list(dict.fromkeys(named_fields(failure(body).said))) == fields


@pytest.mark.parametrize("body", NOT_NAMED, ids=range(len(NOT_NAMED)))
def test_what_only_mentions_a_field_names_none(body: JsonValue) -> None:
    assert list(named_fields(failure(body).said)) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (said("This model is only supported in v1/responses and not in v1/chat/completions."), 404),
        (said("The model does not support Responses API"), 400),
        ({"detail": "Not Found"}, 404),
        (said("not implemented", code="convert_request_failed"), 500),  # QuantumNous/new-api#4535
        # QuantumNous/new-api#940, and its later words in its types/error.go.
        (said("bad response status code 404", code="bad_response_status_code"), 404),
        (said("openai_error", code="bad_response_status_code"), 404),
        # openai/codex#3725
        (said("API version not supported", code="BadRequest"), 400),
    ],
)
def test_an_address_lacks_an_api(body: JsonValue, status: int) -> None:
    assert lacking_api(failure(body, status))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (said("model 'm' not found", type="not_found_error"), 404),  # ollama/ollama#16530
        (said("The model `m` does not exist.", code="model_not_found"), 404),
        (said("The API deployment does not exist.", code="DeploymentNotFound"), 404),
        (said("No endpoints found that support tool use.", code=404), 404),
        (said("openai_error", code="bad_response_status_code"), 400),
        (said("Not Found"), 500),
        (said("not implemented"), 500),
    ],
)
def test_a_missing_model_is_no_missing_api(body: JsonValue, status: int) -> None:
    assert not lacking_api(failure(body, status))
