"""A package's manifest is the tree's with one provider's name and looks, kept in one place."""

import pytest
import yaml

from tests.workshop.package.conftest import ROOT
from tools.package.declaration import JsonObject, Provider, Tree
from tools.package.errors import PackagerFailure
from tools.package.manifest import package_manifest, to_yaml

MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")
OWN = {"name", "label", "description", "icon", "icon_dark", "resource", "plugins"}


def read(path: str) -> JsonObject:
    document = yaml.safe_load((ROOT / path).read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def test_each_manifest_is_made_of_the_two_declarations(tree: Tree) -> None:
    root = read("manifest.yaml")
    for provider in tree.providers:
        declared = read(provider.path)
        manifest = package_manifest(tree, provider)
        assert {key: manifest[key] for key in manifest.keys() - OWN} == {
            key: root[key] for key in root.keys() - OWN
        }
        assert {key: manifest[key] for key in OWN} == {
            "name": declared["provider"],
            "label": declared["label"],
            "description": declared["description"],
            "icon": f"icon_{provider.name}.svg",
            "icon_dark": f"icon_{provider.name}_dark.svg",
            "resource": {
                "memory": 268435456,
                "permission": {
                    "model": {"enabled": True, **{name: name == "llm" for name in MODEL_TYPES}}
                },
            },
            "plugins": {"models": [f"provider/{provider.name}.yaml"]},
        }


def changed(provider: Provider, **fields: object) -> Provider:
    return provider.model_copy(update=fields)


def test_permissions_follow_the_types_of_the_models(tree: Tree) -> None:
    provider = changed(tree.providers[0], supported_model_types=["tts", "text-embedding"])
    resource = package_manifest(tree, provider)["resource"]
    assert resource == {
        "memory": 268435456,
        "permission": {
            "model": {
                "enabled": True,
                **{name: name in {"tts", "text_embedding"} for name in MODEL_TYPES},
            }
        },
    }


def test_a_type_that_dify_cannot_show_is_refused(tree: Tree) -> None:
    provider = changed(tree.providers[0], supported_model_types=["llm", "text2img"])
    with pytest.raises(PackagerFailure, match="'text2img', which not every host knows"):
        package_manifest(tree, provider)


def test_a_provider_without_a_dark_icon_has_a_manifest_without_one(tree: Tree) -> None:
    assert "icon_dark" not in package_manifest(tree, changed(tree.providers[0], icon_small_dark={}))


def test_a_provider_without_an_icon_is_refused(tree: Tree) -> None:
    with pytest.raises(PackagerFailure, match=r"icon_small\.en_US"):
        package_manifest(tree, changed(tree.providers[0], icon_small={"ja_JP": "x.svg"}))


def test_texts_that_look_like_something_else_stay_texts() -> None:
    document: JsonObject = {
        "a": "2026-11-21T00:00:00Z",
        "b": "3.12",
        "c": "yes",
        "d": "1.0.0",
        "e": ["模型", "on"],
        "f": 5,
    }
    written = to_yaml(document)
    assert yaml.safe_load(written) == document
    assert written.decode() == (
        "a: '2026-11-21T00:00:00Z'\nb: '3.12'\nc: 'yes'\nd: 1.0.0\ne:\n- 模型\n- 'on'\nf: 5\n"
    )
