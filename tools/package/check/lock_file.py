"""uv.lock: what the daemon's `uv sync --frozen` installs, whatever pyproject.toml says by then."""

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.project_file import check_python, is_inner_folder
from tools.package.check.requirement_rules import distribution_name
from tools.package.check.values import Json, shown

LOCK = "uv.lock"
_AGAIN = "run `uv lock` again"
_MOST_PACKAGES = 2_000
_CHARACTERS = 1_000
_OUTSIDE = ("git", "url", "directory", "editable", "virtual")


def check_lock(package: Package, lock: Field, required: list[Requirement], name: str) -> None:
    """Check that a lock was made from the project `name` when it required these packages."""
    if not lock.present:
        return
    check_python(lock.optional("requires-python"))
    root: Field | None = None
    versions: dict[str, list[str]] = {}
    for entry in lock.required("package", "it by running `uv lock`").items(_MOST_PACKAGES):
        locked = entry.required("name", "the name of a package").text(_CHARACTERS)
        if locked is not None and _is_root(entry):
            root = entry if _same(locked) == _same(name) else root
        elif locked is not None:
            _check_source(package, entry, locked)
            version = entry.optional("version").text(_CHARACTERS)
            versions.setdefault(_same(locked), []).append(version or "")
    if root is None:
        lock.problem(f"does not lock the project {shown(name)}", _AGAIN)
    elif _is_in_step(root, required):
        _check_versions(lock, required, versions)


def _is_root(entry: Field) -> bool:
    source = entry.optional("source").value
    return isinstance(source, dict) and "." in (source.get("virtual"), source.get("editable"))


def _check_source(package: Package, entry: Field, locked: str) -> None:
    source = entry.optional("source")
    if not source.mapping():
        return
    for kind in _OUTSIDE:
        if kind in source.value:
            entry.problem(f"{shown(locked)} comes from {kind}", "lock a released version")
    for kind in ("registry", "path"):
        place = source.value.get(kind)
        if not isinstance(place, str) or place.startswith(("https://", "http://")):
            continue
        if place.removeprefix("./") not in package.files and not is_inner_folder(package, place):
            rule = f"{shown(locked)} comes from {shown(place)}, outside the package"
            entry.problem(rule, "lock a released version")


def _is_in_step(root: Field, required: list[Requirement]) -> bool:
    written = {(distribution_name(r), _specifier(str(r.specifier))) for r in required}
    metadata = _entries(root.optional("metadata").optional("requires-dist").value)
    known = {(_same(e.get("name")), _specifier(e.get("specifier"))) for e in metadata}
    installed = {_same(e.get("name")) for e in _entries(root.optional("dependencies").value)}
    names = {name for name, _ in written}
    stale = {name for name, _ in known - written} | {name for name, _ in written - known}
    stale |= installed ^ names
    for name in sorted(stale):
        root.problem(f"is out of step with pyproject.toml about {shown(name)}", _AGAIN)
    return not stale


def _check_versions(
    lock: Field, required: list[Requirement], versions: dict[str, list[str]]
) -> None:
    for requirement in required:
        name = distribution_name(requirement)
        locked = versions.get(name, [])
        if not any(_admits(requirement.specifier, version) for version in locked):
            rule = (
                f"locks {shown(name)} {', '.join(locked) or 'not at all'}, against pyproject.toml"
            )
            lock.problem(rule, _AGAIN)


def _admits(specifier: SpecifierSet, version: str) -> bool:
    try:
        return specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return False


def _entries(listed: Json) -> list[dict[str, Json]]:
    return (
        [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )


def _same(name: Json) -> str:
    """Return the name by which two spellings of a package are the same."""
    return str(canonicalize_name(name)) if isinstance(name, str) else ""


def _specifier(text: Json) -> SpecifierSet | None:
    try:
        return SpecifierSet(text if isinstance(text, str) else "")
    except InvalidSpecifier:
        return None
