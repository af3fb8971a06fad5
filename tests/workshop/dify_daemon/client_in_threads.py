"""Opens twenty sessions from twenty threads, for a run in an interpreter of its own.

With `--gevent` it imports the SDK first, which patches the interpreter as tests and demo do.
Prints, as JSON, whether gevent is in charge, the answers, and the longest gap of a clock that ticks
in another thread meanwhile: a reader that blocks the whole interpreter stops that clock.
"""

import importlib
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if "--gevent" in sys.argv:
    importlib.import_module("dify_plugin")

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget, invoke_llm

_TARGET = ModelTarget(provider="echo", model="echo-1", credentials={})
_TICK_SECONDS = 0.01


class Clock:
    """Ticks in a thread and remembers the longest time between two ticks, in seconds."""

    def __init__(self) -> None:
        self.longest_gap = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick)

    def start(self) -> None:
        """Start ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop ticking."""
        self._stop.set()
        self._thread.join()

    def _tick(self) -> None:
        before = time.monotonic()
        while not self._stop.wait(_TICK_SECONDS):
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - before)
            before = now


def main() -> None:
    """Run the sessions and print the outcome."""
    with PluginProcess(Path(__file__).parent / "echo_plugin") as plugin:

        def ask(number: int) -> str:
            request = invoke_llm(_TARGET, [user_message("!app-id 5")])
            return read_llm_answer(plugin.open_session(request, app_id=f"app-{number}")).text

        clock = Clock()
        clock.start()
        silent = plugin.open_session(invoke_llm(_TARGET, [user_message("!pause 0.5")]))
        with ThreadPoolExecutor(20) as executor:
            answers = list(executor.map(ask, range(20)))
        paused = read_llm_answer(silent).text
        clock.stop()
    outcome = {
        "gevent": "gevent.monkey" in sys.modules,
        "answers": answers,
        "paused": paused,
        "longest_gap": clock.longest_gap,
    }
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
