"""Which words of a service refuse a field: known ones that are the whole message, nothing else."""

import json
from pathlib import Path

import httpx2
import pytest
import yaml
from pydantic import JsonValue

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_response
from models.failures.refused import lacking_api, named_fields

SAID = yaml.safe_load(Path(__file__).with_name("refusals.yaml").read_text("utf-8"))
SENTENCES: dict[str, list[str]] = SAID["fields"]
RELAYED = " (request id: 20250718151005933235178p97L88vu)"


@pytest.mark.parametrize("relays", [0, 1, 4])
@pytest.mark.parametrize(("message", "fields"), SENTENCES.items())
def test_a_known_sentence_names_its_fields(message: str, fields: list[str], relays: int) -> None:
    assert [*named_fields(Said(message + RELAYED * relays))] == fields


@pytest.mark.parametrize("message", SAID["others"])
def test_any_other_text_names_nothing(message: str) -> None:
    assert [*named_fields(Said(message))] == []


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_text_that_quotes_a_sentence_names_nothing(sentence: str) -> None:
    quoting = (
        f"Invalid prompt: {sentence}",
        f"Invalid prompt:\n{sentence}",
        f"This:\n{sentence}\nis no JSON",
        f"litellm.BadRequestError: OpenAIException - could not read:\n{sentence}",
        json.dumps({"error": {"message": sentence, "param": "store"}}),
    )
    assert [[*named_fields(Said(text))] for text in quoting] == [[]] * len(quoting)


@pytest.mark.parametrize(
    ("code", "param", "counts"),
    [
        ("unknown_parameter", "store", True),
        ("unsupported_parameter", "reasoning.summary", True),
        ("wrong_api_format", "parallel_tool_calls", True),
        ("unsupported_value", "stream", True),
        ("unsupported_value", "reasoning.summary", True),
        ("unsupported_value", "service_tier", True),
        ("unsupported_value", "temperature", True),
        ("unsupported_value", "stop", True),
        ("unsupported_value", "reasoning.effort", True),
        ("invalid_value", "temperature", False),
        # What is no field of the request is told apart later, by its body (`service/refusals`).
        ("unknown_parameter", "tools[0].function.parameters.store", True),
        ("unsupported_value", "store", False),
        ("invalid_value", "store", False),
        ("invalid_value", "metadata.dify_app_id", False),
        ("string_above_max_length", "metadata", False),
        (None, "metadata", False),
        ("bad_response_status_code", "400", False),
    ],
)
def test_a_param_counts_with_a_code_that_means_unknown(
    code: str | None, param: str, counts: bool
) -> None:
    said = Said("It is not what it should be.", code=code, param=param)
    assert [*named_fields(said)] == ([param] if counts else [])


def read(body: JsonValue, status: int = 400) -> ServiceError:
    """Read an error's body, JSON or text, as it comes from the network."""
    content = body if isinstance(body, str) else json.dumps(body)
    request = httpx2.Request("POST", "https://host.example/v1/responses")
    return from_response(httpx2.Response(status, content=content.encode(), request=request))


@pytest.mark.parametrize(("body", "names"), SAID["bodies"])
def test_a_body_names_its_fields(body: JsonValue, names: list[str]) -> None:
    assert [*named_fields(read(body).said)] == names


@pytest.mark.parametrize(("status", "body"), SAID["lacking"])
def test_an_address_without_an_api_is_known(status: int, body: JsonValue) -> None:
    assert lacking_api(read(body, status))


@pytest.mark.parametrize(("status", "body"), SAID["served"])
def test_any_other_failure_is_no_missing_api(status: int, body: JsonValue) -> None:
    assert not lacking_api(read(body, status))
    assert not lacking_api(ServiceError(Kind.CONNECTION, Said("Not Found")))
