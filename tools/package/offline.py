"""A package that carries its wheels, so that a host installs it without any network.

A host has two routes, and both must find the wheels alone: `uv sync --frozen` reads a uv.lock that
names them by relative paths; `uv pip install -r requirements.txt` reads `--no-index` and the
folder, also when the host's own command line names an index.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping

import httpx2
import tomli_w
import yaml

from tools.package.check.limits import PACKAGE_BYTES
from tools.package.errors import PackagerFailure
from tools.package.locking import lock_project
from tools.package.manifest import to_yaml
from tools.package.wheels import Machine, Wheel, choose_wheels

_FOLDER = "wheels"
_FIND_LINKS = f"./{_FOLDER}"
_TIMEOUT_SECONDS = 60.0


class WheelSource:
    """Fetches wheels and keeps them, since packages and machines share many of them."""

    def __init__(self) -> None:
        # Without a transport of our own, so that the proxies of the environment count, as for uv.
        self._client = httpx2.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=True)
        self._fetched: dict[str, bytes] = {}

    def __enter__(self) -> "WheelSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def fetch(self, wheel: Wheel) -> bytes:
        """Return the content of a wheel.

        Raises:
            PackagerFailure: it cannot be had, or is not what the lock says.
        """
        if wheel.sha256 not in self._fetched:
            self._fetched[wheel.sha256] = self._download(wheel)
        return self._fetched[wheel.sha256]

    def _download(self, wheel: Wheel) -> bytes:
        content = bytearray()
        try:
            with self._client.stream("GET", wheel.url) as response:
                response.raise_for_status()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > PACKAGE_BYTES:
                        break
        except httpx2.HTTPError as error:
            reason = str(error).partition("\n")[0] or type(error).__name__
            raise PackagerFailure(f"{wheel.filename} cannot be fetched: {reason}.") from error
        if hashlib.sha256(content).hexdigest() != wheel.sha256:
            raise PackagerFailure(
                f"{wheel.filename} is not the file that uv.lock names; build again."
            )
        return bytes(content)


def offline_files(
    files: Mapping[str, bytes], machine: Machine, source: WheelSource
) -> dict[str, bytes]:
    """Return the files of a package that carries the wheels of its lock for a machine.

    Raises:
        PackagerFailure: a wheel does not exist or cannot be had, or uv cannot lock them.
    """
    wheels = choose_wheels(files["uv.lock"].decode(), machine)
    carried = {f"{_FOLDER}/{wheel.filename}": source.fetch(wheel) for wheel in wheels}
    pyproject = offline_project(files["pyproject.toml"], machine)
    options = ("--offline", "--no-index", "--find-links", _FIND_LINKS)
    return {
        **files,
        **carried,
        "manifest.yaml": _manifest(files["manifest.yaml"], machine),
        "pyproject.toml": pyproject,
        "requirements.txt": offline_requirements(wheels),
        "uv.lock": lock_project({"pyproject.toml": pyproject, **carried}, *options),
    }


def offline_project(pyproject: bytes, machine: Machine) -> bytes:
    """Return a package's pyproject.toml with its wheels as the only place to look."""
    document = tomllib.loads(pyproject.decode())
    document["tool"]["uv"] = {
        "package": False,
        "no-index": True,
        "find-links": [_FIND_LINKS],
        # The wheels are for this machine alone; without it uv looks for those of all others.
        "environments": [machine.marker],
    }
    return tomli_w.dumps(document).encode()


def offline_requirements(wheels: Iterable[Wheel]) -> bytes:
    """Return the requirements.txt of wheels that lie in the package."""
    lines = ["--no-index", f"--find-links {_FIND_LINKS}"]
    lines += [f"{wheel.package}=={wheel.version}" for wheel in wheels]
    return "".join(f"{line}\n" for line in lines).encode()


def _manifest(manifest: bytes, machine: Machine) -> bytes:
    document = yaml.safe_load(manifest)
    document["meta"]["arch"] = [machine.name]
    return to_yaml(document)
