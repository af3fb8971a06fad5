"""The join: every package and the bundle, made, checked, and only then written."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from tools.package.archive import checksum, write_archive
from tools.package.bundle import make_bundle
from tools.package.check import archive_verdict
from tools.package.dependencies import MACHINES, Files, locked, with_wheels
from tools.package.errors import PackagerFailure
from tools.package.product import PROVIDERS, package_files, read_tree, write_folder

type Say = Callable[[str, float], None]

SUMS = "SHA256SUMS"
_LOCK_SECONDS, _WHEELS_SECONDS, _CHECK_SECONDS = 2.0, 15.0, 3.0


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to upload. path: below the output folder; checksum: the host's, of a package."""

    path: str
    content: bytes
    checksum: str | None = None

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Built:
    """What is in the output folder now, and the names of earlier builds' files that are not."""

    artifacts: tuple[Artifact, ...]
    removed: tuple[str, ...]


class Refused(PackagerFailure):
    """A host would refuse what was made; nothing was written. problems: of each file."""

    def __init__(self, problems: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__("Nothing was written, because a host would refuse what was made.")
        self.problems = problems


def build(root: Path, out: Path, say: Say, *, staged: bool = False, offline: bool = False) -> Built:
    """Make the packages and the bundle of the tree at `root` in the folder `out`.

    Files of earlier builds are removed, signed ones as well. staged: also leave each package
    unpacked; offline: also make those that carry their wheels; `say` is told what comes next, and
    about how many seconds it takes.

    Raises:
        Refused: the check has something against what was made.
        PackagerFailure: uv, pip or the network keeps it from being made.
    """
    tree = read_tree(root)
    version = tree.manifest["version"]
    packages = {}
    for name in PROVIDERS:
        say(f"Locking {name}", _LOCK_SECONDS)
        packages[name] = locked(package_files(tree, name), tree.exclude_newer)
    artifacts = [_package(f"{name}-{version}", files) for name, files in packages.items()]
    bundle_name = tree.manifest["name"].replace("_", "-")
    bundle = make_bundle(tree, [package.content for package in artifacts])
    artifacts.append(Artifact(f"{bundle_name}-{version}.difybndl", bundle))
    if offline:
        for name, machine in product(packages, MACHINES):
            say(f"Collecting the wheels of {name} for {machine.name}", _WHEELS_SECONDS)
            files = with_wheels(packages[name], machine, tree.exclude_newer)
            artifacts.append(_package(f"offline/{name}-{version}-linux-{machine.name}", files))
    say("Checking what was made", _CHECK_SECONDS * len(artifacts))
    found = {made.path: archive_verdict(made.path, made.content).problems for made in artifacts}
    if any(found.values()):
        raise Refused(found)
    older = files_of_builds(out, bundle_name)
    for path in older:
        path.unlink()
    for made in artifacts:
        (out / made.path).parent.mkdir(parents=True, exist_ok=True)
        (out / made.path).write_bytes(made.content)
    (out / SUMS).write_text("".join(f"{made.sha256}  {made.path}\n" for made in artifacts), "utf-8")
    if staged:
        for name, files in packages.items():
            write_folder(out / "staged" / name, files)
    paths = {out / made.path for made in artifacts}
    return Built(tuple(artifacts), tuple(path.name for path in older if path not in paths))


def files_of_builds(out: Path, bundle_name: str) -> list[Path]:
    """Return the packages and bundles of ours in a folder, of any version, signed or not."""
    return [
        path
        for folder, name in product((out, out / "offline"), (*PROVIDERS, bundle_name))
        for path in sorted(folder.glob(f"{name}-[0-9]*.dify*"))
    ]


def expected_seconds(*, offline: bool) -> float:
    """Return about how long a build takes."""
    many = len(PROVIDERS)
    wheels = many * len(MACHINES) * (_WHEELS_SECONDS + _CHECK_SECONDS) if offline else 0
    return many * _LOCK_SECONDS + (many + 1) * _CHECK_SECONDS + wheels


def _package(stem: str, files: Files) -> Artifact:
    return Artifact(f"{stem}.difypkg", write_archive(files), checksum(files))
