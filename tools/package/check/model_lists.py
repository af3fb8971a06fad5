"""Which YAML files a provider lists as models, and in which order they are shown.

The daemon matches a glob as one folder level and orders by the file that `position` names; the SDK
globs with pathlib and takes for positions what a glob matches and ends in `_position.yaml`.
Sources: the daemon's `decoder/helper.go`, the SDK's `entities/model/provider.py`.
"""

from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain

from packaging.version import Version

from tools.package.check.fields import Field
from tools.package.check.model import check_model
from tools.package.check.model_types import MODEL_TYPES
from tools.package.check.package import Package
from tools.package.check.values import Json, shown
from tools.package.check.yaml_document import read_yaml

_CHARACTERS = 255
_MOST_GLOBS = 64
_MOST_POSITIONS = 5_000
_POSITION = "_position.yaml"
_POLLING_SINCE = Version("1.15.0")


@dataclass(frozen=True, slots=True)
class _Listing:
    """What one type of models is checked against."""

    model_type: str
    offered: bool  # whether Dify shows predefined models of this provider
    supported: bool
    polling: bool  # whether every Dify that may install the package knows the feature


def check_model_lists(package: Package, provider: Field, minimum_dify: Version | None) -> None:
    """Check every model that the provider lists."""
    models = provider.not_null("models")
    if not models.mapping():
        return
    for key in models.value:
        if key not in MODEL_TYPES:
            rule = f"has the key {shown(key)}, which a host passes over"
            models.problem(rule, f"write one of {', '.join(MODEL_TYPES)}")
    for key, model_type in MODEL_TYPES.items():
        listing = _Listing(
            model_type=model_type,
            offered=_holds(provider.value.get("configurate_methods"), "predefined-model"),
            supported=_holds(provider.value.get("supported_model_types"), model_type),
            polling=minimum_dify is not None and minimum_dify >= _POLLING_SINCE,
        )
        _check_section(package, models.not_null(key), listing)


def _check_section(package: Package, section: Field, listing: _Listing) -> None:
    matched = _matched_files(package, section, listing)
    names: dict[str, str] = {}
    for file in matched:
        if file.endswith(_POSITION):
            continue
        name = check_model(read_yaml(package, file), listing.model_type, listing.polling)
        if name in names:
            rule = f"declares {shown(name)}, as {names[name]} does"
            package.report.problem(file, "model", rule, "keep one of the files")
        elif name is not None:
            names[name] = file
    if names and not listing.supported:
        rule = f"lists {listing.model_type} models, which supported_model_types leaves out"
        section.problem(rule, f"add {listing.model_type} to supported_model_types")
    _check_position(package, section, matched)
    _check_order(package, section, names)


def _matched_files(package: Package, section: Field, listing: _Listing) -> list[str]:
    globs = section.not_null("predefined")
    by_glob: list[list[str]] = []
    for glob in globs.items(_MOST_GLOBS):
        pattern = _pattern(glob)
        if pattern is None:
            continue
        parts = pattern.split("/")
        by_glob.append([f for f in sorted(package.files) if _matches(f.split("/"), parts)])
        if not by_glob[-1]:
            # Hosts pass over it in silence; what they would show is then not there.
            note = glob.problem if listing.offered else glob.warning
            note(f"{shown(pattern)} matches no file", "add the models or leave the glob out")
    for file, count in Counter(chain(*by_glob)).items():
        if count > 1:
            globs.problem(f"matches {file} twice, so it is listed twice", "leave one glob out")
    return list(dict.fromkeys(chain(*by_glob)))


def _pattern(glob: Field) -> str | None:
    pattern = glob.text(_CHARACTERS)
    if pattern is None:
        return None
    if "**" in pattern or set(pattern) & set("?[]\\") or {"", ".", ".."} & set(pattern.split("/")):
        rule = f"{shown(pattern)} is not read alike by the daemon and the SDK"
        glob.problem(rule, "write a path from the root with * inside one folder")
        return None
    return pattern


def _matches(parts: list[str], patterns: list[str]) -> bool:
    if len(parts) != len(patterns):
        return False
    return all(fnmatchcase(part, pattern) for part, pattern in zip(parts, patterns, strict=True))


def _check_position(package: Package, section: Field, matched: list[str]) -> None:
    position = section.optional("position")
    file = position.text(_CHARACTERS)
    for other in matched:
        if other.endswith(_POSITION) and other != file:
            rule = f"does not name {other}, so the daemon ignores that order"
            section.problem(rule, "write its path as `position`")
    if file is None:
        return
    if file not in package.files:
        position.problem(f"names {shown(file)}, which is not in the package", "write its path")
    elif file not in matched or not file.endswith(_POSITION):
        rule = f"{shown(file)} is not what the SDK takes for the order"
        position.problem(rule, f"name a file that a glob matches and that ends in {_POSITION}")


def _check_order(package: Package, section: Field, names: dict[str, str]) -> None:
    file = section.optional("position").value
    if not isinstance(file, str) or file not in package.files:
        return
    order = read_yaml(package, file)
    listed = Counter(entry.text(_CHARACTERS) for entry in order.items(_MOST_POSITIONS))
    for name, count in listed.items():
        if name is not None and name not in names:
            order.problem(f"orders {shown(name)}, which no listed file declares", "leave it out")
        elif name is not None and count > 1:
            order.problem(f"orders {shown(name)} twice", "leave one out")


def _holds(choices: Json, choice: str) -> bool:
    return isinstance(choices, list) and choice in choices
