"""A .difybndl: its manifest, and each package in it by all rules for packages.

Sources: the daemon's `pkg/entities/bundle_entities`, `pkg/bundle_packager` and
`internal/service/plugin_decoder.go`. The command line names a package's asset by its checksum.
"""

import re
from collections import Counter
from collections.abc import Mapping

from tools.package.check.archive import read_archive
from tools.package.check.fields import Field
from tools.package.check.icons import check_icon
from tools.package.check.identity import check_version
from tools.package.check.limits import PACKAGE_BYTES
from tools.package.check.manifest import TAGS
from tools.package.check.package import Package
from tools.package.check.package_rules import MANIFEST, check_package
from tools.package.check.problem import Report
from tools.package.check.signature_comment import check_comment
from tools.package.check.translations import check_translations
from tools.package.check.values import shown
from tools.package.check.yaml_document import read_yaml
from tools.package.checksum import checksum

_CHARACTERS = 128
_PATTERN_CHARACTERS = 512
_MOST_DEPENDENCIES = 64
_MOST_TAGS = 32
_KINDS = ("package", "github", "marketplace")
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_VERSION = r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?"
_PART = r"(\d{1,4}|[xX])"
_VERSIONS = rf"([~^]?{_VERSION}|{_PART}(\.{_PART}){{2}}|{_VERSION}-{_VERSION})"
_PLUGIN = r"[a-z0-9_-]{1,64}/[a-z0-9_-]{1,128}"


def check_bundle(files: Mapping[str, bytes], report: Report) -> None:
    """Check a bundle's files."""
    if MANIFEST not in files:
        report.problem(MANIFEST, "file", "is not at the root", "add it")
        return
    bundle = Package(files, report)
    manifest = read_yaml(bundle, MANIFEST)
    manifest.required("type", "bundle").one_of(("bundle",))
    for key in ("name", "author"):
        manifest.required(key, f"the bundle's {key}").text(_CHARACTERS)
    for key in ("labels", "description"):
        check_translations(manifest.required(key, "a text per language"))
    check_icon(bundle, manifest.required("icon", "the name of a file in _assets"))
    check_version(manifest.required("version", "three numbers such as 1.0.0"))
    for tag in manifest.optional("tags").items(_MOST_TAGS):
        tag.one_of(TAGS)
    dependencies = manifest.required("dependencies", "a list of packages")
    if dependencies.value == []:
        dependencies.problem("is empty, so nothing is installed", "list the packages")
    found = [_check_dependency(bundle, entry) for entry in dependencies.items(_MOST_DEPENDENCIES)]
    paths = [path for path in found if path is not None]
    identities = Counter(_check_inner(bundle, path) for path in dict.fromkeys(paths))
    for name, count in identities.items():
        if name is not None and count > 1:
            rule = f"hold {shown(name)} {count} times, of which a host keeps one"
            dependencies.problem(rule, "list one version")
    for name in files:
        if name.endswith(".difypkg") and name.removeprefix("_assets/") not in paths:
            report.problem(name, "file", "is in no dependency", "list it or leave it out")


def _check_dependency(bundle: Package, entry: Field) -> str | None:
    """Check one dependency and return the path of the package that the bundle carries for it."""
    kind = entry.required("type", f"one of {', '.join(_KINDS)}").one_of(_KINDS)
    value = entry.required("value", "what to install")
    if kind == "github":
        pattern = value.required("repo_pattern", "owner/repository:version/file")
        pattern.text(_PATTERN_CHARACTERS, rf"{_PLUGIN}:{_VERSIONS}/[^/]+", "owner/name:1.0.0/file")
    elif kind == "marketplace":
        pattern = value.required("marketplace_pattern", "owner/plugin:version")
        pattern.text(_PATTERN_CHARACTERS, rf"{_PLUGIN}:{_VERSIONS}", "owner/name:1.0.0")
    elif kind == "package":
        place = value.required("path", "the package's name in _assets")
        path = place.text(_CHARACTERS)
        if path is None or f"_assets/{path}" in bundle.files:
            return path
        place.problem(f"{shown(path)} is not in _assets", "add the package or correct the path")
    return None


def _check_inner(bundle: Package, path: str) -> str | None:
    """Check one carried package and return its author and name."""
    name = f"_assets/{path}"
    report = Report()
    archive = read_archive(path, bundle.files[name], PACKAGE_BYTES, report)
    identity = None
    if archive is not None:
        check_comment(path, archive.comment, archive.files, report)
        check_package(archive.files, report)
        if _CHECKSUM.fullmatch(path) and path != checksum(archive.files):
            rule = "is not the checksum of the package of that name"
            bundle.report.problem(name, "name", rule, f"name it {checksum(archive.files)}")
        identity = _identity(archive.files)
    bundle.report.include(report.verdict(), f"{name}/")
    return identity


def _identity(files: Mapping[str, bytes]) -> str | None:
    if MANIFEST not in files:
        return None
    manifest = read_yaml(Package(files, Report()), MANIFEST)
    author, name = (manifest.optional(key).value for key in ("author", "name"))
    return f"{author}/{name}" if isinstance(author, str) and isinstance(name, str) else None
