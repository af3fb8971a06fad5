"""The command: serves one app on loopback until it is told to stop, to try a client by hand."""

import argparse
import json
import signal
import threading

from fakes.dify_app.apps import DifyApp, Mode
from fakes.dify_app.server import DifyServer


def main() -> None:
    """Serve; the only line on stdout says where, and which key opens the app."""
    parser = argparse.ArgumentParser(
        prog="python -m fakes.dify_app", description="A local Dify app on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, default=0, help="port; a free one by default")
    parser.add_argument("--key", default="app-me", help="the app's key; app-me by default")
    parser.add_argument("--mode", type=Mode, default=Mode.CHAT, help=", ".join(Mode))
    arguments = parser.parse_args()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        listening = DifyServer(arguments.port)
    except (OSError, OverflowError) as error:
        port = f"port {arguments.port} cannot be had ({error})"
        parser.exit(1, f"fakes.dify_app: {port}; name another with --port.\n")
    with listening as server:
        app = server.serve(DifyApp(arguments.mode, arguments.key))
        print(json.dumps({"url": f"{app.url}/v1", "key": app.key, "mode": app.mode}), flush=True)
        stopped.wait()


if __name__ == "__main__":
    main()
