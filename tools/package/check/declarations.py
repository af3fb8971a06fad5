"""The YAML files of a package: the daemon's limits, and whether what they name is there.

Types, enumerations and what must be present are checked by the SDK and Dify (`sdk_loader`); here is
what they let pass and the daemon does not (dify-plugin-daemon: pkg/entities/plugin_entities,
pkg/entities/manifest_entities, pkg/plugin_packager/decoder/helper.go).
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from fnmatch import fnmatch
from functools import lru_cache
from typing import Any

import yaml

from tools.package.product import JsonObject

# fmt: off
_MANIFEST = {
    "author": r"(?!.*(langgenius|dify))[a-z0-9_-]{1,64}",  # the words: the Marketplace's pre-check
    "name": r"[a-z0-9_-]{1,128}",
    "version": r"\d{1,4}(\.\d{1,4}){2}",
    "created_at": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)",
}
_MOST_CHARACTERS = {
    "variable": 255, "value": 255, "default": 255, "model": 255, "name": 255, "provider": 127,
    "en_US": 1023, "zh_Hans": 1023, "ja_JP": 1023, "pt_BR": 1023,
}
_MOST_ELEMENTS = {
    "supported_model_types": 16, "credential_form_schemas": 32, "options": 128, "show_on": 16,
    "features": 256, "parameter_rules": 128,
}
_TAGS = frozenset({
    "search", "image", "videos", "weather", "finance", "design", "travel", "social", "news",
    "medical", "productivity", "education", "business", "entertainment", "utilities", "agent",
    "rag", "other", "trigger",
})
# One that the daemon does not know fails its decoder; the SDK passes over it.
_TEMPLATES = frozenset({
    "temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "max_tokens",
    "response_format", "json_schema",
})
# fmt: on
_ICONS = ("icon_small", "icon_small_dark", "icon_large", "icon_large_dark")
# The mark in the icon that Dify's own tool makes; the Marketplace looks for it.
_TEMPLATE_MARK = b"DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE"


class _UniqueKeyLoader(yaml.CSafeLoader):
    """YAML 1.1 as the SDK reads it; refuses a key that is written twice, as the daemon does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} is written twice")
        return super().construct_mapping(node, deep)


def declaration_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what a host has against the YAML of a package that its readers have read."""
    documents: dict[str, Any] = {}
    for path in filter(lambda path: path.endswith(".yaml"), sorted(files)):
        try:
            documents[path] = _parsed(files[path])
        except yaml.YAMLError as error:
            yield f"{path}: {error}."
            return
    for path, document in documents.items():
        yield from (f"{path}: {problem}" for problem in _limits(document))
    yield from _manifest_problems(files, documents["manifest.yaml"])
    for path in documents["manifest.yaml"]["plugins"]["models"]:
        yield from _provider_problems(files, path, documents)


@lru_cache(512)
def _parsed(content: bytes) -> Any:
    """Parse a file; packages of one tree share most of theirs, and nobody changes what is read."""
    return yaml.load(content, Loader=_UniqueKeyLoader)  # noqa: S506 - it is a safe one


def _limits(node: Any, key: str = "", place: str = "") -> Iterator[str]:
    """Yield what is too long below a node, or unknown to the daemon."""
    if isinstance(node, str) and not 0 < len(node) <= _MOST_CHARACTERS.get(key, len(node) or 1):
        yield f"{place}: must have 1 to {_MOST_CHARACTERS[key]} characters, not {len(node)}."
    if isinstance(node, list) and len(node) > _MOST_ELEMENTS.get(key, len(node)):
        yield f"{place}: may have {_MOST_ELEMENTS[key]} elements, not {len(node)}."
    if key == "use_template" and node not in _TEMPLATES:
        yield f"{place}: {node!r} is no template that hosts know."
    # Left out, the daemon takes false and the SDK true.
    if isinstance(node, dict) and {"variable", "label"} <= node.keys() and "required" not in node:
        yield f"{place}.required: is missing; write true or false."
    inner = dict(enumerate(node)) if isinstance(node, list) else node
    for name, value in inner.items() if isinstance(inner, dict) else ():
        yield from _limits(value, str(name), f"{place}.{name}".lstrip("."))


def _manifest_problems(files: Mapping[str, bytes], manifest: JsonObject) -> Iterator[str]:
    for key, pattern in _MANIFEST.items():
        if not re.fullmatch(pattern, str(manifest.get(key, "")), re.ASCII):
            yield f"manifest.yaml: {key}: must match {pattern}, as {manifest.get(key)!r} does not."
    if list(manifest["plugins"]) != ["models"] or len(manifest["plugins"]["models"]) != 1:
        yield "manifest.yaml: plugins: must be one model provider, which is all that a host shows."
    for tag in set(manifest.get("tags") or ()) - _TAGS:
        yield f"manifest.yaml: tags: {tag!r} is unknown to hosts."
    # The Marketplace starts this module, whatever the manifest says.
    if manifest["meta"]["runner"]["entrypoint"] != "main":
        yield "manifest.yaml: meta.runner.entrypoint: must be main."
    for name in ("main.py", str(manifest.get("privacy"))):
        if not files.get(name, b"").strip():
            yield f"{name}: is not in the package, or empty."
    for key in ("icon", "icon_dark"):
        yield from _icon_problems(files, f"manifest.yaml: {key}", manifest.get(key))


def _icon_problems(files: Mapping[str, bytes], field: str, name: object) -> Iterator[str]:
    content = files.get(f"_assets/{name}", b"")
    if not content.strip() or _TEMPLATE_MARK in content:
        yield f"{field}: {name!r} is not in _assets, is empty or Dify's template; draw it."


def _provider_problems(
    files: Mapping[str, bytes], path: str, documents: Mapping[str, Any]
) -> Iterator[str]:
    provider = documents[path]
    for key in _ICONS:
        for name in provider.get(key, {}).values():
            yield from _icon_problems(files, f"{path}: {key}", name)
    for model_type, listed in (provider.get("models") or {}).items():
        # The daemon orders by the file that `position` names, the SDK by one that a glob finds.
        position = listed.get("position", "")
        found = [name for glob in listed["predefined"] for name in documents if fnmatch(name, glob)]
        models = sorted(
            documents[name]["model"] for name in found if not name.endswith("_position.yaml")
        )
        if not position.endswith("/_position.yaml") or found.count(position) != 1:
            yield f"{path}: models.{model_type}: names no _position.yaml among the models."
        elif sorted(documents[position]) != models or len(set(models)) < len(models):
            yield f"{position}: orders {documents[position]}, but the models are {models}."
        # The daemon's globs know no `**`.
        if not models or "**" in str(listed["predefined"]):
            yield f"{path}: models.{model_type}.predefined: finds no model, or not on every host."
