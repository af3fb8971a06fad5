"""Debian's Chromium, installed where it is missing, and driven by Playwright."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tools.check.errors import CheckFailure

_PACKAGES = ("chromium", "fonts-dejavu-core")
_INSTALL_SECONDS = 300
# It may reach nothing, and needs no machine of its own.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser without a window, on a profile of its own, and end it."""
    executable = _installed()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _installed() -> str:
    if found := shutil.which("chromium"):
        return found
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise CheckFailure(
            "there is no `chromium` on PATH, and only root on Debian can have it installed here: "
            "install Chromium and run the check again."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *_PACKAGES]
    for command in (["apt-get", "update", "-q"], install):
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            raise CheckFailure(f"`{' '.join(command)}` failed: {' '.join(said)}")
    return shutil.which("chromium") or str(Path("/usr/bin/chromium"))
