"""A package's pyproject.toml has the tree's bounds and only what the packed files import."""

import tomllib
from pathlib import Path

import pytest

from tests.workshop.package.conftest import ROOT
from tools.package.declaration import Tree, read_tree
from tools.package.errors import PackagerFailure
from tools.package.project import (
    installed_modules,
    needed_dependencies,
    newest_release,
    package_project,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("index", [0, 1], ids=["openai", "azure_openai"])
def test_it_says_only_what_uv_needs(
    index: int, tree: Tree, staged: dict[str, dict[str, bytes]]
) -> None:
    provider = tree.providers[index]
    document = tomllib.loads(staged[provider.name]["pyproject.toml"].decode())
    left_out = () if provider.name == "azure_openai" else ("azure-identity",)
    assert document == {
        "project": {
            "name": f"dify-{provider.name.replace('_', '-')}",
            "version": PROJECT["project"]["version"],
            "description": provider.description["en_US"],
            "readme": "README.md",
            "license": PROJECT["project"]["license"],
            "requires-python": PROJECT["project"]["requires-python"],
            "dependencies": [
                dependency
                for dependency in PROJECT["project"]["dependencies"]
                if not dependency.startswith(left_out)
            ],
        },
        "tool": {"uv": {"package": False}},
    }


def test_a_dependency_is_kept_when_one_of_its_modules_is_imported() -> None:
    brought = {
        "one": frozenset({"one", "one.part"}),
        "azure-identity": frozenset({"azure.identity", "azure.identity.aio"}),
        "azure-core": frozenset({"azure.core", "azure.core.exceptions"}),
        "other-name": frozenset({"yaml"}),
    }
    dependencies = ["azure-identity>=1,<2", "azure-core", "other-name[x]>=6", "one; os_name=='nt'"]
    for imported, kept in (
        ({"azure.identity"}, dependencies[:1]),
        ({"azure.core.exceptions", "yaml"}, dependencies[1:3]),
        ({"one.part"}, dependencies[3:]),
        ({"azure", "os"}, []),
    ):
        assert needed_dependencies(dependencies, frozenset(imported), brought.__getitem__) == kept


def test_modules_are_known_by_their_dotted_names() -> None:
    azure = installed_modules("azure-identity")
    assert "azure.identity" in azure
    assert not {"azure", "azure.core", "azure.core.exceptions"} & azure
    assert {"yaml", "yaml._yaml"} <= installed_modules("pyyaml")


def test_a_dependency_that_is_not_installed_is_named() -> None:
    with pytest.raises(PackagerFailure, match="no-such-distribution is not installed"):
        installed_modules("no-such-distribution")


def with_project(tree: Tree, folder: Path, text: str) -> Tree:
    """Return the tree as if its pyproject.toml were another."""
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return Tree(folder, tree.manifest, tree.document, tree.providers)


@pytest.mark.parametrize(
    "text",
    ["[project", "[project]\nlicense = 'MIT'", "[tool.uv]\nexclude-newer = '2026-01-01'"],
    ids=["no TOML", "fields missing", "no project"],
)
def test_a_project_that_cannot_be_used_is_refused(tree: Tree, tmp_path: Path, text: str) -> None:
    with pytest.raises(PackagerFailure, match=r"pyproject\.toml cannot be read, or lacks"):
        package_project(with_project(tree, tmp_path, text), tree.providers[0], {})


def test_resolutions_look_no_further_than_those_of_the_tree() -> None:
    assert newest_release(read_tree(ROOT)) == PROJECT["tool"]["uv"]["exclude-newer"]
