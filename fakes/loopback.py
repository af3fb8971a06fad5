"""An ASGI application on 127.0.0.1: one ready line on stdout, served until told to stop."""

import json
import os
import socket
import sys
import threading

import uvicorn

_LOOPBACK = "127.0.0.1"
_BACKLOG = 2048


def serve(config: uvicorn.Config, port: int, *, until_stdin_closes: bool) -> None:
    """Serve on a port, 0 for a free one, and say where as JSON.

    Raises OSError or OverflowError for a port that cannot be had.
    """
    server = uvicorn.Server(config)
    # Named as TCP: asyncio sends small pieces at once only on sockets that say so.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_LOOPBACK, port))
        listener.listen(_BACKLOG)
        if until_stdin_closes:
            threading.Thread(target=_stop_at_end_of_stdin, args=[server], daemon=True).start()
        url = f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
        print(json.dumps({"url": url}), flush=True)
        server.run(sockets=[listener])


def _stop_at_end_of_stdin(server: uvicorn.Server) -> None:
    """Stop the server when the parent is gone, so that nothing is left running."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    server.should_exit = True
