"""What apps saved with the forms of Dify's own plugins goes on working: each model, each value."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.declarations.test_credential_forms import OFFICIAL_VERSIONS
from tests.wire.ends import Json, Wire, object_in
from tests.wire.test_tools import TOOLS

# json_object wants the word in the prompt.
ASKED = [user_message("Say something in JSON.")]
# While gpt-4.1-nano, which the plugin of OpenAI still lists, had not ended.
BEFORE_ITS_END = "2026-10-01"
WRITTEN = {
    "json_schema": '{"type": "object", "properties": {"word": {"type": "string"}}}',
    "web_search_user_country": "DE",
    "web_search_allowed_domains": "example.com",
}

type Offered = Mapping[str, Sequence[JsonValue]]


def forms(plugin: str) -> dict[str, Offered]:
    """Return the values that a plugin's forms offer, by model and parameter."""
    written: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("official_forms.yaml").read_text(encoding="utf-8")
    )
    return {
        model: {
            name: [WRITTEN[name]] if values == "text" else values
            for name, values in form["parameters"].items()
        }
        for form in written[plugin]
        for model in form["models"]
    }


OPENAI, AZURE = forms("openai 1.0.4"), forms("azure_openai 0.0.67")


def saved(offered: Offered) -> Iterator[Json]:
    """Yield the settings of few apps that have each value that a form offers."""
    for at in range(max(map(len, offered.values()))):
        yield {name: values[min(at, len(values) - 1)] for name, values in offered.items()}


def refusals(wire: Wire, route: str, asked: Mapping[str, Offered], **credentials: str) -> list[str]:
    """Return what went wrong with apps that saved all these values."""
    wrong = []
    for model, offered in asked.items():
        target = wire.target(route, model, **credentials)
        for at, settings in enumerate(saved(offered)):
            options = LLMOptions(model_parameters=settings, stream=at % 2 == 0)
            try:
                answer = wire.ask(target, options, messages=ASKED)
            except PluginError as error:
                wrong.append(f"{model} with {settings}: {error}")
            else:
                assert answer.text == "Echo: Say something in JSON."
    refused = [entry for entry in wire.requests() if entry["status"] != HTTPStatus.OK]
    return [*wrong, *(str(entry["body"]) for entry in refused)]


@pytest.mark.parametrize("protocol", ["responses", "chat"])
def test_every_value_of_openais_forms_is_taken(wire: Wire, protocol: str) -> None:
    assert len(OPENAI) == 40
    wire.change(models=[*OPENAI], today=BEFORE_ITS_END)
    assert refusals(wire, "openai-chat", OPENAI, api_protocol=protocol) == []


LEGACY = ("gpt-35-turbo-instruct", "text-davinci-003")


# The plugin of Azure has no API protocol; this is the newest of its API versions.
@pytest.mark.parametrize("route", ["azure-chat", "azure-v1-chat"])
def test_every_value_of_azures_forms_is_taken(wire: Wire, route: str) -> None:
    assert len(AZURE) == 55
    wire.change(deployments={name: name for name in AZURE})
    saved_with = {"api_protocol": "", "openai_api_version": "2025-04-01-preview"}
    serving = {name: form for name, form in AZURE.items() if name not in LEGACY}
    assert refusals(wire, route, serving, **saved_with) == []
    # The service ended their API, so no value could save them.
    for wrong in refusals(wire, route, {name: AZURE[name] for name in LEGACY}, **saved_with):
        assert "is a model of legacy completions, which the service has ended" in wrong


def test_every_api_version_of_azures_form_is_taken(wire: Wire) -> None:
    for version in OFFICIAL_VERSIONS:
        target = wire.target("azure-chat", api_protocol="", openai_api_version=version)
        for options in (LLMOptions(), LLMOptions(stream=False, tools=TOOLS)):
            assert wire.ask(target, options, messages=ASKED).text
    assert {entry["status"] for entry in wire.requests()} == {HTTPStatus.OK}
    asked = [object_in(entry["query"])["api-version"] for entry in wire.requests()]
    assert asked == [version for version in OFFICIAL_VERSIONS for _ in range(2)]


@pytest.mark.parametrize("route", ["azure-chat", "azure-v1-responses"])
def test_what_a_model_has_not_is_left_out_or_lowered_and_told_once(wire: Wire, route: str) -> None:
    name = f"saved-{route}"
    wire.change(deployments={name: "gpt-5.3-chat"})
    target = wire.target(route, name, base_model_name="gpt-5.1")
    settings: Json = {"reasoning_effort": "xhigh", "verbosity": "", "max_completion_tokens": 999999}
    before = len(wire.warnings())
    for _ in range(2):
        assert wire.ask(target, LLMOptions(model_parameters=settings)).text
    for body in wire.bodies():
        assert body.get("max_completion_tokens", body.get("max_output_tokens")) == 128000
        assert not {"reasoning_effort", "reasoning", "verbosity", "text"} & body.keys()
    assert wire.warnings()[before:] == [
        f"'{name}' has no `reasoning_effort` = `xhigh`, which was left out; it has none, low, "
        "medium, high",
        f"'{name}' has no `max_completion_tokens` = `999999`, which was lowered to 128000",
    ]


def test_what_was_written_by_hand_is_an_error_where_the_model_has_it_not(wire: Wire) -> None:
    options = LLMOptions(model_parameters={"more_parameters": "prompt_cache_ttl = 13h"})
    with pytest.raises(PluginError, match="prompt_cache_ttl should be one of"):
        wire.ask(wire.target("openai-chat", "gpt-6-luna"), options)
