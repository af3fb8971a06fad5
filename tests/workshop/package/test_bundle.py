"""A bundle holds its packages under their checksums, and can be given them anew."""

import pytest
import yaml

from tests.workshop.package.conftest import ROOT, Files
from tools.package.archive import checksum, read_archive, write_archive
from tools.package.bundle import make_bundle, packages_in, with_packages
from tools.package.errors import PackagerFailure
from tools.package.product import Tree


@pytest.fixture(scope="session")
def packages(staged: dict[str, Files]) -> list[bytes]:
    return [write_archive(files) for files in staged.values()]


def test_it_is_made_of_the_trees_manifest_and_the_packages(
    tree: Tree, staged: dict[str, Files], packages: list[bytes]
) -> None:
    root = yaml.safe_load((ROOT / "manifest.yaml").read_text("utf-8"))
    files = read_archive(make_bundle(tree, packages)).files
    checksums = [checksum(files) for files in staged.values()]
    assert yaml.safe_load(files.pop("manifest.yaml")) == {
        **{key: root[key] for key in ("name", "description", "icon", "version", "author")},
        "labels": root["label"],
        "type": "bundle",
        "tags": [],
        "dependencies": [{"type": "package", "value": {"path": path}} for path in checksums],
    }
    readme = files.pop("README.md").decode()
    assert all(f"`{root['author']}/{name}`, {root['version']})" in readme for name in staged)
    icon = (ROOT / "_assets" / root["icon"]).read_bytes()
    assert files == {
        f"_assets/{root['icon']}": icon,
        **{f"_assets/{path}": package for path, package in zip(checksums, packages, strict=True)},
    }


def test_its_packages_come_back_in_order(tree: Tree, packages: list[bytes]) -> None:
    assert packages_in(make_bundle(tree, packages)) == packages
    assert packages_in(make_bundle(tree, packages[::-1])) == packages[::-1]


def test_other_packages_take_the_place_of_its_own(tree: Tree, packages: list[bytes]) -> None:
    others = [write_archive({"x": b"1"}), write_archive({"x": b"2"})]
    changed = with_packages(make_bundle(tree, packages), others)
    assert changed == make_bundle(tree, others)
    assert packages_in(changed) == others


NO_BUNDLES = {
    "no manifest": ({"x": b""}, "no bundle of packages"),
    "a package": ({"manifest.yaml": b"{type: plugin, dependencies: []}"}, "lacks `type: bundle`"),
    "no mapping": ({"manifest.yaml": b"[]"}, "no bundle of packages"),
    "another's dependencies": (
        {"manifest.yaml": b"{type: bundle, dependencies: [{value: {marketplace_pattern: x}}]}"},
        "no bundle of packages",
    ),
    "a package missing": (
        {"manifest.yaml": b"{type: bundle, dependencies: [{value: {path: gone}}]}"},
        "names '_assets/gone', but lacks it",
    ),
}


@pytest.mark.parametrize(("files", "words"), NO_BUNDLES.values(), ids=NO_BUNDLES.keys())
def test_what_is_no_bundle_is_refused(files: Files, words: str) -> None:
    with pytest.raises(PackagerFailure, match=words):
        packages_in(write_archive(files))
