"""The files of models that are no language models, and what stands in for names without one."""

import pytest
from dify_plugin.entities.model import FetchFrom, ModelPropertyKey

from models.speech2text.azure_openai_speech2text import AzureOpenAISpeech2TextModel
from models.speech2text.openai_speech2text import OpenAISpeech2TextModel
from models.speech2text.speech2text_model import TranscriptionModel
from models.text_embedding.azure_openai_text_embedding import AzureOpenAITextEmbeddingModel
from models.text_embedding.openai_text_embedding import OpenAITextEmbeddingModel
from models.tts.azure_openai_tts import AzureOpenAITTSModel
from tests.declarations.declaration_files import ROOT, Json, load_model, read_declaration

EMBEDDING = ROOT / "models/text_embedding"


def declared(folder: str, name: str) -> Json:
    """Read a model's file."""
    return read_declaration(ROOT / "models" / folder / f"{name}.yaml")


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("text-embedding-3-small", "0.02"),
        ("text-embedding-3-large", "0.13"),
        ("text-embedding-ada-002", "0.1"),
    ],
)
def test_an_embedding_model_says_what_fits_and_what_it_costs(model: str, price: str) -> None:
    assert declared("text_embedding/openai", model) == {
        "model": model,
        "label": {"en_US": model},
        "model_type": "text-embedding",
        "fetch_from": "predefined-model",
        "model_properties": {"context_size": 8192, "max_chunks": 64},
        "pricing": {"input": price, "unit": "0.000001", "currency": "USD"},
    }


@pytest.mark.parametrize(
    "file", ["openai/gpt-transcribe", "openai/gpt-4o-transcribe-diarize", "openai/whisper-1"]
)
def test_a_transcription_model_says_what_it_takes(file: str) -> None:
    name = file.partition("/")[2]
    model = declared("speech2text", file)
    ends = "" if name == "gpt-transcribe" else " (ends 2027-02-26, then gpt-transcribe)"
    assert model.pop("label")["en_US"] == f"{name}{ends}"
    assert model == {
        "model": name,
        "model_type": "speech2text",
        "fetch_from": "predefined-model",
        "model_properties": {
            "file_upload_limit": 25,
            "supported_file_extensions": "flac,mp3,mp4,mpeg,mpga,m4a,ogg,wav,webm",
        },
    }


@pytest.mark.parametrize("provider", [OpenAISpeech2TextModel([]), AzureOpenAISpeech2TextModel([])])
def test_any_transcription_model_has_the_same_schema(provider: TranscriptionModel) -> None:
    schema = provider.get_model_schema("mine", {"openai_api_key": "key"})
    assert schema is not None
    assert (schema.model, schema.model_properties[ModelPropertyKey.FILE_UPLOAD_LIMIT]) == (
        "mine",
        25,
    )


@pytest.mark.parametrize(
    ("name", "base_model", "most", "priced"),
    [
        ("text-embedding-3-large@256", "", 64, True),
        ("mine@256", "text-embedding-3-large", 64, True),
        ("openai/text-embedding-3-small", "", 64, True),
        ("bge-m3", "", 32, False),
        ("mine", "no-such-model", 32, False),
    ],
)
def test_a_name_without_a_file_has_the_schema_of_its_model(
    name: str, base_model: str, most: int, priced: bool
) -> None:
    files = list((EMBEDDING / "openai").glob("t*.yaml"))
    openai = OpenAITextEmbeddingModel([load_model(path) for path in files])
    azure = AzureOpenAITextEmbeddingModel([])
    schemas = [azure.get_model_schema(name, {"base_model_name": base_model})]
    if not base_model:
        schemas.append(openai.get_model_schema(name, {"openai_api_key": "key"}))
    for schema in schemas:
        assert schema is not None
        assert (schema.model, schema.label.en_us) == (name, name)
        assert schema.fetch_from is FetchFrom.CUSTOMIZABLE_MODEL
        assert schema.model_properties[ModelPropertyKey.MAX_CHUNKS] == most
        assert (schema.pricing is not None) is priced


@pytest.mark.parametrize(
    ("model", "voices", "most", "tokens"),
    [
        ("gpt-audio-1.5", 12, 600, None),
        ("gpt-4o-mini-tts", 13, 4096, 2000),
        ("tts-1", 9, 4096, None),
    ],
)
def test_a_speaking_model_says_how_it_can_speak(
    model: str, voices: int, most: int, tokens: int | None
) -> None:
    properties = declared("tts/openai", model)["model_properties"]
    spoken = properties.pop("voices")
    assert properties.pop("context_size", None) == tokens
    assert properties == {"default_voice": "alloy", "audio_type": "mp3", "word_limit": most}
    assert len(spoken) == voices
    # A voice that a model does not have is replaced by its first one.
    assert (spoken[0]["mode"], spoken[0]["name"]) == ("alloy", "Alloy")
    assert all("zh-Hans" in voice["language"] for voice in spoken)


@pytest.mark.parametrize(
    ("name", "base_model", "voices"),
    [
        ("mine", "gpt-audio-1.5", 12),
        ("mine", "tts", 9),
        ("prod-gpt-4o-mini-tts-eu", "", 13),
        ("tts-hd", "", 9),
        ("mine", "gpt-4o", 13),
    ],
)
def test_a_deployment_has_the_voices_of_its_model(name: str, base_model: str, voices: int) -> None:
    schema = AzureOpenAITTSModel([]).get_model_schema(name, {"base_model_name": base_model})
    assert schema is not None
    assert len(schema.model_properties[ModelPropertyKey.VOICES]) == voices
