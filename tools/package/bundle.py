"""The bundle: one file that installs the packages in it, each as a plugin of its own.

The daemon reads its manifest and takes each package from `_assets`, where it lies under its
checksum (pkg/bundle_packager/generic.go, pkg/entities/bundle_entities).
"""

from collections.abc import Mapping, Sequence

import yaml
from pydantic import BaseModel, JsonValue, ValidationError

from tools.package.archive import read_archive, write_archive
from tools.package.check.limits import BUNDLE_BYTES
from tools.package.checksum import checksum
from tools.package.declaration import JsonObject, Tree
from tools.package.errors import PackagerFailure
from tools.package.manifest import to_yaml

_ASSETS = "_assets/"


class _Place(BaseModel):
    path: str


class _Dependency(BaseModel):
    value: _Place


class _Bundle(BaseModel):
    dependencies: list[_Dependency]


def make_bundle(tree: Tree, packages: Sequence[bytes]) -> bytes:
    """Return the bundle of a tree's packages, in their order.

    Raises:
        PackagerFailure: the icon that the tree's manifest names is absent, or all of it is more
            than a host takes.
    """
    manifest = tree.manifest
    icon = f"{_ASSETS}{manifest.icon}"
    document: JsonObject = {
        "name": manifest.name,
        "labels": dict[str, JsonValue](manifest.label),
        "description": dict[str, JsonValue](manifest.description),
        "icon": manifest.icon,
        "version": manifest.version,
        "author": manifest.author,
        "type": "bundle",
        "tags": tree.document.get("tags", []),
    }
    return _joined(document, {"README.md": _readme(tree), icon: tree.file(icon)}, packages)


def packages_in(bundle: bytes) -> list[bytes]:
    """Return the packages of a bundle in the order of its manifest.

    Raises:
        PackagerFailure: it is no bundle, or lacks a package that its manifest names.
    """
    files = read_archive(bundle)
    places = _places(_manifest(files))
    try:
        return [files[place] for place in places]
    except KeyError as error:
        raise PackagerFailure(f"The bundle names {error.args[0]!r}, but lacks it.") from error


def with_packages(bundle: bytes, packages: Sequence[bytes]) -> bytes:
    """Return a bundle with other packages in place of its own: the same ones, signed.

    Raises:
        PackagerFailure: it is no bundle, or all of it is more than a host takes.
    """
    files = read_archive(bundle)
    manifest = _manifest(files)
    replaced = {"manifest.yaml", *_places(manifest)}
    others = {path: content for path, content in files.items() if path not in replaced}
    return _joined(manifest, others, packages)


def _joined(manifest: JsonObject, files: Mapping[str, bytes], packages: Sequence[bytes]) -> bytes:
    by_checksum = {checksum(read_archive(package)): package for package in packages}
    dependencies: list[JsonValue] = [
        {"type": "package", "value": {"path": path}} for path in by_checksum
    ]
    bundle = write_archive(
        {
            **files,
            "manifest.yaml": to_yaml({**manifest, "dependencies": dependencies}),
            **{f"{_ASSETS}{path}": package for path, package in by_checksum.items()},
        }
    )
    if len(bundle) > BUNDLE_BYTES:
        raise PackagerFailure(
            f"The bundle has {len(bundle):,} bytes, but hosts take {BUNDLE_BYTES:,}; ship fewer"
            " files."
        )
    return bundle


def _manifest(files: Mapping[str, bytes]) -> JsonObject:
    try:
        manifest: JsonValue = yaml.safe_load(files["manifest.yaml"])
    except (KeyError, yaml.YAMLError) as error:
        raise PackagerFailure("The bundle has no manifest.yaml that can be read.") from error
    if not isinstance(manifest, dict) or manifest.get("type") != "bundle":
        raise PackagerFailure("The file is no bundle: its manifest.yaml lacks `type: bundle`.")
    return manifest


def _places(manifest: JsonObject) -> list[str]:
    try:
        dependencies = _Bundle.model_validate(manifest).dependencies
    except ValidationError as error:
        raise PackagerFailure(
            "The bundle's `dependencies` are no packages; make it with the build command."
        ) from error
    return [f"{_ASSETS}{dependency.value.path}" for dependency in dependencies]


def _readme(tree: Tree) -> bytes:
    """Write what the bundle installs, from the declarations, so that it is never out of step."""
    manifest = tree.manifest
    lines = [
        f"# {manifest.label['en_US']}",
        "",
        manifest.description["en_US"],
        "",
        "This bundle installs these plugins. Each has its own credentials, process and upgrades.",
        "",
        *(
            f"- **{provider.label['en_US']}** (`{manifest.author}/{provider.name}`,"
            f" {manifest.version}): {provider.description['en_US']}"
            for provider in tree.providers
        ),
        "",
    ]
    return "\n".join(lines).encode()
