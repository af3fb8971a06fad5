"""The join: every package and the bundle, made, checked, and only then written."""

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

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to upload. path: below the output folder; checksum: the host's, of a package."""

    path: str
    content: bytes
    checksum: str | None = None


class Refused(PackagerFailure):
    """A host would refuse what was made; nothing was written. problems: of each file."""

    def __init__(self, problems: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__("Nothing was written, because a host would refuse what was made.")
        self.problems = problems


def build(
    root: Path, out: Path, say: Say, *, staged: bool = False, offline: bool = False
) -> list[Artifact]:
    """Make the packages and the bundle of the tree at `root` in the folder `out`.

    staged: also leave each package unpacked; offline: also make those that carry their wheels;
    `say` is told what comes next.

    Raises:
        Refused: the check has something against what was made.
        PackagerFailure: uv, pip or the network keeps it from being made.
    """
    tree = read_tree(root)
    version = tree.manifest["version"]
    packages = {}
    for name in PROVIDERS:
        say(f"Locking {name}")
        packages[name] = locked(package_files(tree, name), tree.exclude_newer)
    artifacts = [_package(f"{name}-{version}", files) for name, files in packages.items()]
    stem = f"{tree.manifest['name']}-{version}".replace("_", "-")
    bundle = make_bundle(tree, [package.content for package in artifacts])
    artifacts.append(Artifact(f"{stem}.difybndl", bundle))
    if offline:
        for name, machine in product(packages, MACHINES):
            say(f"Collecting the wheels of {name} for {machine.name}")
            files = with_wheels(packages[name], machine, tree.exclude_newer)
            artifacts.append(_package(f"offline/{name}-{version}-linux-{machine.name}", files))
    say("Checking what was made")
    found = {made.path: archive_verdict(made.path, made.content).problems for made in artifacts}
    if any(found.values()):
        raise Refused(found)
    for made in artifacts:
        (out / made.path).parent.mkdir(parents=True, exist_ok=True)
        (out / made.path).write_bytes(made.content)
    if staged:
        for name, files in packages.items():
            write_folder(out / "staged" / name, files)
    return artifacts


def _package(stem: str, files: Files) -> Artifact:
    return Artifact(f"{stem}.difypkg", write_archive(files), checksum(files))
