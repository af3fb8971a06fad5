"""Saved credentials are proved by the cheapest call; what is wrong with them is one sentence."""

import json

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    ModelTarget,
    validate_model_credentials,
    validate_provider_credentials,
)
from fakes.dify_daemon.session import Session
from tests.wire.ends import Json, Wire, four_routes
from tests.wire.raw_server import raw_server, whole

WRONG_KEY = "sk-wrong-key-of-nobody"
# github.com/openclaw/openclaw/issues/56658: with the status of a wrong key, and without a code.
NO_SCOPE = (
    "You have insufficient permissions for this operation. Missing scopes: {}. Check that you have "
    "the correct role in your organization and project."
)


def checked(session: Session) -> None:
    """Read the answer of a check that passes."""
    assert session.result()["result"] is True


def refused(session: Session) -> str:
    """Return the sentence about a check that fails: one line, and what to do early in it."""
    with pytest.raises(PluginError) as raised:
        session.result()
    assert raised.value.error_type == "CredentialsValidateFailedError"
    assert "\n" not in raised.value.message
    assert WRONG_KEY not in raised.value.message
    return raised.value.message


def provider_check(wire: Wire, **credentials: str) -> Session:
    """Save the provider's credentials of this account."""
    written = {**wire.target("openai-responses").credentials, **credentials}
    return wire.plugin.open_session(validate_provider_credentials("openai", written))


def model_check(wire: Wire, target: ModelTarget) -> Session:
    """Save a model's credentials."""
    return wire.plugin.open_session(validate_model_credentials(target))


def error(message: str, status: int, code: str | None = None) -> Json:
    """Return what an account refuses with."""
    shape: Json = {"type": "invalid_request_error", "param": None, "code": code}
    return {"status": status, "body": {"error": {"message": message, **shape}}}


def no_list(status: int = 403) -> Json:
    """Refuse the list of models."""
    return {"apis": ["models"], **error(NO_SCOPE.format("api.model.read"), status)}


def asked(wire: Wire) -> list[str]:
    """Return what the service was asked for, in order."""
    return [f"{request['method']} {request['path']}" for request in wire.requests()]


def test_a_key_is_proved_without_any_model(wire: Wire) -> None:
    wire.change(models=["a-model-that-nobody-knows"])
    checked(provider_check(wire))
    assert asked(wire) == ["GET /v1/models"]


def test_a_key_without_credit_is_still_a_key(wire: Wire) -> None:
    wire.plan({"fault": "insufficient_quota"})
    checked(provider_check(wire))


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_list_models_is_proved_by_a_current_one(wire: Wire, status: int) -> None:
    wire.change(refusals=[no_list(status)])
    checked(provider_check(wire))
    assert asked(wire) == ["GET /v1/models", "POST /v1/responses"]
    (body,) = wire.bodies()
    assert body["max_output_tokens"] == 16
    assert body["store"] is False


@pytest.mark.parametrize("status", [404, 405])
def test_a_service_without_a_list_is_asked_for_a_current_model(wire: Wire, status: int) -> None:
    wire.change(refusals=[{"apis": ["models"], "status": status, "body": "no such route"}])
    checked(provider_check(wire, api_protocol="chat"))
    assert asked(wire) == ["GET /v1/models", "POST /v1/chat/completions"]


# github.com/cursor/cursor/issues/2953
NOT_ALLOWED = error("Project `proj_x` does not have access to model `m`", 403, "model_not_found")


@pytest.mark.parametrize(
    "refusal",
    [
        error(
            "The model `m` does not exist or you do not have access to it.", 404, "model_not_found"
        ),
        NOT_ALLOWED,
        # github.com/THUDM/LongBench/issues/102, github.com/netease-youdao/QAnything/issues/555
        {"status": 404, "body": {"message": "The model `m` does not exist.", "code": 404}},
        error('model "m" not found, try pulling it first', 404),
    ],
    ids=["openai", "project", "vllm", "ollama"],
)
def test_a_refusal_of_the_model_alone_proves_the_key(wire: Wire, refusal: Json) -> None:
    wire.change(refusals=[no_list(), {"apis": ["responses", "chat"], **refusal}])
    checked(provider_check(wire))


def test_a_validation_model_that_is_named_is_asked_itself(wire: Wire) -> None:
    checked(provider_check(wire, validate_model=" gpt-4.1 "))
    assert [body["model"] for body in wire.bodies()] == ["gpt-4.1"]
    assert "GET /v1/models" not in asked(wire)
    assert "there is no model 'nobody' for this key" in refused(
        provider_check(wire, validate_model="nobody")
    )


# of the key that is checked: what the service does, and how the sentence begins
PROVIDER_CAUSES: dict[str, tuple[list[Json], Json, str]] = {
    "permission": (
        [no_list(), {"apis": ["responses"], **error(NO_SCOPE.format("model.request"), 401)}],
        {},
        "OpenAI: this key lacks a permission; give the key the permission that is named, or use a "
        "key with all of them (HTTP 401, invalid_request_error, request id ",
    ),
    "quota": (
        [no_list()],
        {"fault": "insufficient_quota"},
        "OpenAI: the account has no credit left; add credit or raise the budget in the account's "
        "billing; retrying does not help (HTTP 429, insufficient_quota, request id ",
    ),
}


@pytest.mark.parametrize("cause", PROVIDER_CAUSES)
def test_what_is_wrong_with_a_provider_is_told_by_its_cause(wire: Wire, cause: str) -> None:
    refusals, fault, sentence = PROVIDER_CAUSES[cause]
    wire.change(refusals=list(refusals))
    if fault:
        wire.plan(fault)
    assert refused(provider_check(wire)).startswith(sentence)


def test_a_providers_wrong_key_and_missing_connection_are_told(wire: Wire) -> None:
    assert refused(provider_check(wire, openai_api_key=WRONG_KEY)).startswith(
        "OpenAI: the API key is not accepted; check the API key, and that the API base URL is "
        "where it belongs (HTTP 401, invalid_api_key"
    )
    nowhere = "http://127.0.0.1:9/v1"
    sentence = refused(provider_check(wire, openai_api_base=nowhere))
    assert sentence.startswith(
        "OpenAI: no connection; check the API base URL and the network, then try again (no "
        f"connection to {nowhere}/models"
    )
    assert wire.requests() == []


MODEL_CAUSES: dict[str, tuple[dict[str, str], list[Json], str]] = {
    "key": ({"openai_api_key": WRONG_KEY}, [], "the API key is not accepted; check the API key"),
    "connection": ({"openai_api_base": "http://127.0.0.1:9"}, [], "no connection; check the API"),
    "permission": (
        {},
        [{"apis": ["chat", "responses"], **NOT_ALLOWED}],
        "this key may not use the model 'gpt-4o-mini'; allow the model to this key's project",
    ),
}


@four_routes
@pytest.mark.parametrize("cause", MODEL_CAUSES)
def test_what_is_wrong_with_a_model_is_told_by_its_cause(
    wire: Wire, route: str, cause: str
) -> None:
    credentials, refusals, words = MODEL_CAUSES[cause]
    wire.change(refusals=list(refusals))
    service = "OpenAI" if route.startswith("openai") else "Azure OpenAI"
    sentence = refused(model_check(wire, wire.target(route, **credentials)))
    assert sentence.startswith(f"{service}: {words}")
    assert "provider's settings" not in sentence


@four_routes
def test_a_models_missing_credit_is_told(wire: Wire, route: str) -> None:
    wire.plan({"fault": "insufficient_quota"})
    sentence = refused(model_check(wire, wire.target(route)))
    assert ": the account has no credit left; add credit or raise the budget" in sentence


def test_a_role_that_an_identity_lacks_is_told_early(wire: Wire) -> None:
    wire.plan({"fault": "no_role"})
    assert refused(model_check(wire, wire.target("azure-chat"))).startswith(
        "Azure OpenAI: the identity that signs in lacks a role; give the identity that signs in "
        "the role Cognitive Services OpenAI User on the Azure resource"
    )


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses"])
def test_a_misspelt_model_is_told_with_similar_ones(wire: Wire, route: str) -> None:
    wire.change(models=["gpt-4.1-mini", "gpt-4.1", "o3"])
    sentence = refused(model_check(wire, wire.target(route, "gpt-41-mini")))
    assert sentence.startswith(
        "OpenAI: there is no model 'gpt-41-mini' for this key; check the model's name, and that "
        "this key's project may use it; models of this key with a similar name: gpt-4.1-mini, "
        "gpt-4.1 (HTTP 4"
    )
    assert asked(wire)[1:] == ["GET /v1/models"]


def test_a_missing_deployment_is_told_without_a_list(wire: Wire) -> None:
    assert refused(model_check(wire, wire.target("azure-chat", "nowhere"))).startswith(
        "Azure OpenAI: there is no deployment 'nowhere'; check the deployment's name in the Azure "
        "resource (HTTP 404, DeploymentNotFound"
    )
    assert len(wire.requests()) == 1


def test_all_that_azure_lacks_is_told_at_once(wire: Wire) -> None:
    nothing = {"openai_api_base": " ", "openai_api_key": ""}
    assert refused(model_check(wire, wire.target("azure-chat", **nothing))) == (
        "Azure OpenAI: the API base URL (https://HOST) and the API key are empty; enter them in "
        "the model's settings"
    )


@four_routes
def test_a_model_is_proved_by_a_few_tokens_of_itself(wire: Wire, route: str) -> None:
    checked(model_check(wire, wire.target(route)))
    (body,) = wire.bodies()
    assert body.get("max_tokens", body.get("max_output_tokens")) == 16


def test_a_reasoning_model_that_spends_the_tokens_still_proves_the_key(wire: Wire) -> None:
    wire.plan({"text": "", "finish": "length"})
    checked(model_check(wire, wire.target("openai-responses", "gpt-5")))


LIST = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()
REFUSED = b'{"error":{"message":"No such user.","code":401}}'
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"


def listing(
    plugin: PluginProcess, models: bytes, ping: bytes = b"", protocol: str = "chat"
) -> tuple[str, list[str]]:
    """Save a provider at a server that answers so; return the sentence, "" if it passes, and what
    was asked."""
    with raw_server(lambda sent: [models if sent.path == "/v1/models" else ping]) as server:
        target = server.target(protocol=protocol)
        session = plugin.open_session(validate_provider_credentials("openai", target.credentials))
        try:
            checked(session)
            sentence = ""
        except PluginError as failure:
            sentence = failure.message.replace(server.url, "URL")
        return sentence, [received.path for received in server.received]


@pytest.mark.parametrize(
    ("answer", "came"),
    [
        (PAGE, "text/html"),
        (whole(b'{"status":"ok"}'), "application/json"),
        (whole(b'{"data":[{"name":"m"}]}'), "application/json"),
        (whole(b"[1]"), "application/json"),
        (whole(b""), "application/json"),
    ],
    ids=["page", "object", "no-names", "list", "nothing"],
)
def test_what_is_no_list_of_models_proves_nothing(
    plugin: PluginProcess, answer: bytes, came: str
) -> None:
    assert listing(plugin, answer) == (
        "OpenAI: the check failed; check the API base URL: the request went to URL/models (the "
        f"answer is no list of models but something else, of type {came})",
        ["/v1/models"],
    )


@pytest.mark.parametrize(
    "models",
    [LIST, b'[{"id":"m"}]', b'{"object":"list","data":null}', b'{"object":"list","data":[]}'],
    ids=["openai", "together", "ollama", "empty"],
)
def test_a_list_that_is_told_to_any_key_is_no_proof(plugin: PluginProcess, models: bytes) -> None:
    wrong = whole(REFUSED, status="401 Unauthorized")
    sentence, paths = listing(plugin, whole(models), wrong)
    assert sentence.startswith("OpenAI: the API key is not accepted; check the API key")
    assert paths == ["/v1/models", "/v1/models", "/v1/chat/completions"]


@pytest.mark.parametrize("status", ["400 Bad", "402 Payment", "404 Not Found"])
def test_a_server_that_knows_no_current_model_is_proved_by_its_list(
    plugin: PluginProcess, status: str
) -> None:
    # As of servers that ask for no key and have models of their own.
    said = b'{"error":{"message":"gpt-x is not a valid model ID","code":400}}'
    assert listing(plugin, whole(LIST), whole(said, status=status))[0] == ""


def ends(wire: Wire, before: int) -> list[str]:
    """Return the warnings since then that say when a model ends."""
    return [text for text in wire.warnings()[before:] if "shuts down" in text]


def test_the_days_on_which_offered_models_end_are_logged_once(wire: Wire) -> None:
    wire.change(models=["gpt-5.6", "o3", "gpt-4.1", "gpt-4o-mini", "gpt-audio-mini"])
    before = len(wire.warnings())
    for _ in range(2):
        checked(provider_check(wire))
    (warning,) = ends(wire, before)
    assert warning == (
        "OpenAI shuts down o3 on 2026-12-11; gpt-4.1, gpt-4o-mini on 2027-01-14; "
        "gpt-audio-mini on 2027-01-20; choose other models in apps before that day"
    )


@pytest.mark.parametrize(
    ("model", "told"),
    [("o3", ["OpenAI shuts down o3 on 2026-12-11"]), ("gpt-5.6", [])],
)
def test_the_day_on_which_an_added_model_ends_is_logged_once(
    wire: Wire, model: str, told: list[str]
) -> None:
    before = len(wire.warnings())
    for _ in range(2):
        checked(model_check(wire, wire.target("openai-chat", model)))
    assert [text.partition(";")[0] for text in ends(wire, before)] == told
    assert asked(wire) == ["POST /v1/chat/completions", f"GET /v1/models/{model}"] * 2


def test_a_model_without_a_day_and_a_service_without_days_pass(wire: Wire) -> None:
    before = len(wire.warnings())
    wire.change(refusals=[no_list()])
    checked(model_check(wire, wire.target("openai-chat")))
    checked(model_check(wire, wire.target("azure-v1-responses")))
    assert ends(wire, before) == []
    assert asked(wire)[-1] == "POST /openai/v1/responses"


@pytest.mark.parametrize("day", ["null", "17", '"soon"', '{"a":1}'])
def test_a_day_that_is_none_is_no_warning(plugin: PluginProcess, day: str, wire: Wire) -> None:
    before = len(wire.warnings())
    models = f'{{"data":[{{"id":"gpt-4.1","shutdown_date":{day}}}]}}'
    assert listing(plugin, whole(models.encode()), whole(b"{}"))[0] == ""
    assert ends(wire, before) == []
