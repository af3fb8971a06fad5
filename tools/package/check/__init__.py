"""Whether Dify's hosts and its Marketplace will take a package, a bundle or an unpacked package.

The readers are the real ones where there are any: the SDK's loader, which imports the package's
code, and Dify's model runtime on what it loaded (`sdk_loader`). What neither knows is here: the
daemon's limits and what must belong together (`declarations`), the Marketplace's list (`contents`).
A problem is what one of them refuses; a warning is what only the owner can fill in.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools.package.archive import PACKAGE_BYTES, checksum, read_archive
from tools.package.bundle import read_bundle
from tools.package.check.contents import content_problems, owner_warnings
from tools.package.check.declarations import declaration_problems
from tools.package.errors import PackagerFailure
from tools.package.product import folder_files, write_folder
from tools.package.signature import comment_problem

_LOADER = Path(__file__).with_name("sdk_loader.py")
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was found, a line each: problems make a host or the Marketplace refuse."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def verdict_of(path: Path) -> Verdict:
    """Check a package, a bundle or an unpacked package, whose code is run.

    Raises:
        OSError: it cannot be read.
    """
    if path.is_dir():
        return _files_verdict(frozenset(folder_files(path).items()))
    return archive_verdict(path.name, path.read_bytes())


def archive_verdict(name: str, content: bytes) -> Verdict:
    """Check a package or, by the name of its file, a bundle; the packages' code is run."""
    try:
        return (_bundle_verdict if name.endswith(".difybndl") else _package_verdict)(content)
    except PackagerFailure as failure:
        return Verdict((str(failure),))


def reader_problems(files: Mapping[str, bytes]) -> list[str]:
    """Return why the SDK or Dify would not read a package with these files, whose code is run."""
    with tempfile.TemporaryDirectory() as folder:
        write_folder(Path(folder), files)
        # Isolated, so that the package's modules are found in its folder and nowhere else.
        ended = subprocess.run(
            [sys.executable, "-I", _LOADER],
            cwd=folder,
            env={},
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    if ended.returncode:
        return [f"The SDK's loader failed: {' '.join(ended.stderr.split())[-300:]}"]
    problems: list[str] = json.loads(ended.stdout.splitlines()[-1])
    return problems


def _package_verdict(content: bytes) -> Verdict:
    archive = read_archive(content, PACKAGE_BYTES)
    found = _files_verdict(frozenset(archive.files.items()))
    return Verdict((*comment_problem(archive), *found.problems), found.warnings)


@cache  # a bundle holds the packages that are built beside it
def _files_verdict(entries: frozenset[tuple[str, bytes]]) -> Verdict:
    files = dict(sorted(entries))
    if "manifest.yaml" not in files:
        return Verdict(("manifest.yaml: is not at the root.",))
    # The readers come first: what they take has the shape that the rules for declarations assume.
    read = reader_problems(files) or declaration_problems(files)
    return Verdict((*read, *content_problems(files)), tuple(owner_warnings(files["manifest.yaml"])))


def _bundle_verdict(content: bytes) -> Verdict:
    files = read_archive(content).files
    manifest, packages = read_bundle(files)
    icon = f"_assets/{manifest.get('icon')}"
    problems = [] if icon in files else [f"{icon}: is not in the bundle."]
    for path in files.keys() - {"manifest.yaml", "README.md", icon, *packages}:
        problems.append(f"{path}: belongs to no package of the bundle.")
    warnings: list[str] = []
    for path in packages:
        if path != f"_assets/{checksum(read_archive(files[path]).files)}":
            problems.append(f"{path}: is not named by its checksum.")
        found = _package_verdict(files[path])
        problems += [f"{path}: {problem}" for problem in found.problems]
        warnings += [f"{path}: {warning}" for warning in found.warnings]
    return Verdict(tuple(problems), tuple(warnings))
