"""What stands between a Dify app and a model: Dify hands each call to the model plugin.

The local Dify app API calls a model over HTTP. Here that call becomes one to the plugin's process,
with the app's id and the end user's as the daemon gives them.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import assistant_message, user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.openai.json_types import JsonObject

_MODEL = "gpt-4o-mini"


@contextmanager
def dify_host(plugin: PluginProcess, credentials: JsonObject) -> Iterator[str]:
    """Serve models through the plugin; gives the address for a local Dify app's `model`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            text = _invoke(plugin, credentials, body)
            message = {"role": "assistant", "content": text}
            content = json.dumps({"choices": [{"index": 0, "message": message}]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _invoke(plugin: PluginProcess, credentials: JsonObject, body: JsonObject) -> str:
    caller = body["metadata"]
    target = ModelTarget(
        provider="openai", model=_MODEL, credentials=credentials, user_id=caller["dify_user"]
    )
    messages = [
        user_message(message["content"])
        if message["role"] == "user"
        else assistant_message(message["content"])
        for message in body["messages"]
    ]
    request = invoke_llm(target, messages, LLMOptions(stream=True))
    return read_llm_answer(plugin.open_session(request, app_id=caller["dify_app_id"])).text
