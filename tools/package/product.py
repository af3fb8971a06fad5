"""What a provider's package is made of: the product's tree, less what is the other provider's.

Some Python files and YAML, the icons and one dependency belong to one provider alone; all the rest
is the same in both packages. A provider's README stands beside its YAML.
"""

import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import tomli_w
import yaml
from packaging.requirements import Requirement

type JsonObject = dict[str, Any]

PROVIDERS = ("openai", "azure_openai")

# fmt: off
_PRODUCT = (
    "main.py", "models/**/*.py", "models/**/*.yaml", "provider/*.py", "provider/*.yaml",
    "_assets/icon_*.svg", "_assets/*.wav", "PRIVACY.md", "LICENSE", "CHANGELOG.md",
)
_OWN_FILES = {
    "openai": (
        "provider/openai.*", "models/openai_model.py", "models/service/openai.py",
        "models/*/openai_*.py", "models/*/openai/*", "*/icon_openai*",
        # Azure has no such endpoint.
        "models/moderation/*",
    ),
    "azure_openai": (
        "provider/azure_*", "models/azure_openai_model.py", "models/service/azure*",
        "models/*/azure_openai_*.py", "*/icon_azure_openai*",
    ),
    "the bundle": ("*/icon_suite*",),
}
# fmt: on
_OWN_DEPENDENCIES = {"azure-identity": "azure_openai"}
# The model types that the daemon, the SDK and Dify all know, in the manifest's spelling.
_MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")
# Remote debugging needs these two in the folder; Dify's own CLI packs all that it is not told not
# to. With the list in the package, what the CLI packs has the checksum of ours.
_LEFT_BY_DEBUGGING = (".env", ".venv")
_IGNORED = "".join(f"{name}\n" for name in (*_LEFT_BY_DEBUGGING, "__pycache__")).encode()


@dataclass(frozen=True, slots=True)
class Tree:
    """The source tree. manifest, project: its manifest.yaml and pyproject.toml."""

    root: Path
    manifest: JsonObject
    project: JsonObject

    @property
    def exclude_newer(self) -> str:
        """The time after which releases of dependencies are not looked at, RFC 3339."""
        return str(self.project["tool"]["uv"]["exclude-newer"])

    def provider(self, name: str) -> JsonObject:
        """Read a provider's YAML."""
        return _read_yaml(self.root / "provider" / f"{name}.yaml")


def read_tree(root: Path) -> Tree:
    """Read what a tree says of itself. Raises OSError or yaml.YAMLError if it does not."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return Tree(root, _read_yaml(root / "manifest.yaml"), project)


def package_files(tree: Tree, provider: str) -> dict[str, bytes]:
    """Return the files of a provider's package by path, but for uv.lock and requirements.txt."""
    others = [pattern for owner, own in _OWN_FILES.items() if owner != provider for pattern in own]
    paths = {
        path.relative_to(tree.root).as_posix(): path
        for pattern in _PRODUCT
        for path in tree.root.glob(pattern)
    }
    return {
        **{
            name: path.read_bytes()
            for name, path in paths.items()
            if not any(fnmatch(name, pattern) for pattern in others)
        },
        "README.md": (tree.root / "provider" / f"README_{provider}.md").read_bytes(),
        ".difyignore": _IGNORED,
        "manifest.yaml": to_yaml(_manifest(tree, provider)),
        "pyproject.toml": tomli_w.dumps(_project(tree, provider)).encode(),
    }


def to_yaml(document: JsonObject) -> bytes:
    """Write a document so that YAML 1.1 and 1.2 readers find the same strings in it."""
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


def uncommitted(root: Path) -> list[str]:
    """Return which files that are packed are not as in the last commit; none outside a clone."""
    taken = (*_PRODUCT, "provider/README_*.md", "manifest.yaml", "pyproject.toml")
    command = ("git", "status", "--porcelain", "--untracked-files=all", "--")
    try:
        told = subprocess.run(
            (*command, *(f":(glob){pattern}" for pattern in taken)),
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return [line[3:] for line in told.stdout.splitlines()]


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder hold exactly these files, and what remote debugging keeps there."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name in _LEFT_BY_DEBUGGING:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def folder_files(folder: Path) -> dict[str, bytes]:
    """Return what Dify's own packer takes from a folder: all but the names in .difyignore."""
    listed = folder / ".difyignore"
    ignored = set(listed.read_text("utf-8").splitlines() if listed.is_file() else ())
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in paths.items()
        if ignored.isdisjoint(name.parts)
    }


def _manifest(tree: Tree, name: str) -> JsonObject:
    """Return the tree's manifest with one provider that lends it its name and its looks."""
    provider = tree.provider(name)
    offered = {model_type.replace("-", "_") for model_type in provider["supported_model_types"]}
    permission = {"enabled": True, **{kind: kind in offered for kind in _MODEL_TYPES}}
    return {
        **tree.manifest,
        "name": name,
        "label": provider["label"],
        "description": provider["description"],
        "icon": provider["icon_small"]["en_US"],
        "icon_dark": provider["icon_small_dark"]["en_US"],
        "resource": {**tree.manifest["resource"], "permission": {"model": permission}},
        "plugins": {"models": [f"provider/{name}.yaml"]},
    }


def _project(tree: Tree, provider: str) -> JsonObject:
    """Return a package's pyproject.toml: what uv needs to install it, and nothing else.

    No groups, no build system: a host runs `uv sync` in the folder and must not build it. No
    `exclude-newer` either, though the lock is made with it: a host whose index tells no upload
    times, as many mirrors do, would find no version of anything.
    """
    project = tree.project["project"]
    return {
        "project": {
            "name": f"dify-{provider}".replace("_", "-"),
            "version": tree.manifest["version"],
            "description": tree.provider(provider)["description"]["en_US"],
            "readme": "README.md",
            "license": project["license"],
            "requires-python": project["requires-python"],
            "dependencies": [
                dependency
                for dependency in project["dependencies"]
                if _OWN_DEPENDENCIES.get(Requirement(dependency).name, provider) == provider
            ],
        },
        "tool": {"uv": {"package": False}},
    }


def _read_yaml(path: Path) -> JsonObject:
    document: JsonObject = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return document
