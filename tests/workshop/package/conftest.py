"""This repository as the tree to pack, its packages without a network, and keys to sign with."""

from pathlib import Path

import pytest

from tools.package.product import PROVIDERS, Tree, package_files, read_tree
from tools.package.signature import create_key_pair

ROOT = Path(__file__).parents[3]

type Files = dict[str, bytes]
type KeyPair = tuple[Path, Path]


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
