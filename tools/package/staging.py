"""A package's files before uv: made from the tree alone, without a network, and laid out."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.package.declaration import Provider, Tree
from tools.package.manifest import package_manifest, to_yaml
from tools.package.project import package_project
from tools.package.sources import source_files

# Remote debugging needs these two in the folder; Dify's own CLI packs all that it is not told not
# to. With the list in the package, what the CLI packs has the checksum of ours.
_LEFT_BY_DEBUGGING = (".env", ".venv")
_IGNORED = "".join(f"{name}\n" for name in (*_LEFT_BY_DEBUGGING, "__pycache__")).encode()


def staged_files(tree: Tree, provider: Provider) -> dict[str, bytes]:
    """Return the files of a provider's package, but for uv.lock and requirements.txt.

    Raises:
        PackagerFailure: the tree lacks something, or has it otherwise than a package needs it.
    """
    files = source_files(tree, provider)
    return {
        **files,
        ".difyignore": _IGNORED,
        "manifest.yaml": to_yaml(package_manifest(tree, provider)),
        "pyproject.toml": package_project(tree, provider, files),
    }


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
