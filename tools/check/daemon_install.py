"""Install a package as the Dify daemon does: unpack it, make its environment, fill it.

Follows dify-plugin-daemon 0.6.10, internal/core/local_runtime: the commands, their order and the
environment that they see.
"""

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import uv

from tools.check.errors import CheckFailure
from tools.package.archive import read_archive
from tools.package.product import write_folder

type Route = Literal["pyproject", "requirements"]

_SECONDS = 600  # the daemon's own limit for an environment
_NO_PROXY_ANSWERS = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed package: its folder and its interpreter."""

    directory: Path
    python: Path


def install(
    package: Path, directory: Path, *, route: Route, cache: Path, network: bool = True
) -> Installation:
    """Unpack a package into a new directory and install what it needs.

    With `requirements` the daemon has a package index of its own configured; it then prefers
    requirements.txt. Without `network` every way out is closed while it installs.

    Raises:
        CheckFailure: a command failed; its last words are quoted.
    """
    write_folder(directory, read_archive(package.read_bytes()).files)
    environment = directory / ".venv"
    installation = Installation(directory, environment / "bin/python")
    if route == "pyproject":
        fill = ["sync", "--no-dev", "--frozen"]
    else:
        # Offline the index option leads nowhere: the package's own wheels have to be enough.
        index = [] if network else ["-i", f"{_NO_PROXY_ANSWERS}/simple"]
        fill = ["pip", "install", *index, "-r", "requirements.txt"]
    for arguments in (["venv", str(environment), "--python", "3.12"], fill):
        command = [uv.find_uv_bin(), *arguments]
        _run(command if network else [*_without_network(), *command], installation, cache)
    _run([str(installation.python), "-m", "compileall", "-q", "-x", ".venv", "."], installation)
    _run([str(installation.python), "-c", "import dify_plugin"], installation)
    return installation


def machine() -> str:
    """Return this machine's architecture as a Dify manifest names it."""
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def _without_network() -> list[str]:
    """Return what cuts a command off: a network namespace of its own where that is allowed."""
    unshare = shutil.which("unshare")
    if unshare is not None:
        cut = [unshare, "--map-root-user", "--net"]
        allowed = subprocess.run([*cut, "true"], capture_output=True, check=False)
        if allowed.returncode == 0:
            return cut
    proxies = [f"{name}={_NO_PROXY_ANSWERS}" for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")]
    return ["env", *proxies]


def _run(command: list[str], installation: Installation, cache: Path | None = None) -> None:
    # The daemon hands on little more than this; what an operator's shell sets must not help.
    environment = {
        # The daemon's container has Python 3.12 on its PATH; nothing is downloaded for it.
        "PATH": f"{sys.base_exec_prefix}/bin:{os.environ.get('PATH', '')}",
        "UV_PYTHON_DOWNLOADS": "never",
        "VIRTUAL_ENV": str(installation.directory / ".venv"),
        **{name: os.environ[name] for name in ("SSL_CERT_FILE",) if name in os.environ},
        **({"UV_CACHE_DIR": str(cache)} if cache else {}),
    }
    result = subprocess.run(
        command,
        cwd=installation.directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if result.returncode:
        words = " ".join((result.stderr or result.stdout).split())[-600:]
        raise CheckFailure(f"`{' '.join(command[:6])}` failed in {installation.directory}: {words}")
