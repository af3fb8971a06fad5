"""manifest.yaml of the tree: what both packages take from it, and what the SDK starts it with.

Names, icons and the rest of a host's rules are checked on the packages that are made from it.
"""

import re
import tomllib

from dify_plugin.core.entities.plugin.setup import PluginConfiguration

from tests.declarations.declaration_files import MANIFEST, PROVIDERS, ROOT, read_declaration

MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")


def test_it_says_what_packages_are_built_from() -> None:
    manifest = read_declaration(MANIFEST)
    supported = {
        model_type.replace("-", "_")
        for path in PROVIDERS.values()
        for model_type in read_declaration(path)["supported_model_types"]
    }
    permission = {"enabled": True, **{kind: kind in supported for kind in MODEL_TYPES}}
    texts = {key: manifest.pop(key) for key in ("label", "description")}
    assert manifest == {
        "version": "1.0.0",
        "type": "plugin",
        "author": "app-attribution",
        "name": "openai_suite",
        "icon": "icon_suite.svg",
        "icon_dark": "icon_suite_dark.svg",
        "created_at": "2026-11-21T00:00:00Z",
        "resource": {"memory": 268435456, "permission": {"model": permission}},
        "plugins": {"models": [str(path.relative_to(ROOT)) for path in PROVIDERS.values()]},
        "meta": {
            "version": "1.0.0",
            "arch": ["amd64", "arm64"],
            "runner": {"language": "python", "version": "3.12", "entrypoint": "main"},
            "minimum_dify_version": "1.16.0",
        },
        "privacy": "PRIVACY.md",
    }
    loaded = PluginConfiguration(**manifest, **texts)
    assert loaded.label.to_dict() == texts["label"]
    assert loaded.description.to_dict() == texts["description"]


def test_manifest_project_and_changelog_name_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heading = r"^## \[(\d+\.\d+\.\d+)\] - (?:unreleased|\d{4}-\d{2}-\d{2})$"
    newest, *_ = re.findall(heading, changelog, re.M)
    assert read_declaration(MANIFEST)["version"] == project["version"] == newest
