"""Names that take long to be looked up do not stop what other work the threads have."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# Forty look-ups that hang, then a piece of work for the event loop's own threads.
SCRIPT = """
import gevent, main
from gevent import get_hub, monkey
hang = monkey.get_original("time", "sleep")
for _ in range(40):
    gevent.spawn(get_hub().resolver.pool.apply, hang, (30,))
gevent.sleep(0.2)
print("worked", get_hub().threadpool.apply(len, ("four",)), flush=True)
import os
os._exit(0)
"""


def test_look_ups_that_hang_leave_other_work_its_threads() -> None:
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=25,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "worked 4"
