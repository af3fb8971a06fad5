"""The processor time of another process, with the resolution of the scheduler."""

import time

_ALL_THREADS = 2  # CPUCLOCK_SCHED for a whole process, linux/posix-timers.h


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process; /proc/PID/stat would count in steps of 10 ms.

    Raises:
        OSError: there is no such process.
    """
    # clock_getcpuclockid(3) of the C library computes the same number.
    return time.clock_gettime_ns((~pid << 3) | _ALL_THREADS) / 1e9
