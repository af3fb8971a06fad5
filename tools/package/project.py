"""The package's pyproject.toml: what uv needs to install it, and nothing else.

Dependencies are those of the tree, in its order and with its bounds, as far as the packed files
import them. No groups, no build system: a host runs `uv sync` in the folder and must not build it.
No `exclude-newer` either, though the lock is made with it: a host whose index tells no upload
times, as many mirrors do, would find no version of anything.
"""

import importlib.metadata
import tomllib
from collections.abc import Callable, Iterable, Mapping

import tomli_w
from packaging.requirements import Requirement
from pydantic import BaseModel, Field, ValidationError

from tools.package.declaration import Provider, Tree
from tools.package.errors import PackagerFailure
from tools.package.imports import imported_modules

type ModulesOf = Callable[[str], frozenset[str]]

_CODE = frozenset({".py", ".so", ".pyd"})


class Project(BaseModel):
    """What a package takes from the tree's own project. dependencies: those of all providers."""

    license: str
    requires_python: str = Field(alias="requires-python")
    dependencies: list[str]


class _Uv(BaseModel):
    exclude_newer: str = Field(alias="exclude-newer")


class _Tool(BaseModel):
    uv: _Uv


class _PyProject(BaseModel):
    project: Project
    tool: _Tool


def newest_release(tree: Tree) -> str:
    """Return the time after which releases of dependencies are not looked at, RFC 3339.

    Raises:
        PackagerFailure: the tree's pyproject.toml cannot be used.
    """
    return _read(tree).tool.uv.exclude_newer


def package_project(tree: Tree, provider: Provider, files: Mapping[str, bytes]) -> bytes:
    """Return the pyproject.toml of a package with these files.

    Raises:
        PackagerFailure: the tree's own cannot be used, or a dependency is not installed here.
    """
    project = _read(tree).project
    document = {
        "project": {
            "name": f"dify-{provider.name}".replace("_", "-"),
            "version": tree.manifest.version,
            "description": provider.description["en_US"],
            "readme": "README.md",
            "license": project.license,
            "requires-python": project.requires_python,
            "dependencies": needed_dependencies(project.dependencies, imported_modules(files)),
        },
        "tool": {"uv": {"package": False}},
    }
    return tomli_w.dumps(document).encode()


def installed_modules(distribution: str) -> frozenset[str]:
    """Return the dotted names of the modules that an installed distribution brings.

    Its top-level names would not do: several distributions share the namespace `azure`.

    Raises:
        PackagerFailure: it is not installed.
    """
    try:
        files = importlib.metadata.distribution(distribution).files or []
    except importlib.metadata.PackageNotFoundError as error:
        raise PackagerFailure(
            f"{distribution} is not installed, so nobody knows its modules; run `uv sync`."
        ) from error
    modules = set()
    for file in files:
        if file.suffix in _CODE and ".." not in file.parts:
            # `_name.cpython-312-x86_64-linux-gnu.so` is the module `_name`.
            *packages, name = (*file.parts[:-1], file.name.partition(".")[0])
            modules.add(".".join(packages if name == "__init__" else [*packages, name]))
    return frozenset(modules)


def needed_dependencies(
    dependencies: Iterable[str],
    imported: frozenset[str],
    modules_of: ModulesOf = installed_modules,
) -> list[str]:
    """Return the dependencies of which a module is imported, as they are written."""
    return [
        dependency
        for dependency in dependencies
        if not imported.isdisjoint(modules_of(Requirement(dependency).name))
    ]


def _read(tree: Tree) -> _PyProject:
    try:
        return _PyProject.model_validate(tomllib.loads(tree.file("pyproject.toml").decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise PackagerFailure(
            "pyproject.toml cannot be read, or lacks `license`, `requires-python` and"
            " `dependencies` in [project] or `exclude-newer` in [tool.uv]."
        ) from error
