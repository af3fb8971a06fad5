"""Every YAML file: types that no reader misunderstands, and texts in every language."""

from pathlib import Path

import pytest
import yaml

from tests.declarations.declaration_files import (
    LANGUAGES,
    ROOT,
    Json,
    UniqueKeyLoader,
    declaration_files,
    read_declaration,
    translations,
    walk,
)

FILES = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in declaration_files()]

# The only keys whose value is not a string, with the types they may have. `default` is a string in
# a credential form; test_model_declarations.py compares it with the type of its parameter.
NON_STRINGS: dict[str, tuple[type, ...]] = {
    "required": (bool,),
    "enabled": (bool,),
    "llm": (bool,),
    "text_embedding": (bool,),
    "rerank": (bool,),
    "tts": (bool,),
    "speech2text": (bool,),
    "moderation": (bool,),
    "memory": (int,),
    "context_size": (int,),
    "min": (int, float),
    "max": (int, float),
    "precision": (int,),
    "default": (str, int, float, bool),
}
TEXT_LIMIT = 1023  # characters; the daemon refuses longer texts
ONE_LANGUAGE_SUFFICES = ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark", "url")


def is_the_name_of_a_model(path: tuple[str, ...], parent: Json) -> bool:
    """Say whether the text is a label that only repeats a model's name, the same everywhere."""
    if path[-1] != "label" or not isinstance(parent, dict):
        return False
    return bool(parent["label"] == {"en_US": parent.get("model", parent.get("value"))})


@pytest.mark.parametrize("path", FILES)
def test_every_scalar_has_the_type_its_key_calls_for(path: Path) -> None:
    wrong = []
    for keys, node in walk(read_declaration(path)):
        if isinstance(node, dict):
            assert all(isinstance(key, str) for key in node), keys
        elif not isinstance(node, list):
            allowed = NON_STRINGS.get(keys[-1], (str,))
            if type(node) not in allowed:
                wrong.append((keys, node))
    assert wrong == []


@pytest.mark.parametrize("path", FILES)
def test_every_text_exists_in_every_language_and_fits(path: Path) -> None:
    document = read_declaration(path)
    nodes = dict(walk(document))
    for keys, texts in translations(document):
        assert all(text.strip() == text != "" for text in texts.values()), keys
        assert all(len(text) <= TEXT_LIMIT for text in texts.values()), keys
        if keys[-1] in ONE_LANGUAGE_SUFFICES or is_the_name_of_a_model(keys, nodes[keys[:-1]]):
            assert tuple(texts) == ("en_US",), keys
        else:
            assert tuple(texts) == LANGUAGES, keys


def test_a_key_written_twice_is_refused() -> None:
    with pytest.raises(yaml.YAMLError, match="'label' is written twice"):
        yaml.load("model: a\nlabel: b\nlabel: c\n", Loader=UniqueKeyLoader)  # noqa: S506
