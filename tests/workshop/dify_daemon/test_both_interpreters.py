"""The same client in a plain interpreter and in one that gevent has patched."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_REPOSITORY = _HERE.parents[2]


@pytest.mark.parametrize("gevent", [False, True], ids=["plain", "gevent"])
def test_sessions_from_many_threads_do_not_block_the_interpreter(gevent: bool) -> None:
    completed = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(_HERE / "client_in_threads.py"), *(["--gevent"] if gevent else [])],
        env={"PYTHONPATH": str(_REPOSITORY), "PATH": ""},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr.decode()
    outcome = json.loads(completed.stdout)
    assert outcome["gevent"] is gevent
    assert outcome["answers"] == [f"app-{number} " * 5 for number in range(20)]
    assert outcome["released"] == "waiting released"
