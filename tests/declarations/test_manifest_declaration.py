"""manifest.yaml: accepted by the daemon, the SDK and Dify alike, and true."""

import re
from datetime import datetime

import pytest
from dify_plugin.core.entities.plugin.setup import PluginConfiguration

from tests.declarations.declaration_files import (
    ASSETS,
    MANIFEST,
    PROVIDERS,
    ROOT,
    JsonObject,
    read_declaration,
)

# The unique identifier `author/name:version@checksum` must fit into 255 characters.
IDENTIFIER_LIMIT = 255
CHECKSUM_LENGTH = 64


@pytest.fixture
def manifest() -> JsonObject:
    document = read_declaration(MANIFEST)
    assert isinstance(document, dict)
    return document


def test_the_identity_is_what_packages_are_built_from(manifest: JsonObject) -> None:
    assert {key: manifest[key] for key in ("type", "author", "name", "version")} == {
        "type": "plugin",
        "author": "app-attribution",
        "name": "openai_suite",
        "version": "1.0.0",
    }


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("author", r"[a-z0-9_-]{1,64}"),
        ("name", r"[a-z0-9_-]{1,128}"),
        ("version", r"\d{1,4}\.\d{1,4}\.\d{1,4}"),
    ],
)
def test_names_pass_the_narrowest_pattern(manifest: JsonObject, key: str, pattern: str) -> None:
    assert re.fullmatch(pattern, manifest[key])


def test_the_author_is_neither_reserved_nor_a_uuid(manifest: JsonObject) -> None:
    author = manifest["author"]
    assert "langgenius" not in author
    assert "dify" not in author
    assert not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", author)


def test_the_identifier_fits(manifest: JsonObject) -> None:
    identifier = f"{manifest['author']}/{manifest['name']}:{manifest['version']}@"
    assert len(identifier) + CHECKSUM_LENGTH <= IDENTIFIER_LIMIT


def test_created_at_is_a_point_in_time(manifest: JsonObject) -> None:
    assert datetime.fromisoformat(manifest["created_at"]).tzinfo is not None


def test_it_holds_both_providers_and_no_other_kind_of_plugin(manifest: JsonObject) -> None:
    assert manifest["plugins"] == {
        "models": [str(path.relative_to(ROOT)) for path in PROVIDERS.values()]
    }


def test_the_permissions_are_the_model_types_that_the_providers_support(
    manifest: JsonObject,
) -> None:
    supported = {
        model_type.replace("-", "_")
        for path in PROVIDERS.values()
        for model_type in read_declaration(path)["supported_model_types"]
    }
    flags = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")
    assert manifest["resource"] == {
        "memory": 268435456,
        "permission": {"model": {"enabled": True} | {flag: flag in supported for flag in flags}},
    }


def test_the_runner_is_the_one_that_hosts_start(manifest: JsonObject) -> None:
    assert manifest["meta"] == {
        "version": "1.0.0",
        "arch": ["amd64", "arm64"],
        "runner": {"language": "python", "version": "3.12", "entrypoint": "main"},
        "minimum_dify_version": "1.16.0",
    }


def test_every_file_it_names_exists(manifest: JsonObject) -> None:
    assert (ROOT / manifest["privacy"]).is_file()
    assert (ASSETS / manifest["icon"]).is_file()
    assert (ASSETS / manifest["icon_dark"]).is_file()


def test_the_sdk_accepts_it(manifest: JsonObject) -> None:
    loaded = PluginConfiguration(**manifest)
    assert loaded.label.to_dict() == manifest["label"]
    assert loaded.description.to_dict() == manifest["description"]
