"""Manifests that a host or the marketplace refuses, each with one mistake."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Case,
    assert_said,
    both,
    case,
    drop,
    edit,
    name_of,
    put,
)

_M = "manifest.yaml"
_PERMISSION = "resource.permission"

CASES = [
    case("no manifest", drop(_M), f"{_M}: file: is not at the root"),
    case(
        "author in capitals",
        edit(_M, 'author: "acme"', 'author: "Acme"'),
        f"{_M}: author: 'Acme' does not match [a-z0-9_-]+",
    ),
    case(
        "author too long",
        edit(_M, 'author: "acme"', f'author: "{"a" * 65}"'),
        f"{_M}: author: has 65 characters, at most 64 are accepted",
    ),
    case(
        "author is a UUID",
        edit(_M, 'author: "acme"', 'author: "7b6c1bb0-5c5f-4f2e-9a44-0c7f1f1f2a10"'),
        f"{_M}: author: is a UUID, which marks a plugin under debugging",
    ),
    case(
        "author is Dify's",
        edit(_M, 'author: "acme"', 'author: "acme-langgenius"'),
        f"{_M}: author: contains 'langgenius', which is kept for Dify's own packages",
    ),
    case("no author", edit(_M, 'author: "acme"\n', ""), f"{_M}: author: is missing"),
    case(
        "name with a space",
        edit(_M, '"acme_models"', '"acme models"'),
        f"{_M}: name: 'acme models' does not match [a-z0-9_-]+",
    ),
    case(
        "identifier too long",
        both(
            edit(_M, 'author: "acme"', f'author: "{"a" * 64}"'),
            edit(_M, '"acme_models"', f'"{"n" * 128}"'),
        ),
        f"{_M}: name: the unique identifier has 264 characters, 255 are kept",
    ),
    case(
        "version of two parts",
        edit(_M, 'version: "1.2.3"', 'version: "1.2"'),
        rf"{_M}: version: '1.2' does not match \d{{1,4}}(\.\d{{1,4}}){{2}}(-\w{{1,16}})?",
    ),
    case(
        "version that only the daemon takes",
        edit(_M, 'version: "1.2.3"', 'version: "1.2.3-foo"'),
        f"{_M}: version: '1.2.3-foo' is no version by PEP 440",
    ),
    case(
        "type of a bundle",
        edit(_M, 'type: "plugin"', 'type: "bundle"'),
        f"{_M}: type: 'bundle' is unknown to a host",
    ),
    case(
        "label without English",
        edit(_M, '  en_US: "Acme"\n', ""),
        f"{_M}: label.en_US: is missing",
    ),
    case(
        "description too long",
        edit(_M, '"Models from Acme."', f'"{"x" * 1024}"'),
        f"{_M}: description.en_US: has 1024 characters, at most 1023 are accepted",
    ),
    case(
        "icon that is not there",
        edit(_M, 'icon: "icon.svg"', 'icon: "logo.svg"'),
        f"{_M}: icon: 'logo.svg' is not in _assets",
    ),
    case(
        "dark icon that is not there",
        edit(_M, 'icon_dark: "icon_dark.svg"', 'icon_dark: "night.svg"'),
        f"{_M}: icon_dark: 'night.svg' is not in _assets",
    ),
    case(
        "icon in a folder",
        both(
            edit(_M, 'icon: "icon.svg"', 'icon: "light/icon.svg"'),
            put("_assets/light/icon.svg", "<svg/>"),
        ),
        f"{_M}: icon: 'light/icon.svg' lies in a folder, which remote debugging does not send",
    ),
    case(
        "template icon",
        both(
            edit(_M, 'icon: "icon.svg"', 'icon: "logo.svg"'),
            put("_assets/logo.svg", "<!-- DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE --><svg/>"),
        ),
        f"{_M}: icon: _assets/logo.svg is the template's icon, which the marketplace refuses",
    ),
    case(
        "created at a date in quotes",
        edit(_M, '"2026-01-31T00:00:00Z"', '"2026-01-31"'),
        f"{_M}: created_at: '2026-01-31' is no moment by RFC 3339",
    ),
    case(
        "created on a day that never was",
        edit(_M, '"2026-01-31T00:00:00Z"', '"2026-02-31T00:00:00Z"'),
        f"{_M}: created_at: '2026-02-31T00:00:00Z' is no moment by RFC 3339",
    ),
    case(
        "no memory",
        edit(_M, "  memory: 1048576\n", ""),
        f"{_M}: resource.memory: is missing",
    ),
    case(
        "memory of zero",
        edit(_M, "memory: 1048576", "memory: 0"),
        f"{_M}: resource.memory: 0 is out of range",
    ),
    case(
        "memory in quotes",
        edit(_M, "memory: 1048576", 'memory: "1048576"'),
        f"{_M}: resource.memory: must be a number, not '1048576'",
    ),
    case(
        "storage without a size",
        edit(_M, "      size: 1048576\n", ""),
        f"{_M}: {_PERMISSION}.storage.size: is missing",
    ),
    case(
        "storage too small",
        edit(_M, "size: 1048576", "size: 512"),
        f"{_M}: {_PERMISSION}.storage.size: 512 is out of range",
    ),
    case(
        "permission in quotes",
        edit(_M, "llm: true", 'llm: "true"'),
        f"{_M}: {_PERMISSION}.model.llm: must be a boolean, not 'true'",
    ),
    case(
        "permission as YAML 1.1 says it",
        edit(_M, "llm: true", "llm: Yes"),
        f"{_M}: {_PERMISSION}.model.llm: Yes is a boolean in YAML 1.1 only",
    ),
    case(
        "two providers",
        edit(_M, '    - "provider/acme.yaml"\n', '    - "provider/acme.yaml"\n' * 2),
        f"{_M}: plugins.models: lists 2 providers, a host shows one",
    ),
    case(
        "provider that is not there",
        edit(_M, "provider/acme.yaml", "provider/other.yaml"),
        f"{_M}: plugins.models: names 'provider/other.yaml', which is not in the package",
    ),
    case(
        "a tool beside the models",
        edit(_M, "plugins:\n", 'plugins:\n  tools:\n    - "tools/acme.yaml"\n'),
        f"{_M}: plugins.tools: stands beside models, which a host refuses",
    ),
    case(
        "unknown tag",
        edit(_M, '"utilities"', '"models"'),
        f"{_M}: tags[0]: 'models' is unknown to a host",
    ),
    case(
        "unknown architecture",
        edit(_M, '"arm64"', '"x86_64"'),
        f"{_M}: meta.arch[1]: 'x86_64' is unknown to a host",
    ),
    case(
        "version of Python as a number",
        edit(_M, 'version: "3.12"', "version: 3.12"),
        f"{_M}: meta.runner.version: must be a string, not 3.12 without quotes",
    ),
    case(
        "another entry point",
        both(edit(_M, 'entrypoint: "main"', 'entrypoint: "start"'), put("start.py")),
        f"{_M}: meta.runner.entrypoint: 'start' is not what the marketplace starts, which is main",
    ),
    case(
        "entry point that is not there",
        drop("main.py"),
        f"{_M}: meta.runner.entrypoint: main.py is not in the package",
    ),
    case(
        "minimum version that is none",
        edit(_M, '"1.16.0"', '"newest"'),
        f"{_M}: meta.minimum_dify_version: 'newest' is no version by PEP 440",
    ),
    case(
        "no privacy text named",
        edit(_M, 'privacy: "PRIVACY.md"\n', ""),
        f"{_M}: privacy: is missing",
    ),
    case(
        "privacy text that is not there",
        drop("PRIVACY.md"),
        f"{_M}: privacy: 'PRIVACY.md' is not in the package, where the marketplace looks for it",
    ),
    case(
        "repository that is no URL",
        edit(_M, '"https://code.example/acme/acme"', '"acme/acme"'),
        f"{_M}: repo: 'acme/acme' is no URL",
    ),
    case(
        "key written twice",
        edit(_M, 'name: "acme_models"', 'name: "acme_models"\nname: "acme_models"'),
        f"{_M}: document: key 'name' is written twice (line 5)",
    ),
    case(
        "a list instead of a manifest",
        put(_M, "- version\n"),
        f"{_M}: document: must be a mapping, not a list",
    ),
]


@pytest.mark.parametrize("broken", CASES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)
