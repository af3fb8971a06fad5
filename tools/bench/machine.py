"""What numbers are measured on and with: the machine, the libraries, what a process has cost."""

import json
import os
import platform
import re
import resource
import subprocess
import time
from pathlib import Path
from typing import Literal

from tools.bench.errors import BenchFailure

_LIBRARIES = ("dify_plugin", "openai", "httpx", "httpx2", "gevent", "pydantic")
_ALL_THREADS = 2  # CPUCLOCK_SCHED for a whole process, linux/posix-timers.h
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


def allow_descriptors() -> int:
    """Let this process and its children open as many files and sockets as they may: how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


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


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process; /proc/PID/stat would count in steps of 10 ms.

    Raises:
        OSError: there is no such process.
    """
    # clock_getcpuclockid(3) of the C library computes the same number.
    return time.clock_gettime_ns((~pid << 3) | _ALL_THREADS) / 1e9


def memory_mib(pid: int, field: Literal["VmRSS", "VmHWM"]) -> float:
    """Return the memory that a process uses now, or the most that it ever used."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise BenchFailure(f"The system does not tell {field} of a process.")
    return int(found[1]) / 1024
