"""A model is known by its name, wherever that stands, and what nobody knows is learned."""

import pytest
from dify_plugin.entities.model import ParameterType
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import LLMOptions, validate_model_credentials
from models.catalogue.schemas import schema_of
from tests.wire.ends import Json, Wire, every_mode, raw_json
from tests.wire.test_tools import TOOLS

# Some names here have ended at OpenAI, and go on behind gateways.
BEFORE_THEIR_END = "2026-01-01"
ASKED: Json = {"max_tokens": 64, "reasoning_effort": "medium", "temperature": 0.2, "top_p": 0.5}
REASONING: dict[str, Json] = {
    "openai-chat": {"max_completion_tokens": 64, "reasoning_effort": "medium"},
    "openai-responses": {"max_output_tokens": 64, "reasoning": {"effort": "medium"}},
}
# There is one effort alone, so the form has no choice of it.
WITHOUT_EFFORT: dict[str, Json] = {
    "openai-chat": {"max_completion_tokens": 64},
    "openai-responses": {"max_output_tokens": 64},
}
PLAIN: dict[str, Json] = {
    "openai-chat": {"max_tokens": 64, "temperature": 0.2, "top_p": 0.5},
    "openai-responses": {"max_output_tokens": 64, "temperature": 0.2, "top_p": 0.5},
}


def settings(body: Json) -> Json:
    names = {*REASONING["openai-chat"], *PLAIN["openai-chat"], "max_output_tokens", "reasoning"}
    return {name: value for name, value in body.items() if name in names}


@pytest.mark.parametrize("route", REASONING)
@pytest.mark.parametrize(
    ("name", "sent"),
    [
        # cline/cline#12902
        ("openai/gpt-5-mini", REASONING),
        ("azure/o4-mini", REASONING),
        ("openrouter/openai/gpt-5", REASONING),
        ("openai/gpt-4.1-mini", PLAIN),
        # HKUDS/DeepTutor#141
        ("gpt-5.1-chat-latest", WITHOUT_EFFORT),
        ("gpt-5.3-chat-latest", WITHOUT_EFFORT),
        ("gpt-6-luna", REASONING),
        ("gpt-6.2-astra", REASONING),
        ("gpt-7-luna", REASONING),
        ("gpt-5-chat-latest", PLAIN),
        ("ft:o4-mini-2025-04-16:acme::abc", REASONING),
    ],
)
def test_a_name_is_sent_as_it_is_with_what_its_model_takes(
    wire: Wire, name: str, sent: dict[str, Json], route: str
) -> None:
    wire.change(models=[name], today=BEFORE_THEIR_END)
    assert wire.ask(wire.target(route, name), LLMOptions(model_parameters=ASKED)).text
    (body,) = wire.bodies()
    assert body["model"] == name
    assert settings(body) == sent[route]


# A deployment whose name says nothing, of a model that refuses what a plain one takes, and a form
# that offers it: the base model that was named is not the one behind it.
MISNAMED = {"base_model_name": "gpt-4.1"}
SAMPLING: Json = {
    "temperature": 0.2,
    "top_p": 0.5,
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "max_completion_tokens": 900,
}
LEARNED: dict[str, set[str]] = {
    "azure-chat": {*SAMPLING, "max_tokens", "stop"} - {"max_completion_tokens"},
    "azure-v1-responses": {"temperature", "top_p"},
}


@every_mode
@pytest.mark.parametrize("route", LEARNED)
@pytest.mark.parametrize("base", ["o4-mini", "gpt-5-mini", "gpt-5.1-chat"])
def test_a_deployment_of_a_reasoning_model_under_any_name_is_learned(
    wire: Wire, route: str, base: str, stream: bool
) -> None:
    wire.change(deployments={"thinker": base})
    target = wire.target(route, "thinker", **MISNAMED)
    options = LLMOptions(model_parameters=SAMPLING, stop=["night"], stream=stream)
    before = len(wire.warnings())
    for _ in range(2):
        answer = wire.ask(target, options)
        assert (answer.text, answer.finish_reason) == ("Echo: And at ", "stop")
    learned = LEARNED[route]
    assert len(wire.requests()) == len(learned) + 2
    *_, second, third = wire.bodies()
    assert second == third
    assert not learned & second.keys()
    assert second.get("max_completion_tokens", second.get("max_output_tokens")) == 900
    told = [warning for warning in wire.warnings()[before:] if "refuses `" in warning]
    assert {warning.split("`")[1] for warning in told} == learned
    assert len(told) == len(learned)


@pytest.mark.parametrize("credentials", [MISNAMED, {"base_model_name": ""}])
@pytest.mark.parametrize("route", LEARNED)
def test_such_a_deployment_can_be_added(
    wire: Wire, route: str, credentials: dict[str, str]
) -> None:
    wire.change(deployments={"thinker": "o4-mini"})
    check = validate_model_credentials(wire.target(route, "thinker", **credentials))
    assert wire.plugin.open_session(check).result()["result"] is True


@pytest.mark.parametrize("route", ["openai-chat", "azure-chat", "openai-responses"])
def test_a_model_that_thought_longer_than_a_check_lasts_can_be_added(
    wire: Wire, route: str
) -> None:
    # BerriAI/litellm#23836
    words = (
        "Could not finish the message because max_tokens or model output limit was reached. "
        "Please try again with higher max_tokens."
    )
    shape: Json = {"type": "invalid_request_error", "param": None, "code": None}
    step = raw_json({"error": {"message": words, **shape}}, 400)
    wire.plan(step, step)
    target = wire.target(route)
    check = validate_model_credentials(target)
    assert wire.plugin.open_session(check).result()["result"] is True
    with pytest.raises(PluginError, match="Raise Max tokens or lower the reasoning effort"):
        wire.ask(target)


@pytest.mark.parametrize(
    ("route", "place"),
    [("azure-chat", "reasoning_effort"), ("azure-v1-responses", "reasoning.effort")],
)
def test_an_effort_that_a_model_has_not_is_left_out_and_the_others_stay(
    wire: Wire, route: str, place: str
) -> None:
    wire.change(deployments={"chatty": "gpt-5.2-chat"})
    target = wire.target(route, "chatty", base_model_name="gpt-5.2")
    before = len(wire.warnings())
    for effort in ("low", "medium", "low"):
        assert wire.ask(target, LLMOptions(model_parameters={"reasoning_effort": effort})).text
    sent = [body.get("reasoning_effort") or body.get("reasoning") for body in wire.bodies()]
    kept = "medium" if place == "reasoning_effort" else {"effort": "medium"}
    assert sent[1:] == [None, kept, None]
    (warning,) = wire.warnings()[before:]
    assert f"refuses `{place}` = `low`" in warning


@pytest.mark.parametrize(
    ("asked", "api"),
    [
        ({"reasoning_effort": "max"}, "responses"),
        ({"service_tier": "ultrafast"}, "responses"),
        ({"more_parameters": "prompt_cache_ttl = 12h"}, "responses"),
        ({"more_parameters": "prompt_cache_ttl = 30m"}, "chat/completions"),
        ({"reasoning_effort": "high"}, "chat/completions"),
    ],
)
def test_a_value_that_only_responses_takes_goes_there(wire: Wire, asked: Json, api: str) -> None:
    wire.change(models=["gpt-6.2-sol"])
    target = wire.target(
        "openai-chat", "gpt-6.2-sol", api_protocol="auto", enable_request_metadata="enabled"
    )
    assert wire.ask(target, LLMOptions(model_parameters=asked)).text
    assert wire.requests()[0]["path"] == f"/v1/{api}"


def test_a_model_without_tools_on_chat_is_learned(wire: Wire) -> None:
    # A deployment of which nobody knows what is behind it.
    wire.change(deployments={"prod-01": "gpt-6.2-sol"})
    target = wire.target(
        "azure-v1-chat", "prod-01", api_protocol="auto", enable_request_metadata="enabled"
    )
    for options in (LLMOptions(tools=TOOLS), LLMOptions(tools=TOOLS), LLMOptions()):
        assert wire.ask(target, options).text
    paths = [str(request["path"]).rpartition("/v1/")[2] for request in wire.requests()]
    assert paths == ["chat/completions", "responses", "responses", "chat/completions"]


def test_who_chose_chat_for_such_a_model_is_told_what_to_do(wire: Wire) -> None:
    wire.change(models=["gpt-6.2-sol"])
    with pytest.raises(PluginError, match="set API protocol to Automatic"):
        wire.ask(wire.target("openai-chat", "gpt-6.2-sol"), LLMOptions(tools=TOOLS))


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses"])
def test_a_model_that_has_ended_is_told_with_the_day_and_what_then(wire: Wire, route: str) -> None:
    with pytest.raises(PluginError, match="It ended on 2026-10-23: use gpt-6-luna instead"):
        wire.ask(wire.target(route, "gpt-4.1-nano"))


@pytest.mark.parametrize("route", ["azure-chat", "azure-v1-responses", "openai-chat"])
@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("model", ["o4-mini", "gpt-4.1", "gpt-5.7", "llama-4"])
def test_either_name_of_the_token_limit_reaches_the_request(
    wire: Wire, route: str, name: str, model: str
) -> None:
    wire.change(models=[model], deployments={model: model}, openai_rules=False)
    wire.ask(wire.target(route, model), LLMOptions(model_parameters={name: 900}))
    (body,) = wire.bodies()
    limits = ("max_tokens", "max_completion_tokens", "max_output_tokens")
    assert [body[limit] for limit in limits if limit in body] == [900]


def switched_on(model: str) -> Json:
    """Return what Dify sends of a form whose every parameter was switched on and left as it was."""
    nothing: dict[ParameterType, JsonValue] = {ParameterType.INT: 0, ParameterType.BOOLEAN: False}
    return {
        rule.name: nothing.get(rule.type, "") if rule.default is None else rule.default
        for rule in schema_of(model, model, "openai").parameter_rules
    }


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses", "azure-chat"])
@pytest.mark.parametrize(
    "model", ["gpt-6-luna", "gpt-5.4", "gpt-4.1", "gpt-4o-mini", "o3", "gpt-5-mini"]
)
def test_a_form_whose_every_parameter_is_switched_on_works(
    wire: Wire, route: str, model: str
) -> None:
    wire.change(models=[model], deployments={model: model})
    options = LLMOptions(model_parameters=switched_on(model), tools=TOOLS)
    answer = wire.ask(wire.target(route, model), options)
    assert (answer.text, answer.finish_reason) == ("Echo: And at night?", "stop")
    (body,) = wire.bodies()
    assert body.get("tool_choice", "auto") == "auto"
    assert body.get("parallel_tool_calls", True) is True
    assert "response_format" not in body
