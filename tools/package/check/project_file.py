"""pyproject.toml as the daemon's `uv sync --no-dev` meets it.

Sources: the daemon's `internal/core/local_runtime/environment_python.go` and
`setup_python_environment.go` (uv makes an environment of Python 3.12, whatever the manifest says);
uv builds and installs a project that has a build system.
"""

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.requirement_rules import (
    SDK_DISTRIBUTION,
    Place,
    check_requirement,
    distribution_name,
)
from tools.package.check.values import shown

PYPROJECT = "pyproject.toml"
_CHARACTERS = 1_000
_MOST_REQUIREMENTS = 256
_MOST_GROUPS = 64
# Any patch release of the Python that the daemon asks uv for: an old one alone is not enough.
_HOST_PYTHON = "3.12.99"
_OUTSIDE = ("git", "url", "workspace")


def check_project(package: Package, document: Field) -> list[Requirement]:
    """Check a project file and return what the project itself requires."""
    if document.optional("build-system").present:
        rule = "makes uv build and install the plugin as a library"
        document.optional("build-system").problem(rule, "leave the table out")
    project = document.required("project", "the [project] table")
    for key in ("name", "version"):
        project.required(key, f"the project's {key}").text(_CHARACTERS)
    check_python(project.optional("requires-python"))
    dependencies = project.required("dependencies", "a list of requirements")
    found = list(_requirements(dependencies))
    if dependencies.present and SDK_DISTRIBUTION not in map(distribution_name, found):
        dependencies.problem("lacks dify_plugin", "add dify_plugin>=0.10.0,<1")
    for table in (
        document.optional("dependency-groups"),
        project.optional("optional-dependencies"),
    ):
        for group in list(table.value)[:_MOST_GROUPS] if table.mapping() else ():
            list(_requirements(table.optional(group)))
    _check_uv(package, document.optional("tool").optional("uv"))
    return found


def check_python(requires: Field) -> None:
    """Check that a specifier of Python versions admits the one that hosts use."""
    text = requires.text(_CHARACTERS)
    if text is None:
        return
    try:
        admits = SpecifierSet(text).contains(_HOST_PYTHON)
    except InvalidSpecifier:
        requires.problem(f"{shown(text)} is no specifier", 'write ">=3.12,<3.13"')
        return
    if not admits:
        requires.problem(f"{shown(text)} shuts out Python 3.12", 'write ">=3.12,<3.13"')


def _requirements(listed: Field) -> Iterator[Requirement]:
    for entry in listed.items(_MOST_REQUIREMENTS):
        if isinstance(entry.value, dict):  # a group that includes another
            continue
        text = entry.text(_CHARACTERS)
        place = Place(listed.file, listed.path, listed.report)
        found = check_requirement(text, place) if text is not None else None
        if found is not None:
            yield found


def _check_uv(package: Package, uv: Field) -> None:
    if uv.optional("package").value is True:
        uv.optional("package").problem("makes uv build the plugin", "leave it out")
    sources = uv.optional("sources")
    for name in list(sources.value)[:_MOST_REQUIREMENTS] if sources.mapping() else ():
        _check_source(package, sources.optional(name))
    for folder in uv.optional("find-links").items(_MOST_GROUPS):
        path = folder.text(_CHARACTERS)
        if path is not None and not is_inner_folder(package, path):
            rule = f"{shown(path)} is no folder of the package"
            folder.problem(rule, "write ./wheels, or leave it out")


def _check_source(package: Package, source: Field) -> None:
    several = isinstance(source.value, list)
    for entry in source.items(_MOST_GROUPS) if several else [source]:
        for kind in _OUTSIDE:
            if entry.optional(kind).present:
                entry.problem(f"comes from {kind}", "name a released version")
        path = entry.optional("path").text(_CHARACTERS)
        if path is not None and path.removeprefix("./") not in package.files:
            entry.problem(f"{shown(path)} is not in the package", "name a released version")


def is_inner_folder(package: Package, path: str) -> bool:
    """Say whether a relative path leads to files that the package carries."""
    folder = path.removeprefix("./").rstrip("/")
    return ".." not in folder.split("/") and package.has_folder(folder)
