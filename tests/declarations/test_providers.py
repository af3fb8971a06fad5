"""The providers as the SDK loads them, from the plugin's root as a host starts it."""

import pytest
from dify_plugin.entities.model import ModelType
from dify_plugin.entities.model.provider import ConfigurateMethod, ModelProviderConfiguration
from graphon.model_runtime.entities.provider_entities import ProviderEntity

from tests.declarations.declaration_files import MODELS, PROVIDERS, ROOT, read_declaration

ORDERS = {
    ModelType.LLM: read_declaration(MODELS / "_position.yaml"),
    ModelType.TEXT_EMBEDDING: [
        "text-embedding-3-small",
        "text-embedding-3-large",
        "text-embedding-ada-002",
    ],
    ModelType.MODERATION: ["omni-moderation-latest", "omni-moderation-2024-09-26"],
    ModelType.SPEECH2TEXT: [
        "gpt-transcribe",
        "gpt-4o-transcribe",
        "gpt-4o-mini-transcribe",
        "gpt-4o-mini-transcribe-2025-12-15",
        "gpt-4o-transcribe-diarize",
        "whisper-1",
    ],
    ModelType.TTS: [
        "gpt-audio-1.5",
        "gpt-audio",
        "gpt-audio-2025-08-28",
        "gpt-audio-mini",
        "gpt-audio-mini-2025-12-15",
        "gpt-4o-mini-tts",
        "gpt-4o-mini-tts-2025-12-15",
        "tts-1",
        "tts-1-hd",
    ],
}
# The folder of each type's classes; what each provider offers of them.
FOLDERS = {
    ModelType.LLM: "llm",
    ModelType.TEXT_EMBEDDING: "text_embedding",
    ModelType.MODERATION: "moderation",
    ModelType.SPEECH2TEXT: "speech2text",
    ModelType.TTS: "tts",
}
# Azure has no endpoint for moderation.
TYPES: dict[str, list[ModelType]] = {
    "openai": [*FOLDERS],
    "azure_openai": [kind for kind in FOLDERS if kind is not ModelType.MODERATION],
}
METHODS = {
    "openai": [ConfigurateMethod.PREDEFINED_MODEL, ConfigurateMethod.CUSTOMIZABLE_MODEL],
    "azure_openai": [ConfigurateMethod.CUSTOMIZABLE_MODEL],
}


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelProviderConfiguration]:
    """Load the providers as the SDK does, which resolves globs against the working directory."""
    monkeypatch.chdir(ROOT)
    return {
        name: ModelProviderConfiguration(**read_declaration(path))
        for name, path in PROVIDERS.items()
    }


def test_openai_lists_its_models_in_order_and_azure_none(
    providers: dict[str, ModelProviderConfiguration],
) -> None:
    openai, azure = providers.values()
    assert openai.position is not None
    for model_type, order in ORDERS.items():
        models = [model.model for model in openai.models if model.model_type is model_type]
        assert sorted(models) == sorted(order)
        assert getattr(openai.position, model_type.name.lower()) == order
    assert {model.model_type for model in openai.models} == ORDERS.keys()
    assert azure.models == []
    assert azure.provider_credential_schema is None


def test_a_provider_is_told_from_the_official_one_in_every_language() -> None:
    for file, official in zip(PROVIDERS.values(), ("OpenAI", "Azure OpenAI"), strict=True):
        # Dify's selector and cards show the name alone, those of both plugins side by side.
        for label in read_declaration(file)["label"].values():
            assert label.startswith(official)
            assert label != official


def test_a_provider_offers_its_types_from_its_sources(
    providers: dict[str, ModelProviderConfiguration],
) -> None:
    for name, provider in providers.items():
        assert provider.provider == name
        assert provider.supported_model_types == TYPES[name]
        assert provider.configurate_methods == METHODS[name]
        python = provider.extra.python
        sources = [python.provider_source, *python.model_sources]
        folders = [FOLDERS[model_type] for model_type in TYPES[name]]
        assert sources == [
            f"provider/{name}.py",
            *(f"models/{folder}/{name}_{folder}.py" for folder in folders),
        ]
        assert all((ROOT / source).is_file() for source in sources)


def test_dify_shows_the_forms_as_they_are_declared(
    providers: dict[str, ModelProviderConfiguration],
) -> None:
    for name, provider in providers.items():
        sent = provider.model_dump(mode="json", by_alias=True)
        shown = ProviderEntity.model_validate(sent).model_credential_schema
        assert shown is not None
        schema = read_declaration(PROVIDERS[name])["model_credential_schema"]
        for declared, field in zip(
            schema["credential_form_schemas"], shown.credential_form_schemas, strict=True
        ):
            assert field.label.en_us == declared["label"]["en_US"]
            assert field.label.zh_hans == declared["label"]["zh_Hans"]
            values = [option["value"] for option in declared.get("options", [])]
            assert [option.value for option in field.options or []] == values
