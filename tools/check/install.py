"""Packages are built, installed as the daemon does it, started, and found to name their app."""

import hashlib
import subprocess
import sys
import tempfile
import time
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.check.daemon_install import Route, install, machine
from tools.check.errors import CheckFailure
from tools.check.first_call import call_and_find, serve_once

_ROOT = Path(__file__).parents[2]
_BUILD_SECONDS = 900
_LARGEST_PACKAGE_BYTES = 1024 * 1024
_MOST_PACKAGES_OF_OUR_OWN = 5
_SDK = "dify-plugin"
_FILES: dict[Route, str] = {"pyproject": "uv.lock", "requirements": "requirements"}


@dataclass(frozen=True, slots=True)
class _Case:
    provider: str
    route: Route
    offline: bool = False

    def package(self, dist: Path) -> Path:
        folder = dist / "offline" if self.offline else dist
        ending = f"-linux-{machine()}.difypkg" if self.offline else ".difypkg"
        found = sorted(folder.glob(f"{self.provider}-*{ending}"))
        if len(found) != 1:
            raise CheckFailure(f"one {self.provider}-*{ending} is expected, {len(found)} are there")
        return found[0]


_CASES = [
    _Case(provider, route, offline)
    for offline in (False, True)
    for provider in ("openai", "azure_openai")
    for route in ("pyproject", "requirements")
]


def check_install(console: Console) -> None:
    """Build twice, compare, and install every package on both of the daemon's routes.

    Raises:
        CheckFailure: the two builds differ, or a package does not install, start or answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        dist = _built_twice(scratch, console)
        for provider in ("openai", "azure_openai"):
            _check_weight(dist / "staged" / provider)
        table = Table(box=None, padding=(0, 2, 0, 0))
        for column in ("package", "from", "installed", "packages", "heartbeat", "stored as"):
            table.add_column(column, no_wrap=True)
        for number, case in enumerate(_CASES):
            table.add_row(*_checked(case, dist, scratch, number))
        console.print(table)


def _built_twice(scratch: Path, console: Console) -> Path:
    """Build in two folders, of which one is a copy of the tree, and compare every file."""
    copy = scratch / "another place"
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=_ROOT,
        capture_output=True,
        check=True,
    ).stdout.split(b"\0")
    for name in filter(None, (raw.decode() for raw in tracked)):
        if (_ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((_ROOT / name).read_bytes())
    digests = []
    for number, tree in enumerate((_ROOT, copy)):
        dist = scratch / f"dist-{number}"
        _build(tree, dist)
        digests.append(
            {
                path.relative_to(dist).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted([*dist.rglob("*.difypkg"), *dist.rglob("*.difybndl")])
            }
        )
    if digests[0] != digests[1]:
        differing = [name for name in digests[0] if digests[0][name] != digests[1].get(name)]
        raise CheckFailure(f"two builds of one tree differ: {', '.join(differing) or 'in files'}")
    for name, digest in digests[0].items():
        console.print(f"{digest}  {name}", highlight=False, soft_wrap=True)
    console.print("Two builds, in two folders, gave the same bytes.\n")
    return scratch / "dist-0"


def _build(tree: Path, dist: Path) -> None:
    command = [sys.executable, "-m", "tools.package", "build", "--staged", "--offline"]
    result = subprocess.run(
        [*command, "--out", str(dist)],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if result.returncode:
        raise CheckFailure(f"the packager failed: {' '.join((result.stderr or '').split())[-600:]}")


def _check_weight(staged: Path) -> None:
    """Hold a package to its limits: its own size, and the packages it adds to the SDK's."""
    size = sum(path.stat().st_size for path in staged.rglob("*") if path.is_file())
    if size > _LARGEST_PACKAGE_BYTES:
        raise CheckFailure(f"{staged.name} has {size} bytes unpacked, 1 MiB is the limit")
    if staged.name != "openai":
        return
    lock = tomllib.loads((staged / "uv.lock").read_text(encoding="utf-8"))
    needs = {
        package["name"]: [need["name"] for need in package.get("dependencies", [])]
        for package in lock["package"]
        if package["source"] != {"virtual": "."}
    }
    of_the_sdk, waiting = set[str](), [_SDK]
    while waiting:
        name = waiting.pop()
        if name not in of_the_sdk:
            of_the_sdk.add(name)
            waiting.extend(needs.get(name, []))
    own = sorted(set(needs) - of_the_sdk)
    if len(own) > _MOST_PACKAGES_OF_OUR_OWN:
        raise CheckFailure(f"openai needs {len(own)} packages beyond the SDK's: {', '.join(own)}")


def _checked(case: _Case, dist: Path, scratch: Path, number: int) -> list[str]:
    package = case.package(dist)
    # Installed packages come from an empty cache where that is the point: cold, and offline.
    cache = scratch / (f"cache-{number}" if case.offline else "cache")
    started = time.monotonic()
    installation = install(
        package,
        scratch / f"installed-{number}",
        route=case.route,
        cache=cache,
        network=not case.offline,
    )
    seconds = time.monotonic() - started
    app_id = str(uuid.uuid4())
    found = call_and_find(installation, case.provider, app_id)
    if case.route == "requirements" and not case.offline:
        serve_once(installation)
    return [
        f"{case.provider}{', offline' if case.offline else ''}",
        _FILES[case.route],
        f"{seconds:.1f} s",
        str(len(installation.packages())),
        f"{found.heartbeat_seconds:.1f} s",
        f"…{found.completion_id[-8:]}",
    ]
