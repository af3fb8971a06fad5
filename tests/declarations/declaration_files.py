"""Read the plugin's YAML as strictly as its strictest reader, and walk what was read.

The SDK reads YAML 1.1 and refuses a number where it wants a string; the daemon refuses a key that
is written twice. This reader sees the first as the wrong type and refuses the second itself.
"""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import yaml

type Json = Any
type JsonObject = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "_assets"
MANIFEST = ROOT / "manifest.yaml"
PROVIDERS = {
    "openai": ROOT / "provider/openai.yaml",
    "azure_openai": ROOT / "provider/azure_openai.yaml",
}
# The generic schemas are no provider's: they stand in for models that nobody described.
MODEL_FOLDERS = {name: ROOT / "models/llm" / name for name in (*PROVIDERS, "generic")}

LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")


class UniqueKeyLoader(yaml.SafeLoader):
    """A YAML 1.1 loader that refuses a mapping with the same key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Json]:
        """Build the mapping, raising `yaml.YAMLError` for a repeated key."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"Key {key!r} is written twice{node.start_mark}.")
        return super().construct_mapping(node, deep)


def read_declaration(path: Path) -> Json:
    """Read one YAML file of the plugin."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader)  # noqa: S506


def model_files(*folders: str) -> list[Path]:
    """List the files that declare one model each, of all folders if none is named."""
    files = (path for name in folders or MODEL_FOLDERS for path in MODEL_FOLDERS[name].iterdir())
    return sorted(path for path in files if path.suffix == ".yaml" and path.stem != "_position")


def declaration_files() -> list[Path]:
    """List every YAML file that a host or the SDK reads."""
    position = MODEL_FOLDERS["openai"] / "_position.yaml"
    return [MANIFEST, *PROVIDERS.values(), *model_files(), position]


def walk(node: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Yield every node below and including `node` with the keys that lead to it."""
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, (*path, str(key)))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, (*path, str(index)))


def translations(document: Json) -> Iterator[tuple[tuple[str, ...], JsonObject]]:
    """Yield every object that holds a text per language, with the keys that lead to it."""
    for path, node in walk(document):
        if isinstance(node, dict) and "en_US" in node:
            yield path, node


def without_translations(node: Json) -> Json:
    """Copy `node` without the texts people read, so that the facts can be compared with `==`."""
    if isinstance(node, list):
        return [without_translations(value) for value in node]
    if not isinstance(node, dict):
        return node
    facts = {key: value for key, value in node.items() if key not in ("label", "help")}
    return {key: without_translations(value) for key, value in facts.items()}
