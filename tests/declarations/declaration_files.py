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
MODELS = ROOT / "models/llm/openai"

LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")


def read_declaration(path: Path) -> Json:
    """Read one YAML file of the plugin as it stands."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def load_model(path: Path) -> AIModelEntity:
    """Load a model's file as the SDK does, which fills in its templates."""
    return AIModelEntity(**read_declaration(path))


def model_files() -> dict[str, Path]:
    """Return the files that declare one model each, by its name."""
    return {path.stem: path for path in sorted(MODELS.iterdir()) if path.stem != "_position"}


def texts_of(node: Json, path: str = "") -> Iterator[tuple[str, JsonObject, Json]]:
    """Yield every object that holds a text per language, with the keys to it and its parent."""
    children = node if isinstance(node, dict) else dict(enumerate(node))
    for key, child in children.items():
        if isinstance(child, dict | list):
            yield from texts_of(child, f"{path}.{key}")
        if isinstance(child, dict) and "en_US" in child:
            yield f"{path}.{key}", child, node
