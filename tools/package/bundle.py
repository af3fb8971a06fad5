"""The bundle: one file that installs the packages in it, each as a plugin of its own.

The daemon reads its manifest and takes each package from `_assets`, where it lies under its
checksum (dify-plugin-daemon: pkg/bundle_packager/generic.go, pkg/entities/bundle_entities). Ours
hold packages alone, none from the Marketplace or from GitHub.
"""

from collections.abc import Mapping, Sequence

import yaml

from tools.package.archive import checksum, read_archive, write_archive
from tools.package.errors import PackagerFailure
from tools.package.product import PROVIDERS, JsonObject, Tree, to_yaml

_ASSETS = "_assets/"


def make_bundle(tree: Tree, packages: Sequence[bytes]) -> bytes:
    """Return the bundle of a tree's packages, in their order."""
    manifest = tree.manifest
    icon = f"{_ASSETS}{manifest['icon']}"
    document = {
        "name": manifest["name"],
        "labels": manifest["label"],
        **{key: manifest[key] for key in ("description", "icon", "version", "author")},
        "type": "bundle",
        "tags": manifest.get("tags", []),
    }
    files = {"README.md": _readme(tree), icon: (tree.root / icon).read_bytes()}
    return _joined(document, files, packages)


def read_bundle(files: Mapping[str, bytes]) -> tuple[JsonObject, list[str]]:
    """Return the manifest of a bundle with these files, and the paths of its packages in order.

    Raises:
        PackagerFailure: it is no bundle, or lacks a package that its manifest names.
    """
    try:
        manifest: JsonObject = yaml.safe_load(files["manifest.yaml"])
        paths = [f"{_ASSETS}{entry['value']['path']}" for entry in manifest["dependencies"]]
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise PackagerFailure(
            "The file is no bundle of packages; make one with the build command."
        ) from error
    if manifest.get("type") != "bundle":
        raise PackagerFailure("The file is no bundle: its manifest.yaml lacks `type: bundle`.")
    if missing := [path for path in paths if path not in files]:
        raise PackagerFailure(f"The bundle names {missing[0]!r}, but lacks it; build it again.")
    return manifest, paths


def packages_in(bundle: bytes) -> list[bytes]:
    """Return the packages of a bundle in the order of its manifest.

    Raises:
        PackagerFailure: it is no bundle.
    """
    files = read_archive(bundle).files
    _, paths = read_bundle(files)
    return [files[path] for path in paths]


def with_packages(bundle: bytes, packages: Sequence[bytes]) -> bytes:
    """Return a bundle with other packages in place of its own: the same ones, signed.

    Raises:
        PackagerFailure: it is no bundle.
    """
    files = read_archive(bundle).files
    manifest, paths = read_bundle(files)
    others = {path: files[path] for path in files if path not in paths}
    return _joined(manifest, others, packages)


def _joined(manifest: JsonObject, files: Mapping[str, bytes], packages: Sequence[bytes]) -> bytes:
    by_checksum = {checksum(read_archive(package).files): package for package in packages}
    dependencies = [{"type": "package", "value": {"path": path}} for path in by_checksum]
    return write_archive(
        {
            **files,
            "manifest.yaml": to_yaml({**manifest, "dependencies": dependencies}),
            **{f"{_ASSETS}{path}": package for path, package in by_checksum.items()},
        }
    )


def _readme(tree: Tree) -> bytes:
    """Write what the bundle installs, from the declarations, so that it is never out of step."""
    manifest = tree.manifest
    text = f"# {manifest['label']['en_US']}\n\n{manifest['description']['en_US']}\n\n"
    text += "This bundle installs these plugins. "
    text += "Each has its own credentials, process and upgrades.\n\n"
    for name in PROVIDERS:
        label, description = (tree.provider(name)[key]["en_US"] for key in ("label", "description"))
        known_as = f"`{manifest['author']}/{name}`, {manifest['version']}"
        text += f"- **{label}** ({known_as}): {description}\n"
    return text.encode()
