"""One version, wherever it is written."""

import re
import tomllib

import yaml

from tests.declarations.declaration_files import ROOT


def test_manifest_project_and_changelog_name_the_same_version() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(
        r"^## \[(\d+\.\d+\.\d+)\] - (unreleased|\d{4}-\d{2}-\d{2})$", changelog, re.M
    )
    assert newest is not None
    assert manifest["version"] == project["version"] == newest.group(1)
