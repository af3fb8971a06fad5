"""Each model of both services, on each API that serves it, in each mode; and with each of its
parameters at each of its limits, once for a model, its snapshots and what both services have of it.

A call sends one request, which is answered: the service refuses nothing, so the plugin repeats
nothing. The local service holds requests to the published schema of August, to which it adds what
is newer (`fakes/openai/schema.py`: longer user identifiers, a second lifetime of cached prompts),
to the documented rules of each model's family, and to the names that are newer (`model_facts.py`:
GPT-6, gpt-audio, Azure's own); the schema takes any name. For models of which no document tells
(gpt-oss, grok, model-router) the schema is the only rule.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

import pytest
from dify_plugin.entities.model import ParameterRule, ParameterType
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions
from models.catalogue.model import Api, Model
from models.catalogue.schemas import parameters_of, schema_of
from models.catalogue.tables import offered, table
from tests.wire.ends import ROUTES, Json, Wire, object_in
from tests.wire.test_tools import TOOLS

# json_object wants the word in the prompt.
ASKED = [user_message("Say something in JSON.")]
ANSWER = "Echo: Say something in JSON."
each_route = pytest.mark.parametrize(
    "route", ["openai-chat", "openai-responses", "azure-chat", "azure-v1-responses"]
)
# What is entered where a parameter is a text.
WRITTEN: dict[str, tuple[str, ...]] = {
    "json_schema": ('{"type": "object", "properties": {"word": {"type": "string"}}}',),
    "tool_choice": ("auto", "none", "required", "clock"),
    "web_search_user_country": ("de",),
    "web_search_allowed_domains": ("example.com, https://b.example/",),
}
# They belong to tools, and are sent with them alone.
OF_TOOLS = {"parallel_tool_calls", "tool_choice"}

# Where a parameter stands in a request (API reference, POST /chat/completions and POST /responses).
SAME = {
    name: name
    for name in ("temperature", "top_p", "service_tier", "parallel_tool_calls", "tool_choice")
} | {"prompt_cache_options.ttl": "prompt_cache_ttl"}
PLACES: dict[Api, dict[str, str]] = {
    "chat": SAME
    | {name: name for name in ("presence_penalty", "frequency_penalty", "seed", "max_tokens")}
    | {
        "max_completion_tokens": "max_tokens",
        "reasoning_effort": "reasoning_effort",
        "verbosity": "verbosity",
        "response_format.type": "response_format",
    },
    "responses": SAME
    | {
        "max_output_tokens": "max_tokens",
        "reasoning.effort": "reasoning_effort",
        "reasoning.summary": "reasoning_summary",
        "reasoning.mode": "reasoning_mode",
        "reasoning.context": "reasoning_context",
        "text.verbosity": "verbosity",
        "text.format.type": "response_format",
    },
}
# Values that Chat Completions has for no model (fakes/openai/model_facts.py, openai 3.54).
ON_RESPONSES_ALONE = {
    ("reasoning_effort", "max"),
    ("service_tier", "ultrafast"),
    ("prompt_cache_ttl", "12h"),
}
# Text is what an answer is where nothing was asked for.
SENT_OTHERWISE = {("response_format", "text")}

type Limits = Mapping[str, Sequence[JsonValue]]


def api_of(route: str) -> Api:
    return "chat" if ROUTES[route][2] == "chat" else "responses"


def models_on(route: str) -> list[Model]:
    """Return the language models that are offered, gated or base models, and on a route's API."""
    gated = [model for model in table("openai").models.values() if model.gated]
    models: Sequence[Model] = [*offered(), *gated]
    if ROUTES[route][0] == "azure_openai":
        models = [model for model in table("azure_openai").models.values() if model.type == "llm"]
    return [model for model in models if api_of(route) in model.apis]


def limits(rule: ParameterRule) -> Sequence[JsonValue]:
    """Return each option of a parameter, its least and its most, or what is written there."""
    if rule.name in WRITTEN:
        return WRITTEN[rule.name]
    if rule.options:
        return rule.options
    if rule.type is ParameterType.BOOLEAN:
        return (True, False)
    assert rule.min is not None, rule.name
    assert rule.max is not None, rule.name
    return (int(rule.min), int(rule.max))


def takes_no_tools(model: Model, route: str) -> bool:
    """Return whether tools are an error where Chat Completions was chosen (test_model_forms)."""
    return api_of(route) == "chat" and model.chat_tools == "never"


def is_tried_by_another(model: Model) -> bool:
    """Return whether another model with equal facts is tried: of a snapshot the model itself, of
    Azure's the one that OpenAI offers."""
    at_openai = table("openai").models
    name = model.name.partition("-20")[0] if model.service == "openai" else model.name
    other = at_openai.get(name)
    own = {"name", "service", "ends", "then", "snapshots"}
    return (
        other is not None
        and (other.name, other.service) != (model.name, model.service)
        and other in models_on("openai-responses" if "responses" in model.apis else "openai-chat")
        and other.model_dump(exclude=own) == model.model_dump(exclude=own)
    )


def limits_of(model: Model, route: str) -> Limits:
    """Return the limits of all parameters of a model; a web search needs Responses."""
    if is_tried_by_another(model):
        return {}
    return {
        rule.name: limits(rule)
        for rule in parameters_of(model.name, model.service)
        if rule.name != "more_parameters"
        and not (rule.name == "enable_web_search" and api_of(route) == "chat")
        and not (rule.name in OF_TOOLS and takes_no_tools(model, route))
    }


def rounds(values: Limits) -> Iterator[Json]:
    """Yield the settings of few calls that have each parameter at each of its limits.

    Two have the first of each choice, which is no reasoning where that can be switched off, and all
    numbers at their least and their most: only without reasoning some models take a temperature.
    """
    yield {name: found[0] for name, found in values.items()}
    for at in range(max(map(len, values.values()))):
        yield {
            name: found[-1] if isinstance(found[0], int) else found[min(at, len(found) - 1)]
            for name, found in values.items()
        }


def entered(settings: Json, model: Model) -> Json:
    """Return settings as an app sends them: as lines of text where the form has no field."""
    fields = {
        rule.name for rule in schema_of(model.name, model.name, model.service).parameter_rules
    }
    lines = [f"{name} = {value}" for name, value in settings.items() if name not in fields]
    return {name: value for name, value in settings.items() if name in fields} | {
        "more_parameters": "\n".join(lines)
    }


def calls(model: Model, route: str) -> Iterator[tuple[str, LLMOptions]]:
    """Yield the calls of a model, each with what it is."""
    yield "plain", LLMOptions(stream=False)
    yield "streamed", LLMOptions(stream=True)
    values = limits_of(model, route)
    if not values:
        if not takes_no_tools(model, route):
            yield "tools", LLMOptions(tools=TOOLS)
        return
    alone = {name: found for name, found in values.items() if name not in OF_TOOLS}
    for at, settings in enumerate(rounds(alone)):
        options = LLMOptions(model_parameters=entered(settings, model), stream=at % 2 == 0)
        yield f"{settings}", options
    if takes_no_tools(model, route):
        return
    of_tools = {name: found for name, found in values.items() if name in OF_TOOLS}
    for at, settings in enumerate(rounds(of_tools) if of_tools else [{}]):
        options = LLMOptions(
            model_parameters=entered(settings, model), tools=TOOLS, stream=at % 2 == 0
        )
        yield f"tools {settings}", options


def wanted(values: Limits, api: Api) -> set[tuple[str, JsonValue]]:
    """Return what the requests of a model must have, all of them together."""
    found = {
        (name, value)
        for name, limits_here in values.items()
        for value in limits_here
        if name in PLACES[api].values()
    }
    if api == "chat":
        return found - SENT_OTHERWISE - ON_RESPONSES_ALONE
    least = {("max_tokens", 16)}  # API reference, POST /responses, `max_output_tokens`
    return (found - SENT_OTHERWISE - {("max_tokens", 1)}) | least


def seen(body: Json, api: Api) -> Iterator[tuple[str, JsonValue]]:
    """Yield the parameters of a request, by the names that forms give them."""
    for path, name in PLACES[api].items():
        value: JsonValue = body
        for step in path.split("."):
            value = object_in(value).get(step)
        if isinstance(value, dict):  # a tool's name, in each API's form
            value = object_in(value.get("function", value))["name"]
        if value is not None:
            yield name, value


@each_route
def test_each_call_is_one_request_that_is_answered(wire: Wire, route: str) -> None:
    on_azure, api = ROUTES[route][0] == "azure_openai", api_of(route)
    models = {
        f"mine-{at}" if on_azure else model.name: model for at, model in enumerate(models_on(route))
    }
    bases = {name: model.name for name, model in models.items()}
    wire.change(models=[*bases.values()], deployments=bases)
    wrong: dict[str, str] = {}
    asked = 0
    for name, model in models.items():
        target = wire.target(route, name, base_model_name=model.name)
        for what, options in calls(model, route):
            asked += 1
            try:
                answer = wire.ask(target, options, messages=ASKED)
            except PluginError as error:
                wrong[f"{model.name}, {what}"] = str(error)
            else:
                assert (answer.text, answer.finish_reason) == (ANSWER, "stop")
    assert wrong == {}
    journal = wire.requests()
    assert [entry["body"] for entry in journal if entry["status"] != HTTPStatus.OK] == []
    assert len(journal) == asked
    found: dict[str, set[tuple[str, JsonValue]]] = {name: set() for name in models}
    for body in wire.bodies():
        found[str(body["model"])].update(seen(body, api))
    tried = {name: values for name, model in models.items() if (values := limits_of(model, route))}
    assert len(tried) > 5
    for name, values in tried.items():
        assert found[name] == wanted(values, api), models[name].name


def test_a_search_goes_with_all_that_was_entered_for_it(wire: Wire) -> None:
    models = [model for model in models_on("openai-responses") if not is_tried_by_another(model)]
    wire.change(models=[model.name for model in models])
    for model in models:
        values = limits_of(model, "openai-responses")
        settings = {name: found[0] for name, found in values.items() if "web_search" in name}
        options = LLMOptions(model_parameters=entered(settings, model))
        assert wire.ask(wire.target("openai-responses", model.name), options).text
    for body in wire.bodies():
        assert body["tools"] == [
            {
                "type": "web_search",
                "user_location": {"type": "approximate", "country": "DE"},
                "filters": {"allowed_domains": ["example.com", "b.example"]},
            }
        ]
        assert "web_search_call.action.sources" in list(body["include"])  # type: ignore[arg-type]
