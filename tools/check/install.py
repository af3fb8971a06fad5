"""Packages are built, installed as the daemon does it, started, and found to name their app."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.check.daemon_install import Route, install, machine
from tools.check.errors import CheckFailure
from tools.check.first_call import call_and_find, serve_once
from tools.package.product import PROVIDERS
from tools.progress import Progress

_ROOT = Path(__file__).parents[2]
_BUILD_SECONDS = 900
_BUILDS_SECONDS, _INSTALLS_SECONDS = 100.0, 80.0  # to expect
_AT_ONCE = 2  # builds or installations: half of their time is waiting
# Far below the 50 MiB that a host takes: half of it is the forms of some seventy models.
_LARGEST_PACKAGE_BYTES = 2 << 20
# Ten of them are OpenTelemetry's: 9 MB, 1.2 MB of an offline package.
_MOST_PACKAGES_OF_OUR_OWN = 17
_SDK = "dify-plugin"
_ROUTES: tuple[Route, ...] = ("pyproject", "requirements")


def check_install(console: Console) -> None:
    """Build twice, compare, and install every package on both of the daemon's routes.

    Raises:
        CheckFailure: the two builds differ, or a package does not install, start or answer.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(_AT_ONCE) as pool,
        Progress(_BUILDS_SECONDS + _INSTALLS_SECONDS) as progress,
    ):
        scratch = Path(folder)
        progress.step("Building everything twice", _BUILDS_SECONDS)
        dist = _built_twice(scratch, console, pool)
        for provider in PROVIDERS:
            _check_weight(dist / "staged" / provider)
        progress.step("Installing each package on both routes", _INSTALLS_SECONDS)
        table = Table(box=None, padding=(0, 2, 0, 0))
        for column in ("package", "from", "installed", "heartbeat", "stored as"):
            table.add_column(column, no_wrap=True)
        cases = product((False, True), PROVIDERS, _ROUTES)
        for row in pool.map(lambda case: _checked(dist, scratch, *case), cases):
            table.add_row(*row)
        console.print(table)


def _built_twice(scratch: Path, console: Console, pool: ThreadPoolExecutor) -> Path:
    """Build in two folders, of which one is a copy of the tree, and compare every file."""
    copy = scratch / "another place"
    left_out = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "dist", "uv.lock")
    shutil.copytree(_ROOT, copy, ignore=left_out)
    dists = [scratch / "dist-0", scratch / "dist-1"]
    list(pool.map(_build, (_ROOT, copy), dists))
    first, second = (
        {
            path.relative_to(dist).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted([*dist.rglob("*.difypkg"), *dist.rglob("*.difybndl")])
        }
        for dist in dists
    )
    if first != second:
        differing = [name for name in first if first[name] != second.get(name)]
        raise CheckFailure(f"two builds of one tree differ: {', '.join(differing) or 'in files'}")
    console.print("SHA-256 of each file:")
    for name, digest in first.items():
        console.print(f"{digest}  {name}", highlight=False, soft_wrap=True)
    console.print("Two builds, in two folders, gave the same bytes.\n")
    return dists[0]


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
        raise CheckFailure(f"{staged.name} has {size} bytes unpacked, 2 MiB is the limit")
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


def _checked(dist: Path, scratch: Path, offline: bool, provider: str, route: Route) -> list[str]:
    name = f"{provider}, offline" if offline else provider
    pattern = (
        f"offline/{provider}-*-linux-{machine()}.difypkg" if offline else f"{provider}-*.difypkg"
    )
    (package,) = dist.glob(pattern)
    # Without a network, what is installed comes from an empty cache: from the package alone.
    cache = scratch / (f"cache of {name} by {route}" if offline else "cache")
    started = time.monotonic()
    place = scratch / f"{name} by {route}"
    installation = install(package, place, route=route, cache=cache, network=not offline)
    seconds = time.monotonic() - started
    heartbeat, stored = call_and_find(installation, provider, str(uuid.uuid4()))
    if route == "requirements" and not offline:
        serve_once(installation)
    return [name, route, f"{seconds:.1f} s", f"{heartbeat:.1f} s", f"…{stored[-8:]}"]
