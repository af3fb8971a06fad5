"""The packages of this repository hold what each provider needs, and nothing else."""

from pathlib import Path

import pytest
import yaml

from tests.workshop.package.conftest import ROOT
from tools.package.declaration import Tree, read_tree
from tools.package.errors import PackagerFailure
from tools.package.sources import source_files
from tools.package.staging import staged_files, write_folder

OTHER = {"openai": "azure", "azure_openai": "/openai"}
every_provider = pytest.mark.parametrize("name", OTHER)

ROOT_FILES = {
    ".difyignore",
    "CHANGELOG.md",
    "LICENSE",
    "PRIVACY.md",
    "README.md",
    "main.py",
    "manifest.yaml",
    "pyproject.toml",
}
FOLDERS = {"_assets", "models", "provider", "readme"}


@every_provider
def test_a_package_holds_nothing_of_the_other_provider(
    name: str, staged: dict[str, dict[str, bytes]]
) -> None:
    assert [path for path in staged[name] if OTHER[name] in path] == []


@every_provider
def test_a_package_holds_only_what_hosts_read(
    name: str, staged: dict[str, dict[str, bytes]]
) -> None:
    at_root = {path for path in staged[name] if "/" not in path}
    assert at_root == ROOT_FILES
    assert {path.partition("/")[0] for path in staged[name]} - ROOT_FILES <= FOLDERS


@every_provider
def test_a_package_is_under_a_mebibyte(name: str, staged: dict[str, dict[str, bytes]]) -> None:
    assert sum(map(len, staged[name].values())) < 1024**2


@every_provider
def test_every_model_of_a_provider_and_the_generic_ones_are_there(
    name: str, staged: dict[str, dict[str, bytes]]
) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for folder in (name, "generic")
        for path in ROOT.glob(f"models/*/{folder}/*.yaml")
    }
    assert {path for path in staged[name] if path.startswith("models/") and ".yaml" in path} == (
        expected
    )
    assert expected


@every_provider
def test_the_icons_are_those_of_the_declarations(
    name: str, staged: dict[str, dict[str, bytes]]
) -> None:
    declaration = yaml.safe_load((ROOT / f"provider/{name}.yaml").read_text("utf-8"))
    fields = [declaration[field] for field in declaration if field.startswith("icon_")]
    icons = {f"_assets/{file}" for field in fields for file in field.values()}
    assert {path for path in staged[name] if path.startswith("_assets/")} == icons


@every_provider
def test_files_are_those_of_the_tree_byte_for_byte(
    name: str, staged: dict[str, dict[str, bytes]]
) -> None:
    made = {".difyignore", "manifest.yaml", "pyproject.toml"}
    own = {"README.md": f"provider/README_{name}.md"}
    for path in staged[name].keys() - made:
        assert staged[name][path] == (ROOT / own.get(path, path)).read_bytes(), path


def copied(staged: dict[str, dict[str, bytes]], folder: Path) -> Path:
    """Lay out what both packages hold, with the tree's own manifest and project, as a tree."""
    files = staged["openai"] | staged["azure_openai"]
    names = [*files, *(f"provider/README_{name}.md" for name in OTHER)]
    for name in {*names, "_assets/icon_suite.svg"}:
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
    return folder


def test_what_is_packed_is_enough_to_pack_it_again(
    staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    again = read_tree(copied(staged, tmp_path))
    assert {provider.name: staged_files(again, provider) for provider in again.providers} == staged


MISSING = {
    "an icon": "_assets/icon_openai_dark.svg",
    "the README": "provider/README_openai.md",
    "the licence": "LICENSE",
    "the order of the models": "models/llm/openai/_position.yaml",
    "a module": "models/families.py",
    "the provider's source": "provider/openai.py",
}


@pytest.mark.parametrize("path", MISSING.values(), ids=MISSING.keys())
def test_a_missing_file_is_named(
    path: str, staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    root = copied(staged, tmp_path)
    (root / path).unlink()
    again = read_tree(root)
    with pytest.raises(PackagerFailure) as raised:
        source_files(again, again.providers[0])
    name = path if "families" not in path else "models.families"
    assert name in str(raised.value)


def test_models_that_are_declared_nowhere_are_missed(
    staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    root = copied(staged, tmp_path)
    for path in (root / "models/llm/openai").iterdir():
        path.unlink()
    again = read_tree(root)
    with pytest.raises(PackagerFailure, match=r"'models/llm/openai/\*\.yaml' is to be packed"):
        source_files(again, again.providers[0])


def test_a_readme_in_another_language_goes_where_dify_looks(
    staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    root = copied(staged, tmp_path)
    (root / "provider/README_openai_zh_Hans.md").write_text("你好", encoding="utf-8")
    again = read_tree(root)
    openai, azure = (source_files(again, provider) for provider in again.providers)
    assert openai.keys() - staged["openai"].keys() == {"readme/README_zh_Hans.md"}
    assert azure.keys() <= staged["azure_openai"].keys()


BROKEN = {
    "no manifest": ("manifest.yaml", None, "'manifest.yaml' cannot be read"),
    "no mapping": ("manifest.yaml", "- a", "holds no mapping"),
    "no YAML": ("manifest.yaml", "a: [", "cannot be read as YAML"),
    "no version": ("manifest.yaml", "name: a", "'manifest.yaml' cannot be packed: 'version'"),
    "no provider": ("provider/openai.yaml", None, "'provider/openai.yaml' cannot be read"),
    "no source": ("provider/openai.yaml", "provider: openai", "'provider/openai.yaml' cannot be"),
}


@pytest.mark.parametrize(("path", "text", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_declaration_that_cannot_be_used_is_named(
    path: str, text: str | None, words: str, staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    root = copied(staged, tmp_path)
    if text is None:
        (root / path).unlink()
    else:
        (root / path).write_text(text, encoding="utf-8")
    with pytest.raises(PackagerFailure) as raised:
        read_tree(root)
    assert words in str(raised.value)


def test_a_staged_folder_holds_the_package_and_what_debugging_needs(
    tree: Tree, staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    folder = tmp_path / "staged" / tree.providers[0].name
    write_folder(folder, {"old.py": b"", "old/deeper.py": b"", **staged["openai"]})
    (folder / ".venv").mkdir()
    (folder / ".env").write_text("INSTALL_METHOD=remote")
    write_folder(folder, staged["openai"])
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert files.pop(".env") == b"INSTALL_METHOD=remote"
    assert files == staged["openai"]
    assert (folder / ".venv").is_dir()
