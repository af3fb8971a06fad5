"""Opens twenty-two sessions from many threads, for a run in an interpreter of its own.

With `--gevent` it imports the SDK first, which patches the interpreter as tests and demo do. One
session is silent until another thread has released it, which never happens where waiting for the
silent plugin blocks the whole interpreter. Prints as JSON whether gevent is in charge, and the
answers.
"""

import importlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

if "--gevent" in sys.argv:
    importlib.import_module("dify_plugin")

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session

_ECHO = Path(__file__).parents[3] / "fakes/echo_plugin"
_TARGET = ModelTarget(provider="echo", model="echo", credentials={})


def main() -> None:
    """Run the sessions and print the outcome."""
    # Only one heartbeat: another would end such a block.
    with PluginProcess(_ECHO, environment={"HEARTBEAT_INTERVAL": "3600"}) as plugin:

        def ask(text: str, app_id: str | None = None) -> Session:
            return plugin.open_session(invoke_llm(_TARGET, [user_message(text)]), app_id=app_id)

        def report(number: int) -> str:
            return read_llm_answer(ask("!app-id 5", f"app-{number}")).text

        with ThreadPoolExecutor(20) as executor:
            answers = list(executor.map(report, range(20)))
        silent = ask("!wait")
        Timer(0.1, ask, ["!release"]).start()
        released = read_llm_answer(silent).text
    outcome = {"gevent": "gevent.monkey" in sys.modules, "answers": answers, "released": released}
    sys.stdout.write(json.dumps(outcome))


if __name__ == "__main__":
    main()
