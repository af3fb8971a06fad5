"""The packages of this repository hold what each provider needs, and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.workshop.package.conftest import ROOT, Files
from tools.package.product import PROVIDERS, folder_files, to_yaml, write_folder

every_provider = pytest.mark.parametrize("name", PROVIDERS)

TOP = """
.difyignore CHANGELOG.md LICENSE PRIVACY.md README.md main.py manifest.yaml pyproject.toml
_assets/one_second.wav
"""
ICONS = """
_assets/icon_{name}.svg _assets/icon_{name}_dark.svg _assets/icon_{name}_large.svg
_assets/icon_{name}_large_dark.svg
"""


def belongs_to(path: str, name: str) -> bool:
    """Say whether a file of the product is one provider's: its name tells, but for two kinds."""
    if path.startswith("models/catalogue/"):
        return True  # Azure's models are OpenAI's, and a gateway's name may be either's.
    if "azure" in path:
        return name == "azure_openai"
    # Azure has no endpoint for moderation.
    if path.startswith("models/moderation/"):
        return name == "openai"
    # The official client is OpenAI's, and serves both.
    return name == "openai" or not re.search(r"(^|/)openai(_|/|\.)", path)


MADE = {".difyignore", "manifest.yaml", "pyproject.toml"}
OFFERED = {
    "openai": {"llm", "text_embedding", "moderation", "speech2text", "tts"},
    "azure_openai": {"llm", "text_embedding", "speech2text", "tts"},
}
MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")


@every_provider
def test_a_package_holds_exactly_these_files(name: str, staged: dict[str, Files]) -> None:
    product = [
        path.relative_to(ROOT).as_posix()
        for folder in ("models", "provider")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yaml"}
    ]
    assert len(product) > 100
    expected = [path for path in product if belongs_to(path, name)]
    expected += (TOP + ICONS.format(name=name)).split()
    assert sorted(staged[name]) == sorted(expected)


@every_provider
def test_files_are_those_of_the_tree_byte_for_byte(name: str, staged: dict[str, Files]) -> None:
    own = {"README.md": f"provider/README_{name}.md"}
    for path in staged[name].keys() - MADE:
        assert staged[name][path] == (ROOT / own.get(path, path)).read_bytes(), path


@every_provider
def test_every_module_that_a_package_imports_is_in_it(name: str, staged: dict[str, Files]) -> None:
    imports = re.compile(r"^\s*(?:from|import) ((?:models|provider)[\w.]*)(?: import (\w+))?", re.M)
    for path, content in staged[name].items():
        for module, member in imports.findall(content.decode() if path.endswith(".py") else ""):
            stem = module.replace(".", "/")
            inside = f"{stem}/__init__.py" in staged[name]
            assert f"{stem}/{member}.py" if inside else f"{stem}.py" in staged[name], (path, module)


@every_provider
def test_the_manifest_is_made_of_the_two_declarations(name: str, staged: dict[str, Files]) -> None:
    root = yaml.safe_load((ROOT / "manifest.yaml").read_text("utf-8"))
    declared = yaml.safe_load((ROOT / f"provider/{name}.yaml").read_text("utf-8"))
    permission = {"enabled": True, **{kind: kind in OFFERED[name] for kind in MODEL_TYPES}}
    assert yaml.safe_load(staged[name]["manifest.yaml"]) == {
        **root,
        "name": declared["provider"],
        "label": declared["label"],
        "description": declared["description"],
        "icon": f"icon_{name}.svg",
        "icon_dark": f"icon_{name}_dark.svg",
        "resource": {"memory": 268435456, "permission": {"model": permission}},
        "plugins": {"models": [f"provider/{name}.yaml"]},
    }


@every_provider
def test_the_project_says_only_what_uv_needs(name: str, staged: dict[str, Files]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = yaml.safe_load((ROOT / f"provider/{name}.yaml").read_text("utf-8"))
    left_out = () if name == "azure_openai" else ("azure-identity",)
    assert tomllib.loads(staged[name]["pyproject.toml"].decode()) == {
        "project": {
            "name": f"dify-{name.replace('_', '-')}",
            "version": project["version"],
            "description": declared["description"]["en_US"],
            "readme": "README.md",
            "license": project["license"],
            "requires-python": project["requires-python"],
            "dependencies": [
                dependency
                for dependency in project["dependencies"]
                if not dependency.startswith(left_out)
            ],
        },
        "tool": {"uv": {"package": False}},
    }


def test_texts_that_look_like_something_else_stay_texts() -> None:
    document = {"a": "2026-11-21T00:00:00Z", "b": "3.12", "c": "yes", "e": ["模型", "on"], "f": 5}
    assert to_yaml(document).decode() == (
        "a: '2026-11-21T00:00:00Z'\nb: '3.12'\nc: 'yes'\ne:\n- 模型\n- 'on'\nf: 5\n"
    )


def test_a_staged_folder_holds_the_package_and_what_debugging_needs(
    staged: dict[str, Files], tmp_path: Path
) -> None:
    folder = tmp_path / "staged"
    write_folder(folder, {"old.py": b"", "old/deeper.py": b"", **staged["openai"]})
    (folder / ".venv").mkdir()
    (folder / ".env").write_text("INSTALL_METHOD=remote")
    write_folder(folder, staged["openai"])
    assert (folder / ".env").read_text() == "INSTALL_METHOD=remote"
    assert (folder / ".venv").is_dir()
    # Dify's own packer leaves the two out, and so packs what we do.
    assert folder_files(folder) == staged["openai"]
