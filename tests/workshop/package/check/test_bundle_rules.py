"""Bundles: each package in them by its own rules, and the manifest that lists them."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Breakage,
    Case,
    case,
    drop,
    edit,
    name_of,
    put,
    said,
)
from tests.workshop.package.check.good_package import good_files
from tools.package.archive import write_archive

_M = "manifest.yaml"
_MANIFEST = """\
name: "acme_suite"
labels:
  en_US: "Acme"
description:
  en_US: "Everything from Acme."
icon: "icon.svg"
version: "1.2.3"
author: "acme"
type: "bundle"
tags:
  - "utilities"
dependencies:
  - type: "package"
    value:
      path: "{checksum}"
"""


def _checksum(files: Mapping[str, bytes]) -> str:
    """Follow the daemon's rule once more, written apart from the packager's own."""
    joined = b""
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            joined += hashlib.sha256(part).digest()
    return hashlib.sha256(joined).hexdigest()


def _good_bundle(package: Mapping[str, bytes]) -> dict[str, bytes]:
    checksum = _checksum(package)
    return {
        _M: _MANIFEST.format(checksum=checksum).encode(),
        "README.md": b"# Acme\n",
        "_assets/icon.svg": b"<svg/>",
        f"_assets/{checksum}": write_archive(package),
    }


_SUM = _checksum(good_files())
_ENTRY = f'  - type: "package"\n    value:\n      path: "{_SUM}"\n'
_VERSIONS = r"([~^]?\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?|(\d{1,4}|[xX])(\.(\d{1,4}|[xX])){2}|"


def _inner(breakage: Breakage, name: str = _SUM) -> Breakage:
    """Break the package in the bundle, and leave it under `name`."""

    def change(files: dict[str, bytes]) -> None:
        package = good_files()
        breakage(package)
        files[f"_assets/{name}"] = write_archive(package)

    return change


def _second(name: str) -> Breakage:
    def change(files: dict[str, bytes]) -> None:
        files["_assets/second.difypkg"] = files[f"_assets/{_SUM}"]
        edit(_M, _ENTRY, _ENTRY + _ENTRY.replace(_SUM, name))(files)

    return change


CASES = [
    case("no manifest", drop(_M), f"{_M}: file: is not at the root"),
    case(
        "type of a package",
        edit(_M, '"bundle"', '"plugin"'),
        f"{_M}: type: 'plugin' is unknown to a host",
    ),
    case("no labels", edit(_M, 'labels:\n  en_US: "Acme"\n', ""), f"{_M}: labels: is missing"),
    case(
        "icon that is not there",
        drop("_assets/icon.svg"),
        f"{_M}: icon: 'icon.svg' is not in _assets",
    ),
    case(
        "nothing to install",
        edit(_M, f"dependencies:\n{_ENTRY}", "dependencies: []\n"),
        f"{_M}: dependencies: is empty, so nothing is installed",
    ),
    case(
        "unknown kind of dependency",
        edit(_M, _ENTRY, _ENTRY + '  - type: "git"\n    value:\n      path: "x"\n'),
        f"{_M}: dependencies[1].type: 'git' is unknown to a host",
    ),
    case(
        "package that is not there",
        edit(_M, _ENTRY, _ENTRY + _ENTRY.replace(_SUM, "absent")),
        f"{_M}: dependencies[1].value.path: 'absent' is not in _assets",
    ),
    case(
        "package that nothing lists",
        put("_assets/second.difypkg"),
        "_assets/second.difypkg: file: is in no dependency",
    ),
    case(
        "one plugin twice",
        _second("second.difypkg"),
        f"{_M}: dependencies: hold 'acme/acme_models' 2 times, of which a host keeps one",
    ),
    case(
        "marketplace dependency without a version",
        edit(
            _M,
            _ENTRY,
            _ENTRY + '  - type: "marketplace"\n    value:\n      marketplace_pattern: "a/b"\n',
        ),
        f"{_M}: dependencies[1].value.marketplace_pattern: 'a/b' does not match"
        rf" [a-z0-9_-]{{1,64}}/[a-z0-9_-]{{1,128}}:{_VERSIONS}"
        r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?-\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?)",
    ),
    case(
        "package that is no zip",
        put(f"_assets/{_SUM}", b"zip"),
        f"_assets/{_SUM}/{_SUM}: file: is no zip archive that can be read",
    ),
    case(
        "package under another checksum",
        _inner(put("LICENSE", "mine")),
        f"_assets/{_SUM}: name: is not the checksum of the package of that name",
    ),
    case(
        "package with a mistake",
        _inner(drop("PRIVACY.md")),
        f"_assets/{_SUM}: name: is not the checksum of the package of that name",
        f"_assets/{_SUM}/{_M}: privacy: 'PRIVACY.md' is not in the package, where the marketplace"
        " looks for it",
    ),
]


@pytest.mark.parametrize("broken", CASES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    files = _good_bundle(good_files())
    broken.breakage(files)
    assert _said_of(files, tmp_path) == list(broken.said)


@pytest.mark.parametrize(
    "dependency",
    [
        '  - type: "marketplace"\n    value:\n      marketplace_pattern: "acme/tools:^1.2.3"\n',
        '  - type: "github"\n    value:\n      repo_pattern: "acme/tools:1.x.x/tools.difypkg"\n',
    ],
)
def test_dependencies_on_other_places_are_accepted(dependency: str, tmp_path: Path) -> None:
    files = _good_bundle(good_files())
    edit(_M, _ENTRY, _ENTRY + dependency)(files)
    assert _said_of(files, tmp_path) == []


def test_a_comment_signs_nothing(tmp_path: Path) -> None:
    packed = io.BytesIO(write_archive(_good_bundle(good_files())))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = b"{}"
    path = tmp_path / "acme.difybndl"
    path.write_bytes(packed.getvalue())
    assert said(path) == ["acme.difybndl: comment: is not empty, but only packages are signed"]


def test_the_bundle_without_mistakes_is_accepted(tmp_path: Path) -> None:
    assert _said_of(_good_bundle(good_files()), tmp_path) == []


def _said_of(files: Mapping[str, bytes], folder: Path) -> list[str]:
    path = folder / "acme.difybndl"
    path.write_bytes(write_archive(files))
    return said(path)
