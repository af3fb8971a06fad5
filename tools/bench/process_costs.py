"""What another process has cost so far: processor time and memory."""

import re
import time
from pathlib import Path
from typing import Literal

from tools.bench.errors import BenchFailure

_ALL_THREADS = 2  # CPUCLOCK_SCHED for a whole process, linux/posix-timers.h


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
