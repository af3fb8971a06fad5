"""This repository as the tree to pack, its packages without a network, and keys to sign with."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.package.__main__ import main
from tools.package.archive import write_archive
from tools.package.bundle import make_bundle
from tools.package.product import PROVIDERS, Tree, package_files, read_tree
from tools.package.signature import create_key_pair

ROOT = Path(__file__).parents[3]

type Files = dict[str, bytes]
type KeyPair = tuple[Path, Path]
type Packager = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def tree() -> Tree:
    return read_tree(ROOT)


@pytest.fixture(scope="session")
def staged(tree: Tree) -> dict[str, Files]:
    """Stage every provider of this repository: its name -> its files."""
    return {name: package_files(tree, name) for name in PROVIDERS}


@pytest.fixture(scope="session")
def key_pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyPair, KeyPair]:
    folder = tmp_path_factory.mktemp("keys")
    return create_key_pair(folder / "first"), create_key_pair(folder / "second")


@pytest.fixture(scope="session")
def packed(tree: Tree, staged: dict[str, Files]) -> tuple[bytes, bytes]:
    """Return OpenAI's package and the bundle of both."""
    packages = [write_archive(files) for files in staged.values()]
    return packages[0], make_bundle(tree, packages)


@pytest.fixture
def folder(tmp_path: Path, packed: tuple[bytes, bytes], key_pairs: tuple[KeyPair, ...]) -> Path:
    """Return a folder with a package, a bundle and the keys."""
    for name, content in zip(("x.difypkg", "x.difybndl"), packed, strict=True):
        (tmp_path / name).write_bytes(content)
    for file in (file for pair in key_pairs for file in pair):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture
def packager(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Packager:
    """Run the command in the folder; in this process, since a start takes longer than most."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # those of the tests' process stay

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["packager", *arguments])
        capsys.readouterr()
        try:
            code = main()
        except SystemExit as ended:
            code = int(str(ended.code))
        output, errors = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, output, errors)

    return run
