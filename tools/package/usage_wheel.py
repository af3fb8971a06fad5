"""The usage report as a wheel, for people who have only the log: `uvx --from FILE dify-usage`.

A wheel and no single file: its dependencies are found by its metadata, on every system, and `uvx`
runs it without leaving anything behind. The tree lies below a package of its own, because top-level
modules called `tools` and `models` would be in the way of others.
"""

from pathlib import Path

import tomli_w
from packaging.requirements import Requirement

from tools.package.dependencies import Files, with_uv
from tools.package.product import Tree

_MODULE = "dify_app_usage"
_TREE = f"src/{_MODULE}/tree"
_PATTERNS = ("tools/usage/**/*", "models/catalogue/*")
_LEFT_OUT = frozenset({"forms.py", "schemas.py", "parameters.yaml", "labels.yaml"})
_USED = frozenset({"httpx2", "openai", "pydantic", "pyyaml"})
_START = b'''"""What each app used and what it costs: the command `dify-usage`."""

import sys
from pathlib import Path


def main() -> int:
    """Run the command of the tree below this folder."""
    sys.path.insert(0, str(Path(__file__).with_name("tree")))
    from tools.usage.__main__ import main as run

    return run()
'''


def usage_wheel(tree: Tree) -> tuple[str, bytes]:
    """Return the wheel and its file name. Raises PackagerFailure."""
    files = {
        f"{_TREE}/{path.relative_to(tree.root).as_posix()}": path.read_bytes()
        for pattern in _PATTERNS
        for path in tree.root.glob(pattern)
        if path.is_file() and path.suffix != ".pyc" and path.name not in _LEFT_OUT
    }
    files[f"src/{_MODULE}/__init__.py"] = _START
    files[f"{_TREE}/tools/__init__.py"] = b""  # ours prepares the other commands, too
    files["pyproject.toml"] = tomli_w.dumps(_project(tree)).encode()
    built: Files = with_uv(files, "build", "--wheel", "--out-dir", "built")
    (path,) = (path for path in built if path.endswith(".whl"))
    return Path(path).name, built[path]


def _project(tree: Tree) -> dict[str, object]:
    project, groups = tree.project["project"], tree.project["dependency-groups"]
    own = [text for text in project["dependencies"] if Requirement(text).name in _USED]
    return {
        "project": {
            "name": "dify-app-usage",
            "version": project["version"],
            "description": "What each Dify app used of OpenAI and Azure OpenAI, and what it costs",
            "requires-python": ">=3.12",
            "license": project["license"],
            "dependencies": [*own, *groups["usage"]],
            "scripts": {"dify-usage": f"{_MODULE}:main"},
        },
        "build-system": {"requires": ["uv_build>=0.13,<0.14"], "build-backend": "uv_build"},
    }
