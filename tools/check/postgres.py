"""A PostgreSQL server of its own for as long as it is needed, from the wheel `pgserver`.

Only the wheel's programs are used. Its own way to run as root makes a user of the system and opens
folders to everyone; here they are copied to where an unprivileged user may read them.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools.check.errors import CheckFailure

_START_SECONDS = 60.0
_UNPRIVILEGED = "nobody"


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server on a socket in a folder of its own, and yield its address."""
    found = importlib.util.find_spec("pgserver")
    if found is None or not found.submodule_search_locations:
        raise CheckFailure("There is no PostgreSQL: install the group `postgres`.")
    package = Path(found.submodule_search_locations[0])
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as name:
        folder = Path(name)
        # The programs find their libraries beside the package.
        for part in ("pgserver/pginstall", "pgserver.libs"):
            shutil.copytree(package.parent / part, folder / part)
        user = _UNPRIVILEGED if os.geteuid() == 0 else None
        if user:
            folder.chmod(0o755)
            (data := folder / "data").mkdir(mode=0o700)
            account = pwd.getpwnam(user)
            for each in (data, folder):
                os.chown(each, account.pw_uid, account.pw_gid)
        programs = folder / "pgserver" / "pginstall" / "bin"
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "--auth=trust",
        ]
        subprocess.run(
            [*initdb, "--encoding=utf8", "--no-sync"],
            user=user,
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=_START_SECONDS,
        )
        server = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "", "-F"],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"postgresql://postgres@/postgres?host={folder}"
            _wait_for(server, address)
            yield address
        finally:
            server.terminate()  # it ends when the last connection does
            server.wait(_START_SECONDS)


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    ends_at = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < ends_at:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise CheckFailure("PostgreSQL did not start.")
