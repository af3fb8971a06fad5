"""The machine and the libraries that numbers were measured with."""

import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

_LIBRARIES = ("dify_plugin", "openai", "httpx", "httpx2", "gevent", "pydantic")
_VERSIONS = """
import importlib.metadata, json, platform, sys
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def describe_machine() -> dict[str, str]:
    """Return what the speed of this machine depends on."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    processor = re.search(r"^model name\s*: (.*)$", processors, re.MULTILINE)
    return {
        "cpus": str(len(os.sched_getaffinity(0))),
        "processor": processor[1] if processor else platform.machine(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load_at_start": f"{os.getloadavg()[0]:.2f}",
    }


def library_versions(python: Path) -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide a plugin's speed."""
    told = subprocess.run(
        [python, "-c", _VERSIONS, *_LIBRARIES], capture_output=True, text=True, check=True
    )
    return dict(json.loads(told.stdout))


def reference_loop_ms() -> float:
    """Return the time of a fixed piece of work: how it varies is how noisy the machine was."""
    started = time.perf_counter()
    total = 0
    for number in range(200_000):
        total += number * number % 7
    return (time.perf_counter() - started) * 1e3
