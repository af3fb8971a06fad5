"""Lines of libraries, warnings and faults that nobody caught tell their place and no value."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CANARY = "canary-of-a-value"
# As `main` begins; each line below it is one way in which a text could leave.
SCRIPT = f"""
import dify_plugin, logging, sys, threading, warnings
import gevent
from models.daemon import log
log.set_up()

def fail(*_):
    raise ValueError("{CANARY}")

class Kept:
    __del__ = fail

logging.getLogger("azure.identity").warning("refused: %s", "{CANARY}")
logging.getLogger("azure.identity").info("{CANARY}")
try:
    fail()
except ValueError:
    logging.getLogger("urllib3").exception("{CANARY}")
warnings.warn("{CANARY}")
gevent.spawn(fail).join()
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Kept()
logging.getLogger("models").info("ours %d %d", "{CANARY}")
logging.getLogger("models").info("ours")
"""


def test_nothing_but_our_own_lines_says_more_than_where_it_comes_from() -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert CANARY not in done.stdout + done.stderr
    assert done.stderr == ""
    events = [json.loads(line)["data"] for line in done.stdout.splitlines()]
    assert [(event["level"], event["message"].partition(" at ")[0]) for event in events] == [
        ("WARNING", "azure.identity"),
        ("ERROR", "urllib3"),
        ("WARNING", "py.warnings"),
        *[("ERROR", "A fault that nobody caught: ValueError")] * 3,
        ("INFO", "ours"),
    ]
    assert ": ValueError at <string>:16 <module> > <string>:8 fail" in events[1]["message"]
