"""The SDK's check of an app's parameters lets through what the forms offer, and nothing else."""

from typing import Any

import pytest
from dify_plugin.entities.model import ParameterRule, ParameterType
from dify_plugin.errors.model import InvokeBadRequestError

from models.catalogue.forms import MORE
from models.catalogue.tables import table
from models.llm.azure_openai_llm import AzureOpenAILargeLanguageModel
from models.llm.language_model import LanguageModel
from models.llm.openai_llm import OpenAILargeLanguageModel
from tests.declarations.declaration_files import load_model, model_files

OPENAI = OpenAILargeLanguageModel([load_model(path) for path in model_files().values()])
AZURE = AzureOpenAILargeLanguageModel([])
# Which class, which name, and the rest of what decides about the schema.
CASES = [
    *((OPENAI, name, {"openai_api_key": "key"}) for name in (*model_files(), "llama-4", "o4-mini")),
    *(
        (AZURE, "mine", {"base_model_name": name})
        for name, model in table("azure_openai").models.items()
        if model.type == "llm"
    ),
    (AZURE, "mine", {"base_model_name": "llama-4"}),
]
every_model = pytest.mark.parametrize(
    ("provider", "model", "credentials"),
    CASES,
    ids=[f"{type(case[0]).__name__}-{case[2].get('base_model_name', case[1])}" for case in CASES],
)


def offered(rule: ParameterRule) -> list[Any]:
    """The values that a form can hold for a rule: all, or the ends of what is allowed."""
    match rule.type:
        case ParameterType.BOOLEAN:
            return [True, False]
        case ParameterType.INT:
            return [int(end) for end in (rule.min, rule.max) if end is not None]
        case ParameterType.FLOAT:
            return [end for end in (rule.min, rule.max, 0.25) if end is not None]
        case ParameterType.STRING:
            return rule.options or ["DE"]
        case ParameterType.TEXT:
            return ['{"type": "object"}', "example.com\nexample.org"]


def refused(rule: ParameterRule) -> list[Any]:
    """Values of a wrong type or out of the range."""
    match rule.type:
        case ParameterType.BOOLEAN:
            return ["true", 1]
        case ParameterType.INT | ParameterType.FLOAT:
            assert rule.min is not None
            assert rule.max is not None
            return ["1", rule.min - 1, *([] if rule.name == "max_tokens" else [rule.max + 1])]
        case ParameterType.STRING:
            return [1, True]
        case ParameterType.TEXT:
            return [{"type": "object"}, ["example.com"]]


@every_model
def test_what_a_form_offers_is_let_through_and_nothing_else(
    provider: LanguageModel, model: str, credentials: dict[str, Any]
) -> None:
    def validated(given: dict[str, Any]) -> dict[str, Any]:
        return provider._validate_and_filter_model_parameters(model, given, credentials)

    rules = provider.get_parameter_rules(model, credentials)
    assert rules
    (more,) = (rule for rule in rules if rule.name == MORE)
    rules.remove(more)
    for rule in rules:
        for value in offered(rule):
            assert validated({rule.name: value})[rule.name] == value
            # What has no field is entered as a line of the field for all of them.
            if rule.type is not ParameterType.TEXT:
                assert validated({MORE: f"\n {rule.name} = {value} \n"})[rule.name] == value
        for value in refused(rule):
            with pytest.raises(InvokeBadRequestError, match=rule.name):
                validated({rule.name: value})
        if rule.options:
            # A field has such a choice where another form saved it, a line where somebody erred.
            assert validated({rule.name: "neither"}) == {}
            with pytest.raises(InvokeBadRequestError, match=rule.name):
                validated({MORE: f"{rule.name} = neither"})
    # What was switched on and left empty is not set: hosts send that for a rule without a default.
    empty: tuple[Any, ...] = ("", "  ", None, [], {})
    for nothing in empty:
        assert validated({rule.name: nothing for rule in rules}) == {}
    # Both names of the token limit, since an app may have been saved with another form.
    (limit,) = {rule.name for rule in rules} & {"max_tokens", "max_completion_tokens"}
    (most,) = (int(rule.max or 0) for rule in rules if rule.name == limit)
    for name in ("max_tokens", "max_completion_tokens"):
        assert validated({name: 900}) == {limit: 900}
        assert validated({name: most + 1}) == {limit: most}
        assert validated({name: "", limit: 900}) == {limit: 900}
    assert validated({"max_tokens": 900, "max_completion_tokens": 900}) == {limit: 900}
    given = {"undeclared": 1}
    assert validated(given) == {}
    assert given == {"undeclared": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tool_choice", "'tool_choice' is not of the form name = value"),
        ("reasoning_moode = pro", "this model has no 'reasoning_moode'; it has enable_stream, "),
        ("reasoning_mode = fast", "reasoning_mode"),
        ("enable_stream = maybe", "enable_stream"),
        ({"reasoning_mode": "pro"}, MORE),
    ],
)
def test_a_line_that_says_nothing_is_refused_with_what_to_write(text: object, words: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=words):
        OPENAI._validate_and_filter_model_parameters(
            "gpt-6-luna", {MORE: text}, {"openai_api_key": "key"}
        )


def test_a_field_of_the_form_holds_against_a_line() -> None:
    given = {MORE: "verbosity = low\nreasoning_mode: pro", "verbosity": "high"}
    assert OPENAI._validate_and_filter_model_parameters(
        "gpt-6-luna", given, {"openai_api_key": "key"}
    ) == {"verbosity": "high", "reasoning_mode": "pro"}
