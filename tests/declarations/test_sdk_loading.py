"""The SDK's own classes read the declarations, from the plugin's root as a host starts it."""

import pytest
from dify_plugin.entities.model import AIModelEntity, ModelType
from dify_plugin.entities.model.provider import ModelProviderConfiguration

from tests.declarations.declaration_files import (
    MODEL_FOLDERS,
    PROVIDERS,
    ROOT,
    model_files,
    read_declaration,
)

ORDER = ["gpt-5.6", "gpt-5", "gpt-4.1", "gpt-4o-mini", "o3"]
# After the template is merged in: default, min, max, precision.
type Range = tuple[float | None, float, float, int]
RANGES: dict[tuple[str, str], dict[str, Range]] = {
    ("openai", "gpt-4.1"): {
        "temperature": (0.0, 0.0, 2.0, 2),
        "top_p": (1.0, 0.0, 1.0, 2),
        "presence_penalty": (0.0, -2.0, 2.0, 2),
        "frequency_penalty": (0.0, -2.0, 2.0, 2),
        "max_tokens": (512, 1, 32_768, 0),
    },
    ("openai", "o3"): {"max_tokens": (100_000, 1, 100_000, 0)},
    ("azure_openai", "gpt-4o-mini"): {
        "temperature": (0.0, 0.0, 1.0, 2),
        "top_p": (1.0, 0.0, 1.0, 2),
        "presence_penalty": (0.0, 0.0, 1.0, 2),
        "frequency_penalty": (0.0, 0.0, 1.0, 2),
        "max_tokens": (512, 1, 16_384, 0),
        "seed": (None, 0, 2**31 - 1, 0),
    },
    ("azure_openai", "gpt-5.6-sol"): {"max_completion_tokens": (4096, 1, 128_000, 0)},
}


def load_provider(name: str, monkeypatch: pytest.MonkeyPatch) -> ModelProviderConfiguration:
    """Load a provider as the SDK does, which resolves globs against the working directory."""
    monkeypatch.chdir(ROOT)
    return ModelProviderConfiguration(**read_declaration(PROVIDERS[name]))


def load_model(folder: str, name: str) -> AIModelEntity:
    return AIModelEntity(**read_declaration(MODEL_FOLDERS[folder] / f"{name}.yaml"))


def test_openai_lists_its_models_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = load_provider("openai", monkeypatch)
    assert provider.provider == "openai"
    assert {model.model for model in provider.models} == set(ORDER)
    assert len(provider.models) == len(ORDER)
    assert provider.position is not None
    assert provider.position.llm == ORDER


def test_azure_lists_no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = load_provider("azure_openai", monkeypatch)
    assert provider.provider == "azure_openai"
    assert provider.models == []
    assert provider.provider_credential_schema is None


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("openai", ["predefined-model", "customizable-model"]),
        ("azure_openai", ["customizable-model"]),
    ],
)
def test_a_provider_offers_language_models(
    name: str, methods: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = load_provider(name, monkeypatch)
    assert provider.supported_model_types == [ModelType.LLM]
    assert [method.value for method in provider.configurate_methods] == methods


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_names_its_sources(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    python = load_provider(name, monkeypatch).extra.python
    sources = [python.provider_source, *python.model_sources]
    assert sources == [f"provider/{name}.py", f"models/llm/{name}_llm.py"]
    assert all((ROOT / source).is_file() for source in sources)


@pytest.mark.parametrize("name", PROVIDERS)
def test_translations_survive_loading(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    declared = read_declaration(PROVIDERS[name])
    provider = load_provider(name, monkeypatch)
    assert provider.label.to_dict() == declared["label"]
    assert provider.model_credential_schema is not None
    forms = declared["model_credential_schema"]["credential_form_schemas"]
    loaded = provider.model_credential_schema.credential_form_schemas
    for declaration, field in zip(forms, loaded, strict=True):
        assert field.label.to_dict() == declaration["label"]


@pytest.mark.parametrize(("provider", "name"), RANGES, ids="/".join)
def test_the_ranges_win_over_the_template(provider: str, name: str) -> None:
    rules = {rule.name: rule for rule in load_model(provider, name).parameter_rules}
    ranges = {
        key: (rules[key].default, rules[key].min, rules[key].max, rules[key].precision)
        for key in RANGES[provider, name]
    }
    assert ranges == RANGES[provider, name]


@pytest.mark.parametrize("folder", MODEL_FOLDERS)
def test_labels_win_over_the_template(folder: str) -> None:
    for path in model_files(folder):
        declared = read_declaration(path)["parameter_rules"]
        for declaration, rule in zip(
            declared, load_model(folder, path.stem).parameter_rules, strict=True
        ):
            assert rule.label.to_dict() == declaration["label"]
            assert rule.help is not None
            assert rule.help.to_dict() == declaration["help"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_price_is_loaded(provider: str) -> None:
    for path in model_files(provider):
        pricing = load_model(provider, path.stem).pricing
        assert pricing is not None
        assert pricing.currency == "USD"
        assert pricing.output is not None
        assert pricing.output > pricing.input
