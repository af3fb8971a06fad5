"""The model files: as the catalogue has them, true to the service, loaded as they are meant."""

import pytest
from dify_plugin.entities.model import ParameterRule, ParameterType
from graphon.model_runtime.entities.model_entities import AIModelEntity as HostModel

from tests.declarations.declaration_files import (
    MODELS,
    Json,
    load_model,
    model_files,
    read_declaration,
)
from tools.catalogue.render import differences

TYPES: dict[ParameterType, tuple[type, ...]] = {
    ParameterType.FLOAT: (float, int),
    ParameterType.INT: (int,),
    ParameterType.STRING: (str,),
    ParameterType.TEXT: (str,),
    ParameterType.BOOLEAN: (bool,),
}
# What people see of models that stand for many, in the order of the form.
PANELS = {
    "gpt-6-luna": "max_tokens reasoning_effort reasoning_summary verbosity response_format"
    " json_schema enable_web_search parallel_tool_calls service_tier more_parameters",
    "gpt-5.5-pro": "max_tokens reasoning_effort reasoning_summary verbosity response_format"
    " json_schema enable_web_search parallel_tool_calls service_tier more_parameters",
    "gpt-5.4-pro": "max_tokens reasoning_effort reasoning_summary verbosity enable_web_search"
    " parallel_tool_calls service_tier more_parameters",
    "chat-latest": "max_tokens reasoning_summary verbosity response_format json_schema"
    " enable_web_search parallel_tool_calls service_tier more_parameters",
    "o3": "max_tokens reasoning_effort reasoning_summary response_format json_schema"
    " enable_web_search service_tier more_parameters",
    "gpt-4.1": "max_tokens temperature top_p response_format json_schema enable_web_search"
    " parallel_tool_calls more_parameters",
    "gpt-audio-1.5": "max_tokens temperature top_p response_format parallel_tool_calls"
    " more_parameters",
}
# The official openai plugin 1.0.4 has ten for gpt-5.6.
LONGEST_PANEL = 10
EFFORTS = {
    "gpt-6-luna": "none low medium high xhigh max",
    "gpt-6.1-terra": "none low medium high xhigh max",
    "gpt-6-astra": "low medium high xhigh max",
    "gpt-6.1-sol": "low medium high xhigh max",
    "gpt-6.2-astra": "low medium high xhigh max",
    "gpt-6.2-sol": "low medium high xhigh max",
    "gpt-5.6": "none low medium high xhigh max",
    "gpt-5.4": "none low medium high xhigh",
    "gpt-5.1": "none low medium high",
    "gpt-5": "minimal low medium high",
    "gpt-5.2-pro": "medium high xhigh",
    "o3": "low medium high",
}
DEFAULTS: dict[str, set[str | float | bool]] = {
    "max_tokens": {4096, 16_384, 25_000},
    "temperature": {1.0},
    "top_p": {1.0},
    "reasoning_effort": {"medium"},
    "reasoning_summary": {"auto"},
    "verbosity": {"medium"},
    "response_format": {"text"},
    "enable_web_search": {False},
    "parallel_tool_calls": {True},
    "service_tier": {"auto"},
}


def test_the_files_are_as_the_catalogue_has_them() -> None:
    assert list(differences()) == []


@pytest.mark.parametrize("name", model_files())
def test_a_file_reads_the_same_for_the_sdk_and_for_a_host(name: str) -> None:
    path = model_files()[name]
    written = read_declaration(path)
    model = load_model(path)
    assert written["model"] == model.model == name
    host = HostModel.model_validate(model.model_dump(mode="json", by_alias=True))
    assert [rule.name for rule in host.parameter_rules] == [
        rule["name"] for rule in written["parameter_rules"]
    ]
    for declared, rule in zip(written["parameter_rules"], model.parameter_rules, strict=True):
        assert rule.use_template in (None, rule.name)
        assert default_fits(rule), rule.name
        # What is written wins over the template.
        assert rule.type.value == declared["type"]
        for field in ("default", "min", "max", "precision", "options"):
            assert getattr(rule, field) == declared.get(field, getattr(rule, field)), rule.name
        assert rule.label.to_dict() == declared["label"]
        assert rule.help is not None
        assert rule.help.to_dict() == declared["help"]


def default_fits(rule: ParameterRule) -> bool:
    """Say whether a default, where there is one, is a value that the rule itself allows."""
    if rule.default is None:
        return True
    if type(rule.default) not in TYPES[rule.type]:
        return False
    if rule.options:
        return rule.default in rule.options
    return rule.min is None or rule.max is None or rule.min <= rule.default <= rule.max


def test_switching_a_parameter_on_changes_nothing_by_itself() -> None:
    # Dify sends a rule's default once it is switched on, and what no service takes where there is
    # none: so each select has one, and each default is what the service does by itself.
    for name, path in model_files().items():
        for rule in load_model(path).parameter_rules:
            if rule.type is not ParameterType.TEXT:
                assert rule.default in DEFAULTS[rule.name], (name, rule.name)


def test_a_panel_is_short_and_what_few_need_is_last() -> None:
    for name, panel in PANELS.items():
        shown = [rule["name"] for rule in read_declaration(model_files()[name])["parameter_rules"]]
        assert shown == panel.split(), name
    for name, path in model_files().items():
        assert len(read_declaration(path)["parameter_rules"]) <= LONGEST_PANEL, name


def test_a_model_offers_the_efforts_that_its_service_takes() -> None:
    for name, efforts in EFFORTS.items():
        rules = {rule.name: rule for rule in load_model(model_files()[name]).parameter_rules}
        assert rules["reasoning_effort"].options == efforts.split(), name


def test_a_parameter_reads_the_same_on_every_model() -> None:
    texts: dict[str, Json] = {}
    for name, path in model_files().items():
        for rule in read_declaration(path)["parameter_rules"]:
            # What "More parameters" stands for is each model's own.
            texts_of_rule = [rule["label"], rule["help"]][: 1 if rule["type"] == "text" else 2]
            assert texts.setdefault(rule["name"], texts_of_rule) == texts_of_rule, name


def test_the_position_file_lists_every_model_once_and_those_that_end_last() -> None:
    position = read_declaration(MODELS / "_position.yaml")
    assert sorted(position) == sorted(model_files())
    ends = [
        "ends" in read_declaration(MODELS / f"{name}.yaml")["label"]["en_US"] for name in position
    ]
    assert ends == sorted(ends)
    assert position[0] == "gpt-6-luna"


def test_a_model_that_ends_says_when_and_what_then() -> None:
    ending = read_declaration(MODELS / "gpt-4o-mini.yaml")
    assert ending["label"] == {
        "en_US": "gpt-4o-mini (ends 2027-01-14, then gpt-6-luna)",
        "zh_Hans": "gpt-4o-mini（2027-01-14 停用，改用 gpt-6-luna）",  # noqa: RUF001
        "ja_JP": "gpt-4o-mini（2027-01-14 終了、後継は gpt-6-luna）",  # noqa: RUF001
        "pt_BR": "gpt-4o-mini (termina em 2027-01-14, depois gpt-6-luna)",
    }
    # Dify offers a deprecated model to no new app, and goes on running those that have it.
    deprecated = {
        name for name, path in model_files().items() if read_declaration(path).get("deprecated")
    }
    assert {name.split("-20")[0] for name in deprecated} == {
        "gpt-5",
        "gpt-5-mini",
        "gpt-5-nano",
        "gpt-5-pro",
        "o3",
        "o3-pro",
    }
