"""Every text that people read is there in every language, and says the same things."""

import re

from tests.declarations.declaration_files import (
    LANGUAGES,
    MANIFEST,
    PROVIDERS,
    ROOT,
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


# What is written alike in every language: addresses, names of fields, headers and models, examples,
# and numbers. Years with a day and numbers with a point are one fact each.
FACTS = re.compile(
    r"https?://[!-'*-~]+"
    r"|[a-z]+(?:[_@:][\w.-]+)+"
    r"|X-[A-Z][\w-]+"
    r"|[a-z0-9]+(?:[-.][a-z0-9]+)*\d[\w.-]*"
    r"|\d+(?:[.,:]\d+)*"
    r"|\bstore\b|Chat Completions|Stored Completions|Responses|Microsoft Entra ID"
    r"|Azure|OpenAI|Dify|API|HTTP|JSON|OTLP|PEM|SHA-256|URL"
)


def facts_in(text: str) -> set[str]:
    """Return what a reader of any language must find."""
    return {found.rstrip(".,:-") for found in FACTS.findall(text)}


def test_every_language_says_the_same_numbers_names_and_addresses() -> None:
    wrong = []
    # The parameters and labels of the models' files are made from the catalogue's.
    catalogue = (ROOT / f"models/catalogue/{name}.yaml" for name in ("parameters", "labels"))
    for file in (MANIFEST, *PROVIDERS.values(), *catalogue):
        for path, texts, _ in texts_of(read_declaration(file)):
            english = facts_in(texts["en_US"])
            wrong += [
                f"{file.name} {path} {language}: {sorted(facts_in(text) ^ english)}"
                for language, text in texts.items()
                if facts_in(text) != english
            ]
    assert wrong == []
