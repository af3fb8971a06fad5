"""An error that only mentions `metadata` or `store` changes nothing: what a caller can write, or a
value that is wrong, neither switches attribution off nor lets a prompt be stored."""

import json

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from tests.wire.ends import APP, ROUTES, Json, Wire, object_in, raw_json
from tests.wire.raw_server import Received, completion, open_call, raw_server, whole

OURS: Json = {"dify_app_id": APP, "dify_source": "dify"}
TAGGED: Json = {"store": True, "metadata": OURS}
NOT_STORED: Json = {"store": False}

# What stands in the request of a route, with the switch on and off.
AS_BEFORE = [
    *((route, "enabled", TAGGED) for route in ROUTES),
    *((route, "disabled", NOT_STORED) for route in ROUTES if route.endswith("responses")),
]
every_way = pytest.mark.parametrize(("route", "switch", "as_before"), AS_BEFORE)

# message, param, code of an error about something else
MENTIONS: dict[str, tuple[str, str | None, str | int | None]] = {
    "quoted-prompt": ("Bad prompt: 'Is `metadata` kept by store?'", None, "invalid_prompt"),
    "quoted-sentence": ("Bad prompt: Unknown parameter: 'store'.", None, "invalid_prompt"),
    "quoted-lines": (
        "Bad prompt:\nproperty 'store' is unsupported\nUnknown parameter: 'metadata'.\nEnd.",
        None,
        None,
    ),
    "tool-called-store": (
        "Invalid schema for function 'store': true is not of type 'object'.",
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    "tool-of-a-key": (
        "Unknown parameter: 'tools[0].store'.",
        "tools[0].store",
        "unknown_parameter",
    ),
    "format-with-metadata": (
        "Invalid schema for response_format 'r': In context=('properties', 'metadata'), "
        "'additionalProperties' is required.",
        "response_format",
        None,
    ),
    "echo-of-the-request": (
        "1 validation error:\n  {'type': 'value_error', 'loc': ('body',), 'msg': 'No.', 'input': "
        "{'store': False, 'metadata': {'dify_source': 'dify'}}}",
        None,
        400,
    ),
    "wrong-value": ("Invalid 'metadata': not a text.", "metadata", "invalid_value"),
    "too-long": ("Invalid 'metadata'.", "metadata", "string_above_max_length"),
    "too-long-value": ("Too long.", "metadata.dify_app_id", "string_above_max_length"),
    "no-code": ("There is something wrong with metadata and store.", "metadata", None),
    "wrong-type": ("Invalid type for 'store': expected a boolean.", "store", "invalid_type"),
    "item-not-kept": (
        "Item 'rs_1' not found. Items are not persisted when `store` is set to false. Try again "
        "with `store` set to true.",
        "input",
        None,
    ),
}


def refusal(message: str, param: str | None = None, code: str | int | None = None) -> Json:
    error: Json = {"message": message, "type": "invalid_request_error"}
    return raw_json({"error": {**error, "param": param, "code": code}}, status=400)


def kept(wire: Wire) -> list[Json]:
    """Return what each request has of the two fields."""
    return [
        {name: body[name] for name in ("store", "metadata") if name in body}
        for body in wire.bodies()
    ]


@every_way
@pytest.mark.parametrize("mention", MENTIONS)
def test_an_error_that_mentions_a_field_is_told_and_the_next_call_is_as_before(
    wire: Wire, route: str, switch: str, as_before: Json, mention: str
) -> None:
    message, param, code = MENTIONS[mention]
    wire.plan(refusal(message, param, code), {"text": "Here it is."})
    target = wire.target(route, enable_request_metadata=switch)
    before = len(wire.warnings())
    with pytest.raises(PluginError) as raised:
        wire.ask(target)
    assert raised.value.error_type == "InvokeBadRequestError"
    assert " ".join(message.split()) in raised.value.message
    assert wire.ask(target).text == "Here it is."
    assert kept(wire) == [as_before, as_before]
    assert wire.warnings()[before:] == []


@pytest.mark.parametrize("route", ROUTES)
def test_a_refusal_that_was_not_the_reason_is_not_remembered(wire: Wire, route: str) -> None:
    unknown = refusal("Unknown parameter: 'metadata'.", "metadata", "unknown_parameter")
    wire.plan(unknown, refusal("The prompt is refused."), {"text": "Here it is."})
    target = wire.target(route, enable_request_metadata="enabled")
    before = len(wire.warnings())
    with pytest.raises(PluginError, match=r"The prompt is refused\."):
        wire.ask(target)
    assert wire.ask(target).text == "Here it is."
    untagged = NOT_STORED if route.endswith("responses") else {}
    assert kept(wire) == [TAGGED, untagged, TAGGED]
    assert wire.warnings()[before:] == []


@pytest.mark.parametrize("switch", ["enabled", "disabled"])
@pytest.mark.parametrize("route", ["azure-responses", "azure-v1-responses"])
def test_azure_is_never_asked_without_store_whatever_it_says(
    wire: Wire, route: str, switch: str
) -> None:
    wire.change(refusals=[{"field": "store"}])
    target = wire.target(route, enable_request_metadata=switch)
    for _ in range(2):
        with pytest.raises(PluginError, match="Unrecognized request argument supplied: store"):
            wire.ask(target)
    tries = [TAGGED, NOT_STORED] if switch == "enabled" else [NOT_STORED]
    assert kept(wire) == tries * 2


UNKNOWN_STORE: Json = {
    "error": {
        "message": "Unknown parameter: 'store'.",
        "type": "invalid_request_error",
        "param": "store",
        "code": "unknown_parameter",
    }
}


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com",
        "eu.api.openai.com",
        "api.openai.com.",
        # Azure's resources behind the form of OpenAI
        "name.openai.azure.com",
        "name.cognitiveservices.azure.com",
        "name.services.ai.azure.com",
        "name.openai.azure.us",
    ],
)
def test_a_host_that_keeps_answers_is_never_asked_without_store_whatever_it_says(
    wire: Wire, host: str
) -> None:
    def answer(_request: Received) -> list[bytes | float]:
        return [whole(json.dumps(UNKNOWN_STORE).encode(), status="400 Bad Request")]

    with raw_server(answer) as server:
        # As a proxy it stands between the plugin and that host.
        target = server.target(
            protocol="responses",
            openai_api_base=f"http://{host}/v1",
            proxy_url=server.url.removesuffix("/v1"),
            enable_request_metadata="enabled",
        )
        for _ in range(2):
            with pytest.raises(PluginError, match="Unknown parameter: 'store'"):
                list(open_call(wire.plugin, target))
        assert {request.path for request in server.received} == {f"http://{host}/v1/responses"}
        stores = [object_in(json.loads(request.body))["store"] for request in server.received]
    assert stores == [True, False, True, False]


@pytest.mark.parametrize("host", ["openai.com.example", "myopenai.com", "vm.cloudapp.azure.com"])
def test_any_other_host_is_believed_that_it_does_not_know_store(wire: Wire, host: str) -> None:
    def answer(request: Received) -> list[bytes | float]:
        if "store" in json.loads(request.body):
            return [whole(json.dumps(UNKNOWN_STORE).encode(), status="400 Bad Request")]
        return [whole(completion("Here it is."))]

    with raw_server(answer) as server:
        target = server.target(
            openai_api_base=f"http://{host}/v1",
            proxy_url=server.url.removesuffix("/v1"),
            enable_request_metadata="enabled",
        )
        assert read_llm_answer(open_call(wire.plugin, target)).text == "Here it is."
    stores = [json.loads(request.body).get("store") for request in server.received]
    assert stores == [True, None]
