"""The published schema: its refusals, in the service's words."""

import pytest

from tests.workshop.openai.client import Route, ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory
from tests.workshop.openai.refusal import Refusal, assert_refused

SCHEMA = [
    Refusal(
        "empty-messages",
        "chat",
        {"messages": []},
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an "
        "empty array instead.",
        "messages",
        "empty_array",
    ),
    Refusal(
        "without-messages",
        "chat",
        {"messages": ...},
        "Missing required parameter: 'messages'.",
        "messages",
        "missing_required_parameter",
    ),
    Refusal(
        "messages-type",
        "chat",
        {"messages": "hello"},
        "Invalid type for 'messages': expected an array, but got a string instead.",
        "messages",
        "invalid_type",
    ),
    Refusal(
        "unknown-role",
        "chat",
        {"messages": [{"role": "robot", "content": "x"}]},
        "Invalid value: 'robot'. Supported values are: 'developer', 'system', 'user', "
        "'assistant', 'tool', and 'function'.",
        "messages[0].role",
        "invalid_value",
    ),
    Refusal(
        "content-type",
        "chat",
        {"messages": [{"role": "user", "content": 4}]},
        "Invalid type for 'messages[0].content': expected one of a string or an array, but got "
        "an integer instead.",
        "messages[0].content",
        "invalid_type",
    ),
    Refusal(
        "part-type",
        "responses",
        {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        "Invalid value: 'text'. Supported values are: 'input_text', 'input_image', 'input_file', "
        "'output_text', and 'refusal'.",
        "input[0].content[0].type",
        "invalid_value",
    ),
    Refusal(
        "nameless-call",
        "responses",
        {"input": [{"type": "function_call", "call_id": "c", "arguments": "{}"}]},
        "Missing required parameter: 'input[0].name'.",
        "input[0].name",
        "missing_required_parameter",
    ),
    Refusal(
        "above-maximum",
        "chat",
        {"temperature": 3},
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 "
        "instead.",
        "temperature",
        "decimal_above_max_value",
    ),
    Refusal(
        "below-minimum",
        "responses",
        {"top_logprobs": -1},
        "Invalid 'top_logprobs': integer below minimum value. Expected a value >= 0, but got -1 "
        "instead.",
        "top_logprobs",
        "integer_below_min_value",
    ),
    Refusal(
        "too-long",
        "chat",
        {"safety_identifier": "u" * 65},
        "Invalid 'safety_identifier': string too long. Expected a string with maximum length 64, "
        "but got a string with length 65 instead.",
        "safety_identifier",
        "string_above_max_length",
    ),
    Refusal(
        "effort",
        "chat",
        {"verbosity": "huge"},
        "Invalid value: 'huge'. Supported values are: 'low', 'medium', and 'high'.",
        "verbosity",
        "invalid_value",
    ),
]


@pytest.mark.parametrize("refusal", SCHEMA, ids=lambda refusal: refusal.name)
def test_a_wrong_shape_is_refused(new_client: ClientFactory, refusal: Refusal) -> None:
    assert_refused(new_client, refusal)


@pytest.mark.parametrize("route", ["chat", "responses"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_object_is_refused(
    client: ServiceClient, route: Route, content: bytes
) -> None:
    path = "/v1/chat/completions" if route == "chat" else "/v1/responses"
    response = client.send("POST", path, content=content)
    assert response.status_code == 400
    assert error_of(response)["message"].startswith("We could not parse the JSON body")
