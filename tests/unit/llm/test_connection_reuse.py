"""Calls follow each other on one connection, streamed or not: a handshake is paid once."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

import pytest
from dify_plugin.entities.model.message import UserPromptMessage

from models.endpoints import openai_endpoint
from models.llm.generate import generate
from models.llm.invocation import Invocation

CHAT_PIECES = [
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "Hi"}}]},
    {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
COMPLETION = {
    "id": "c",
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}
    ],
}


@contextmanager
def counting_server() -> Iterator[tuple[str, list[str]]]:
    """Serve chat completions; gives the address and a list that grows with each connection."""
    connections: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @override
        def setup(self) -> None:
            connections.append(str(self.client_address))
            super().setup()

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            streamed = body.get("stream") is True
            content = json.dumps(COMPLETION).encode()
            if streamed:
                events = [f"data: {json.dumps(piece)}\n\n" for piece in CHAT_PIECES]
                content = "".join([*events, "data: [DONE]\n\n"]).encode()
            self.send_response(200)
            kind = "text/event-stream" if streamed else "application/json"
            self.send_header("content-type", kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))
            self.wfile.write(b"0\r\n\r\n")

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", connections
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_five_calls_need_one_connection(stream: bool) -> None:
    with counting_server() as (url, connections):
        credentials = {
            "openai_api_key": f"key-{stream}",
            "openai_api_base": url,
            "api_protocol": "chat",
        }
        endpoint = openai_endpoint.from_credentials("gpt-4o-mini", credentials)
        call = Invocation(
            model="gpt-4o-mini",
            messages=(UserPromptMessage(content="Hi"),),
            parameters={},
            tools=(),
            stop=(),
            stream=stream,
            user=None,
            app_id=None,
        )
        for _ in range(5):
            assert list(generate(call, endpoint))
    assert len(connections) == 1
