"""What a form's choices promise is what the service's list of an app shows afterwards."""

from collections.abc import Iterable, Mapping

import pytest

from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.declarations.credential_forms import AZURE_MODEL, OPENAI_PROVIDER
from tests.wire.ends import APP, Json, Wire
from tests.wire.test_input_content import PDF
from tests.wire.test_tools import TOOLS

# The first of Dify's list, which it takes where an operator chose none.
MODEL = "gpt-6-luna"
FORMS = {"openai": OPENAI_PROVIDER, "azure_openai": AZURE_MODEL}
ASK = user_message("Which colour has the sky?")
READ = user_message([{"type": "text", "data": "Read it."}, PDF])
CALLS: Mapping[str, tuple[Json, LLMOptions]] = {
    "plain": (ASK, LLMOptions()),
    "in one piece": (ASK, LLMOptions(stream=False)),
    "reasoning": (ASK, LLMOptions(model_parameters={"reasoning_effort": "low"})),
    "document": (READ, LLMOptions()),
    "tools": (ASK, LLMOptions(tools=TOOLS)),
    "summary": (ASK, LLMOptions(model_parameters={"reasoning_summary": "auto"})),
    "search": (ASK, LLMOptions(model_parameters={"enable_web_search": True})),
}
# What Chat Completions cannot serve: this model's tools together with its reasoning, summaries and
# searches, on Azure documents.
BY_ID_ALONE = {
    "openai": {"tools", "summary", "search"},
    "azure_openai": {"tools", "summary", "search", "document"},
}


def filled_in(wire: Wire, provider: str, **chosen: str) -> ModelTarget:
    """Return a model with what Dify keeps of a form: defaults, what must be typed, choices."""
    wire.change(models=[MODEL], deployments={MODEL: MODEL})
    fields = FORMS[provider].fields
    defaults = {field["variable"]: field["default"] for field in fields if "default" in field}
    typed = {"openai_api_key": wire.key, "openai_api_base": wire.url}
    return ModelTarget(provider=provider, model=MODEL, credentials={**defaults, **typed, **chosen})


def read_by_id(wire: Wire, target: ModelTarget, calls: Iterable[str]) -> set[str]:
    """Make each call for an app of its own; return which of them no list of their app has.

    Those are read by the id in their usage line, which every call has.
    """
    unlisted = set()
    for name in calls:
        message, options = CALLS[name]
        app = f"{APP} {name} {target.credentials.get('api_protocol')}"
        wire.ask(target, options, app_id=app, messages=[message])
        line = wire.usage_lines()[-1]
        assert (line["app_id"], line["stored"]) == (app, True)
        if (listed := [(entry["id"], "chat") for entry in wire.listed(app)]) == []:
            stored = wire.get(f"/v1/responses/{line['id']}")
            assert stored["metadata"] == {"dify_app_id": app, "dify_source": "dify"}
            listed = [(line["id"], "responses")]
            unlisted.add(name)
        assert listed == [(line["id"], line["api"])]
    return unlisted


@pytest.mark.parametrize(
    ("provider", "path"), [("openai", ""), ("azure_openai", ""), ("azure_openai", "/openai/v1")]
)
def test_with_the_defaults_and_the_switch_all_is_listed_that_can_be(
    wire: Wire, provider: str, path: str
) -> None:
    address = {"openai_api_base": f"{wire.url}{path}"}
    target = filled_in(wire, provider, enable_request_metadata="enabled", **address)
    assert read_by_id(wire, target, CALLS) == BY_ID_ALONE[provider]


@pytest.mark.parametrize("provider", FORMS)
def test_a_chosen_protocol_keeps_its_promise(wire: Wire, provider: str) -> None:
    calls = {"plain", "in one piece", "reasoning", "tools"}
    for protocol, unlisted in (("chat", set[str]()), ("responses", calls)):
        chosen = {"enable_request_metadata": "enabled", "api_protocol": protocol}
        assert read_by_id(wire, filled_in(wire, provider, **chosen), calls) == unlisted


# What the forms of langgenius/openai 1.0.4 and langgenius/azure_openai 0.0.67 keep. Azure's had no
# protocol: it asked Chat Completions, whose answers the service lists.
SAVED: Mapping[str, tuple[str, dict[str, str], set[str]]] = {
    "openai, its default": ("openai", {"api_protocol": "responses"}, {"plain"}),
    "openai, chat": ("openai", {"api_protocol": "chat"}, set()),
    "azure_openai": ("azure_openai", {"openai_api_version": "2025-04-01-preview"}, set()),
}


@pytest.mark.parametrize(("provider", "saved", "unlisted"), SAVED.values(), ids=SAVED)
def test_a_saved_form_of_the_official_plugin_keeps_its_meaning(
    wire: Wire, provider: str, saved: dict[str, str], unlisted: set[str]
) -> None:
    defaults = filled_in(wire, provider).credentials
    ours = {"api_protocol", "request_metadata_user"}
    kept = {name: value for name, value in defaults.items() if name not in ours}
    for switch in ("enabled", "disabled"):
        stored = {**kept, **saved, "enable_request_metadata": switch}
        target = ModelTarget(provider=provider, model=MODEL, credentials=stored)
        if switch == "enabled":
            assert read_by_id(wire, target, ["plain"]) == unlisted
        else:
            wire.ask(target, messages=[ASK])
            assert "metadata" not in wire.bodies()[-1]
            assert wire.bodies()[-1].get("store", False) is False


@pytest.mark.parametrize("provider", FORMS)
def test_with_the_defaults_nothing_is_stored(wire: Wire, provider: str) -> None:
    target = filled_in(wire, provider)
    for message, options in CALLS.values():
        wire.ask(target, options, messages=[message])
        assert wire.usage_lines()[-1]["stored"] is False
    assert not [body for body in wire.bodies() if "metadata" in body or body.get("store")]
    assert wire.listed(APP) == []
