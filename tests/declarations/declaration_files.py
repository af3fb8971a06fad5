"""The plugin's YAML: as it stands, for what readers fill in or drop, and as the SDK loads it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from dify_plugin.entities.model import AIModelEntity

type Json = Any
type JsonObject = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "_assets"
MANIFEST = ROOT / "manifest.yaml"
PROVIDERS = {name: ROOT / f"provider/{name}.yaml" for name in ("openai", "azure_openai")}
# The generic schemas are no provider's: they stand in for models that nobody described.
MODEL_FOLDERS = {name: ROOT / "models/llm" / name for name in (*PROVIDERS, "generic")}

LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")


def read_declaration(path: Path) -> Json:
    """Read one YAML file of the plugin as it stands."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def load_model(path: Path) -> AIModelEntity:
    """Load a model's file as the SDK does, which fills in its templates."""
    return AIModelEntity(**read_declaration(path))


def model_files(*folders: str) -> dict[str, Path]:
    """Return the files that declare one model each, by `folder/name`; of all folders by default."""
    files = (path for name in folders or MODEL_FOLDERS for path in MODEL_FOLDERS[name].iterdir())
    return {
        f"{path.parent.name}/{path.stem}": path
        for path in sorted(files)
        if path.stem != "_position"
    }


def texts_of(node: Json, path: str = "") -> Iterator[tuple[str, JsonObject, Json]]:
    """Yield every object that holds a text per language, with the keys to it and its parent."""
    children = node if isinstance(node, dict) else dict(enumerate(node))
    for key, child in children.items():
        if isinstance(child, dict | list):
            yield from texts_of(child, f"{path}.{key}")
        if isinstance(child, dict) and "en_US" in child:
            yield f"{path}.{key}", child, node
