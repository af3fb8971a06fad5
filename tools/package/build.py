"""The join: every package and the bundle, made, checked, and only then put in their place."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.package.archive import ensure_uploadable, write_archive
from tools.package.bundle import make_bundle
from tools.package.check import Problem, problems_of
from tools.package.checksum import checksum
from tools.package.declaration import Provider, Tree, read_tree
from tools.package.errors import PackagerFailure
from tools.package.locking import export_requirements, lock_project, locked_packages
from tools.package.offline import WheelSource, offline_files
from tools.package.project import newest_release
from tools.package.staging import staged_files, write_folder
from tools.package.wheels import MACHINES

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file to upload. path: below the output folder.

    checksum: the host's, of a package; packages: in its lock. A bundle has neither.
    """

    path: str
    content: bytes
    checksum: str | None = None
    packages: int | None = None


class Refused(PackagerFailure):
    """A host would refuse what was made; nothing was written."""

    def __init__(self, problems: Mapping[str, list[Problem]]) -> None:
        super().__init__("Nothing was written, because a host would refuse what was made.")
        self.problems = problems


def build(
    root: Path, out: Path, say: Say, *, staged: bool = False, offline: bool = False
) -> list[Artifact]:
    """Make the packages and the bundle of the tree at `root` in the folder `out`.

    staged: also leave each package unpacked; offline: also make those that carry their wheels;
    `say` is told what comes next.

    Raises:
        Refused: the validator has something against what was made.
        PackagerFailure: the tree, uv or the network keeps it from being made.
    """
    tree = read_tree(root)
    packages = {provider.name: _locked(tree, provider, say) for provider in tree.providers}
    artifacts = [_package(f"{_stem(tree, name)}.difypkg", packages[name]) for name in packages]
    artifacts.append(_bundle(tree, artifacts))
    if offline:
        artifacts += _offline(tree, packages, say)
    say("Checking what was made")
    with _accepted(artifacts, out) as accepted:
        for path, file in accepted.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, out / path)
    if staged:
        for name, files in packages.items():
            write_folder(out / "staged" / name, files)
    return artifacts


def _locked(tree: Tree, provider: Provider, say: Say) -> dict[str, bytes]:
    say(f"Locking {provider.name}")
    files = staged_files(tree, provider)
    pyproject = files["pyproject.toml"]
    options = ("--exclude-newer", newest_release(tree))
    lock = lock_project({"pyproject.toml": pyproject}, *options)
    return {
        **files,
        "uv.lock": lock,
        "requirements.txt": export_requirements(pyproject, lock),
    }


def _stem(tree: Tree, name: str) -> str:
    return f"{name}-{tree.manifest.version}"


def _package(path: str, files: Mapping[str, bytes]) -> Artifact:
    content = write_archive(files)
    ensure_uploadable(path, files, content)
    return Artifact(path, content, checksum(files), locked_packages(files["uv.lock"]))


def _bundle(tree: Tree, packages: list[Artifact]) -> Artifact:
    stem = _stem(tree, tree.manifest.name.replace("_", "-"))
    return Artifact(
        f"{stem}.difybndl", make_bundle(tree, [package.content for package in packages])
    )


def _offline(
    tree: Tree, packages: Mapping[str, Mapping[str, bytes]], say: Say
) -> Iterator[Artifact]:
    with WheelSource() as source:
        for name, files in packages.items():
            for machine in MACHINES:
                say(f"Collecting the wheels of {name} for {machine.name}")
                path = f"offline/{_stem(tree, name)}-linux-{machine.name}.difypkg"
                yield _package(path, offline_files(files, machine, source))


@contextmanager
def _accepted(artifacts: list[Artifact], out: Path) -> Iterator[dict[str, Path]]:
    """Lay the files out beside their place, check them, and give them to be moved there."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=out) as name:
        files = {artifact.path: Path(name) / Path(artifact.path).name for artifact in artifacts}
        for artifact in artifacts:
            files[artifact.path].write_bytes(artifact.content)
        problems = {path: found for path, file in files.items() if (found := problems_of(file))}
        if problems:
            raise Refused(problems)
        yield files
