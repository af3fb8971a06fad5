"""The manifest of a package: the tree's, with one provider that lends it its name and its looks."""

import yaml
from pydantic import JsonValue

from tools.package.declaration import JsonObject, Provider, Tree
from tools.package.errors import PackagerFailure

_LANGUAGE = "en_US"  # the one that every text and icon must have
# The model types that the daemon, the SDK and Dify all know, in the manifest's spelling.
_MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")


def package_manifest(tree: Tree, provider: Provider) -> JsonObject:
    """Return the manifest of a provider's package.

    Raises:
        PackagerFailure: the provider lacks an icon in English, or has a type no host can show.
    """
    if _LANGUAGE not in provider.icon_small:
        raise PackagerFailure(f"{provider.path!r} lacks `icon_small.{_LANGUAGE}`; name a file.")
    manifest: JsonObject = {
        **tree.document,
        "name": provider.name,
        "label": dict[str, JsonValue](provider.label),
        "description": dict[str, JsonValue](provider.description),
        "icon": provider.icon_small[_LANGUAGE],
        "icon_dark": provider.icon_small_dark.get(_LANGUAGE),
        "resource": _resource(tree, provider),
        "plugins": {"models": [provider.path]},
    }
    if manifest["icon_dark"] is None:
        del manifest["icon_dark"]
    return manifest


def to_yaml(document: JsonObject) -> bytes:
    """Write a document so that YAML 1.1 and 1.2 readers find the same strings in it."""
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


def _resource(tree: Tree, provider: Provider) -> JsonValue:
    offered = provider.model_folders
    if unknown := sorted(set(offered) - set(_MODEL_TYPES)):
        raise PackagerFailure(
            f"{provider.path!r} supports {unknown[0]!r}, which not every host knows; leave it out."
        )
    model: JsonValue = {"enabled": True, **{name: name in offered for name in _MODEL_TYPES}}
    resource = _mapping(tree.document, "resource")
    return {**resource, "permission": {**_mapping(resource, "permission"), "model": model}}


def _mapping(document: JsonObject, key: str) -> JsonObject:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
