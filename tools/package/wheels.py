"""Which wheels of a lock a machine needs: the best one of each package, chosen without a network.

Machines are those that Dify's daemon runs on: Linux with glibc, CPython 3.12, by architecture.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from packaging.markers import Marker
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from pydantic import BaseModel, Field, ValidationError

from tools.package.errors import PackagerFailure

_PYTHON = (3, 12)
_INTERPRETER = "cp312"
# glibc 2.28 is that of RHEL 8 and Debian 10: a wheel that wants a newer one would not start there.
_NEWEST_GLIBC = 28
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of machine. name: as the manifest says it; platform: as Python says it."""

    name: str
    platform: str
    oldest_glibc: int

    @property
    def marker(self) -> str:
        """The marker that is true on this kind of machine alone."""
        return (
            "sys_platform == 'linux' and implementation_name == 'cpython'"
            f" and platform_machine == '{self.platform}'"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What markers are evaluated with."""
        version = ".".join(map(str, _PYTHON))
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "os_name": "posix",
            "platform_machine": self.platform,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
        }

    def ranks(self) -> dict[Tag, int]:
        """Return the tags of wheels that run there, the fittest with rank 0."""
        platforms = []
        for minor in range(_NEWEST_GLIBC, self.oldest_glibc - 1, -1):
            platforms.append(f"manylinux_2_{minor}_{self.platform}")
            if minor in _OLD_NAMES:
                platforms.append(f"{_OLD_NAMES[minor]}_{self.platform}")
        tags = [
            *cpython_tags(_PYTHON, [_INTERPRETER], platforms),
            *compatible_tags(_PYTHON, _INTERPRETER, platforms),
        ]
        return {tag: rank for rank, tag in reversed(list(enumerate(tags)))}


MACHINES = (Machine("amd64", "x86_64", 5), Machine("arm64", "aarch64", 17))


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel to carry. sha256: in hex."""

    package: str
    version: str
    url: str
    sha256: str

    @property
    def filename(self) -> str:
        """The name under which installers know it."""
        return _filename(self.url)


class _Dependency(BaseModel):
    name: str
    version: str | None = None
    marker: str | None = None
    extra: list[str] = []


class _LockedWheel(BaseModel):
    url: str
    hash: str = Field(pattern="^sha256:[0-9a-f]{64}$")


class _Package(BaseModel):
    name: str
    version: str
    source: dict[str, str]
    dependencies: list[_Dependency] = []
    extras: dict[str, list[_Dependency]] = Field({}, alias="optional-dependencies")
    markers: list[str] = Field([], alias="resolution-markers")
    wheels: list[_LockedWheel] = []


class _Lock(BaseModel):
    package: list[_Package]


def choose_wheels(lock: str, machine: Machine) -> list[Wheel]:
    """Return the wheels that a project with this uv.lock needs on a machine, by package.

    Raises:
        PackagerFailure: the lock cannot be read, or a package has no wheel for the machine.
    """
    try:
        packages = _Lock.model_validate(tomllib.loads(lock)).package
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise PackagerFailure("uv.lock is not written as this packager reads it.") from error
    ranks = machine.ranks()
    needed = sorted(_needed(packages, machine), key=lambda package: package.name)
    return [_best_wheel(package, ranks, machine) for package in needed]


def _needed(packages: list[_Package], machine: Machine) -> Iterator[_Package]:
    """Yield each package that the project needs, by itself or through another."""
    project = next((package for package in packages if "virtual" in package.source), None)
    if project is None:
        raise PackagerFailure("uv.lock names no project; lock one with `package = false`.")
    waiting = list(project.dependencies)
    # A package comes again with each extra that is asked of it, but is yielded once.
    met: set[tuple[str, str | None]] = set()
    while waiting:
        dependency = waiting.pop()
        if not _holds(dependency.marker, machine):
            continue
        package = _locked(packages, dependency, machine)
        for extra in (None, *dependency.extra):
            if (package.name, extra) not in met:
                met.add((package.name, extra))
                waiting += package.extras.get(extra, []) if extra else package.dependencies
                if extra is None:
                    yield package


def _locked(packages: list[_Package], dependency: _Dependency, machine: Machine) -> _Package:
    for package in packages:
        if (
            package.name == dependency.name
            and dependency.version in {None, package.version}
            and (not package.markers or any(_holds(text, machine) for text in package.markers))
        ):
            return package
    raise PackagerFailure(f"uv.lock needs {dependency.name} on {machine.name}, but lacks it.")


def _holds(marker: str | None, machine: Machine) -> bool:
    return marker is None or Marker(marker).evaluate(machine.environment)


def _best_wheel(package: _Package, ranks: Mapping[Tag, int], machine: Machine) -> Wheel:
    fitting = [
        (rank, wheel.url, wheel)
        for wheel in package.wheels
        if (rank := _rank(wheel.url, ranks)) is not None
    ]
    if not fitting:
        raise PackagerFailure(
            f"{package.name} {package.version} has no wheel for Linux on {machine.name} with"
            " Python 3.12; an offline package cannot hold it."
        )
    _, _, best = min(fitting, key=lambda choice: choice[:2])
    sha256 = best.hash.removeprefix("sha256:")
    return Wheel(package.name, package.version, best.url, sha256)


def _rank(url: str, ranks: Mapping[Tag, int]) -> int | None:
    try:
        _, _, _, tags = parse_wheel_filename(_filename(url))
    except InvalidWheelFilename:
        return None  # an installer would not take it either
    return min((ranks[tag] for tag in tags if tag in ranks), default=None)


def _filename(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])
