"""This repository as the tree to pack, small trees to pack wrongly, and keys to sign with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.package.declaration import Tree, read_tree
from tools.package.signature import KeyPair, create_key_pair
from tools.package.staging import staged_files

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class SmallTree:
    """A folder for the files that a test names."""

    root: Path

    def write(self, files: Mapping[str, str]) -> Path:
        """Write the files and return the folder."""
        for path, text in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return self.root


@pytest.fixture
def small_tree(tmp_path: Path) -> SmallTree:
    return SmallTree(tmp_path)


@pytest.fixture(scope="session")
def tree() -> Tree:
    return read_tree(ROOT)


@pytest.fixture(scope="session")
def staged(tree: Tree) -> dict[str, dict[str, bytes]]:
    """Stage every provider of this repository: its name -> its files."""
    return {provider.name: staged_files(tree, provider) for provider in tree.providers}


@pytest.fixture(scope="session")
def key_pairs(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyPair, KeyPair]:
    folder = tmp_path_factory.mktemp("keys")
    return create_key_pair(folder / "first"), create_key_pair(folder / "second")
