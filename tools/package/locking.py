"""What the pinned uv makes of a pyproject.toml: uv.lock, and requirements.txt from it.

This needs the package index. Settings of the machine that would choose another index, other
versions or another Python are kept from uv, so that the same tree gives the same lock anywhere.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path

from uv import find_uv_bin

from tools.package.errors import PackagerFailure

# These say how uv works here, not what it finds.
_KEPT_SETTINGS = frozenset(
    {"UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_NATIVE_TLS", "UV_NO_CACHE", "UV_SYSTEM_CERTS"}
)
_PATIENCE_SECONDS = 600.0
# A file's size and time are in a lock if the index tells them, as not every copy of it does; its
# address and hash are what counts, and uv needs no more.
_TOLD_BY_SOME = re.compile(rb', (?:size = \d+|upload-time = "[^"]*")')
# The date chose the versions; the package's pyproject.toml, which must agree, does not state it.
_DATE = re.compile(rb'\[options\]\nexclude-newer = "[^"]*"\n\n')
_EXPORT = (
    *("--frozen", "--no-dev", "--no-emit-project"),
    *("--no-hashes", "--no-header", "--no-annotate"),
    *("--format", "requirements-txt"),
)


def lock_project(files: Mapping[str, bytes], *options: str) -> bytes:
    """Return the uv.lock of the pyproject.toml among `files`; others are what it refers to.

    Raises:
        PackagerFailure: uv is not there or cannot resolve it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = _laid_out(files, Path(name))
        _run_uv(folder, "lock", *options)
        return portable((folder / "uv.lock").read_bytes())


def export_requirements(pyproject: bytes, lock: bytes) -> bytes:
    """Return the requirements.txt that says the same as a lock.

    Raises:
        PackagerFailure: uv is not there or cannot read them.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = _laid_out({"pyproject.toml": pyproject, "uv.lock": lock}, Path(name))
        return _run_uv(folder, "export", *_EXPORT)


def portable(lock: bytes) -> bytes:
    """Return a uv.lock without what one copy of an index tells and another does not."""
    return _DATE.sub(b"", _TOLD_BY_SOME.sub(b"", lock))


def locked_packages(lock: bytes) -> int:
    """Count the packages in a lock, for any machine; the project itself is not one."""
    return len(tomllib.loads(lock.decode())["package"]) - 1


def _laid_out(files: Mapping[str, bytes], folder: Path) -> Path:
    for path, content in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def _run_uv(folder: Path, command: str, *options: str) -> bytes:
    try:
        ended = subprocess.run(
            # Without --no-config a uv.toml of the machine would count.
            [
                find_uv_bin(),
                command,
                "--quiet",
                "--no-config",
                "--python",
                sys.executable,
                *options,
            ],
            cwd=folder,
            env=_environment(),
            capture_output=True,
            timeout=_PATIENCE_SECONDS,
            check=True,
        )
    except FileNotFoundError as error:
        raise PackagerFailure("uv is not installed in this environment; run `uv sync`.") from error
    except subprocess.TimeoutExpired as error:
        raise PackagerFailure(f"uv {command} did not end in {_PATIENCE_SECONDS:.0f} s.") from error
    except subprocess.CalledProcessError as error:
        reason = " ".join(error.stderr.decode(errors="replace").removeprefix("error:").split())
        raise PackagerFailure(f"uv {command} failed: {reason}") from error
    return ended.stdout


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_SETTINGS or not name.startswith(("UV_", "PIP_", "VIRTUAL_ENV"))
    }
