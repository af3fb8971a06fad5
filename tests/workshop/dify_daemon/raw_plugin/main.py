"""A plugin without the SDK that writes to stdout exactly what its requests say.

A request's `data` may hold `say` (text for stderr), `write` (text for stdout, `%s` stands for the
session id), `report` (answer with the environment) and `sleep` (seconds without reading stdin).
RAW_PLUGIN_START chooses how it starts: `ready` (the default), `silent` (no heartbeat) or `broken`
(it exits).
"""

import json
import os
import sys
import time

_HEARTBEAT = '{"event": "heartbeat", "session_id": null, "data": {}}\n\n'
_REQUESTS_AT_MOST = 1000


def serve() -> None:
    """Answer requests until stdin closes."""
    for _ in range(_REQUESTS_AT_MOST):
        line = sys.stdin.readline()
        if not line:
            return
        request = json.loads(line)
        data = request["data"]
        sys.stderr.write(data.get("say", ""))
        sys.stderr.flush()
        sys.stdout.write(data.get("write", "").replace("%s", request["session_id"]))
        if "report" in data:
            _answer(request["session_id"], dict(os.environ))
        sys.stdout.flush()
        time.sleep(data.get("sleep", 0))


def _answer(session_id: str, result: dict[str, str]) -> None:
    for kind, data in (("stream", result), ("end", {})):
        event = {"event": "session", "session_id": session_id, "data": {"type": kind, "data": data}}
        sys.stdout.write(json.dumps(event) + "\n")


if __name__ == "__main__":
    start = os.environ.get("RAW_PLUGIN_START", "ready")
    if start == "broken":
        sys.exit("cannot start: a file is missing")
    if start == "ready":
        sys.stdout.write(_HEARTBEAT)
        sys.stdout.flush()
    serve()
