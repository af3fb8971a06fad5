"""Every text that people read is there in every language."""

from tests.declarations.declaration_files import (
    LANGUAGES,
    MANIFEST,
    PROVIDERS,
    Json,
    JsonObject,
    model_files,
    read_declaration,
    texts_of,
)

ONE_LANGUAGE_SUFFICES = ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark", "url")


def is_a_models_name(key: str, texts: JsonObject, parent: Json) -> bool:
    """Say whether the text is a label that only repeats a model's name, the same everywhere."""
    return key == "label" and texts == {"en_US": parent.get("model", parent.get("value"))}


def test_every_text_exists_in_every_language() -> None:
    for file in (MANIFEST, *PROVIDERS.values(), *model_files().values()):
        for path, texts, parent in texts_of(read_declaration(file)):
            assert all(text.strip() == text != "" for text in texts.values()), (file, path)
            key = path.rpartition(".")[2]
            one = key in ONE_LANGUAGE_SUFFICES or is_a_models_name(key, texts, parent)
            assert tuple(texts) == (("en_US",) if one else LANGUAGES), (file, path)
