"""What a package needs to be installed: uv.lock, requirements.txt, and wheels to carry.

The pinned uv resolves, pip fetches; both need the package index. Settings of the machine that would
choose another index, other versions or another Python are kept from them, so that the same tree
gives the same files anywhere.

A package that carries its wheels is installed without any network, on both routes that a host has:
`uv sync --frozen` reads a uv.lock that names them by relative paths; `uv pip install -r
requirements.txt` reads `--no-index` and the folder, also when its command line names an index.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w
import yaml
from packaging.utils import parse_wheel_filename
from uv import find_uv_bin

from tools.package.errors import PackagerFailure
from tools.package.product import folder_files, to_yaml, write_folder

type Files = dict[str, bytes]

# These say how uv and pip work here, not what they find.
_KEPT_SETTINGS = frozenset(
    {"PIP_CERT", "UV_CACHE_DIR", "UV_HTTP_TIMEOUT", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"}
)
_PATIENCE_SECONDS = 600.0
# A file's size and time are in a lock if the index tells them, as not every copy of it does; its
# address and hash are what counts, and uv needs no more.
_TOLD_BY_SOME = re.compile(rb', (?:size = \d+|upload-time = "[^"]*")')
# The date chose the versions; the package's pyproject.toml, which must agree, does not state it.
_DATE = re.compile(rb'\[options\]\nexclude-newer = "[^"]*"\n\n')
# glibc 2.28 is that of RHEL 8 and Debian 10: a wheel that wants a newer one would not start there.
_GLIBC = range(28, 16, -1)
_FIND_LINKS = "./wheels"


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of machine that Dify's daemon runs on: Linux with glibc, CPython 3.12.

    name: as the manifest says it; platform: as Python says it.
    """

    name: str
    platform: str


MACHINES = (Machine("amd64", "x86_64"), Machine("arm64", "aarch64"))


def locked(files: Mapping[str, bytes], exclude_newer: str) -> Files:
    """Return a package's files with uv.lock and the requirements.txt that says the same.

    exclude_newer: the time after which releases are not looked at, RFC 3339.

    Raises:
        PackagerFailure: uv cannot resolve its pyproject.toml.
    """
    project = {"pyproject.toml": files["pyproject.toml"]}
    project["uv.lock"] = _lock(project, "--exclude-newer", exclude_newer)
    options = ("--frozen", "--no-dev", "--no-emit-project", "--no-hashes")
    return {**files, **_compiled(project, "export", *options)}


def with_wheels(files: Mapping[str, bytes], machine: Machine, exclude_newer: str) -> Files:
    """Return the files of a locked package with the wheels that it needs on a machine.

    Raises:
        PackagerFailure: there is no wheel of one of them for the machine, or it cannot be had.
    """
    wheels = _wheels(files["requirements.txt"], machine, exclude_newer)
    manifest = yaml.safe_load(files["manifest.yaml"])
    manifest["meta"]["arch"] = [machine.name]
    project = {"pyproject.toml": offline_project(files["pyproject.toml"], machine), **wheels}
    return {
        **files,
        **project,
        "manifest.yaml": to_yaml(manifest),
        "requirements.txt": offline_requirements(wheels),
        "uv.lock": _lock(project, "--offline", "--no-index", "--find-links", _FIND_LINKS),
    }


def offline_project(pyproject: bytes, machine: Machine) -> bytes:
    """Return a package's pyproject.toml with its wheels as the only place to look."""
    document = tomllib.loads(pyproject.decode())
    document["tool"]["uv"] = {
        "package": False,
        "no-index": True,
        "find-links": [_FIND_LINKS],
        # The wheels are for this machine alone; without it uv looks for those of all others.
        "environments": [
            "sys_platform == 'linux' and implementation_name == 'cpython'"
            f" and platform_machine == '{machine.platform}'"
        ],
    }
    return tomli_w.dumps(document).encode()


def offline_requirements(wheels: Iterable[str]) -> bytes:
    """Return the requirements.txt of wheels, by path, that lie in the package."""
    named = (parse_wheel_filename(path.rpartition("/")[2])[:2] for path in sorted(wheels))
    lines = ["--no-index", f"--find-links {_FIND_LINKS}"]
    lines += [f"{package}=={version}" for package, version in named]
    return "".join(f"{line}\n" for line in lines).encode()


def portable(lock: bytes) -> bytes:
    """Return a uv.lock without what one copy of an index tells and another does not."""
    return _DATE.sub(b"", _TOLD_BY_SOME.sub(b"", lock))


def _lock(files: Mapping[str, bytes], *options: str) -> bytes:
    return portable(with_uv(files, "lock", *options)["uv.lock"])


def _compiled(files: Mapping[str, bytes], *arguments: str) -> Files:
    plain = ("--no-header", "--no-annotate", "--output-file", "requirements.txt")
    return with_uv(files, *arguments, *plain)


def _wheels(requirements: bytes, machine: Machine, exclude_newer: str) -> Files:
    """Return the wheels of exact requirements, by their path in the package."""
    compiled = _compiled(
        {"exact.in": requirements},
        *("pip", "compile", "exact.in", "--no-deps", "--generate-hashes"),
        *("--exclude-newer", exclude_newer, "--python-version", "3.12"),
        *("--python-platform", f"{machine.platform}-manylinux_2_{_GLIBC.start}"),
    )
    platforms = (f"--platform=manylinux_2_{minor}_{machine.platform}" for minor in _GLIBC)
    what = ("--no-deps", "--only-binary=:all:", "--python-version=3.12", "--require-hashes")
    place = ("--dest=wheels", "--requirement=requirements.txt")
    pip = [sys.executable, "-m", "pip", "download", *what, *platforms, *place]
    fetched = _run("pip download", pip, compiled)
    return {path: content for path, content in fetched.items() if path.endswith(".whl")}


def with_uv(files: Mapping[str, bytes], *arguments: str) -> Files:
    """Run the pinned uv in a folder with these files; return those that are there afterwards.

    Raises:
        PackagerFailure: it failed; says why.
    """
    # Without --no-config a uv.toml of the machine would count.
    options = ("--quiet", "--no-config", "--python", sys.executable)
    return _run(f"uv {arguments[0]}", [find_uv_bin(), *arguments, *options], files)


def _run(what: str, command: list[str], files: Mapping[str, bytes]) -> Files:
    """Run a command in a folder with these files; return the files that are there afterwards."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_SETTINGS or not name.startswith(("UV_", "PIP_", "VIRTUAL_ENV"))
    }
    with tempfile.TemporaryDirectory() as name:
        write_folder(Path(name), files)
        try:
            subprocess.run(
                command,
                cwd=name,
                env={**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
                capture_output=True,
                timeout=_PATIENCE_SECONDS,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            reason = " ".join(error.stderr.decode(errors="replace").split())
            raise PackagerFailure(f"{what} failed: {reason}") from error
        return folder_files(Path(name))
