"""The HTTP server: finds the app of a key, keeps what it was asked, sends what it answers."""

import json
import socketserver
import ssl
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Self

from fakes.dify_app.apps import DifyApp, Received
from fakes.dify_app.chat_messages import answer, existing_conversation, required_user
from fakes.dify_app.replies import Refusal, Reply, json_reply
from fakes.openai.json_types import JsonObject


class DifyServer:
    """A server on loopback, with a thread for each connection, while its `with` block lasts."""

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Listen on `port`, a free one by default, for `https` with `tls`."""
        self._apps: dict[str, DifyApp] = {}
        server = self

        class Handler(_Handler):
            dify = server

        self._server = _ThreadingServer(("127.0.0.1", port), Handler)
        self._scheme = "https" if tls else "http"
        if tls:  # each connection shakes hands in a thread of its own, when it is read
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the server listens, without `/v1`."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def serve(self, app: DifyApp) -> DifyApp:
        """Serve an app to its key, in place of any other that the key opened."""
        app.url = self.url
        self._apps[app.key] = app
        return app

    def find(self, key: str) -> DifyApp | None:
        """Return the app that a key opens."""
        return self._apps.get(key)


class _ThreadingServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    dify: DifyServer
    _left = False

    def do_POST(self) -> None:
        """Answer one request."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            reply = self._reply(content)
        except Refusal as refusal:
            reply = refusal.to_reply()
        self._send(reply)

    do_GET = do_DELETE = do_POST  # noqa: N815 - http.server's names

    def _reply(self, content: bytes) -> Reply:
        headers = {name.lower(): value for name, value in self.headers.items()}
        scheme, _, key = headers.get("authorization", "").partition(" ")
        app = self.dify.find(key) if scheme.lower() == "bearer" else None
        if app is None:
            # Source, controllers/service_api/wraps.py, `validate_and_get_api_token`.
            raise Refusal(401, "unauthorized", "Access token is invalid")
        body = _parse_object(content)
        app.received.append(Received(self.path, headers, body))
        # Behind a proxy, Dify may have a path of its own before `/v1`.
        match (self.command, *self.path.partition("/v1/")[2].split("/")):
            case "POST", "chat-messages":
                return app.take(Reply) or answer(app, body)
            case "POST", "chat-messages", task, "stop":
                return app.stop_reply or _stop(app, body, task)
            case "DELETE", "conversations", conversation:
                return _delete(app, body, conversation)
            case "GET", "end-users", user:
                return _describe_user(app, user)
            case "GET", "info":
                # Docs, openapi_service.json, Get App Info: what it is called, and no id.
                about = {"name": app.name, "description": "", "tags": [], "mode": app.mode}
                return json_reply(about | {"author_name": "Dify"})
        raise Refusal(404, "not_found", "There is no such path.")

    def _send(self, reply: Reply) -> None:
        """Send a reply; what is made while it is sent is made to its end, read or not."""
        self.send_response(reply.status)
        if reply.content_type is not None:
            self.send_header("content-type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status == HTTPStatus.NO_CONTENT:
            self.end_headers()
            return
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self._left = False
        for chunk in filter(None, reply.chunks):
            time.sleep(reply.pause)
            self._write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        time.sleep(reply.silence)
        if not reply.lost:
            self._write(b"0\r\n\r\n")
        self.close_connection |= reply.lost or self._left

    def _write(self, content: bytes) -> None:
        if not self._left:
            try:
                self.wfile.write(content)
            except OSError:
                self._left = True

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _parse_object(content: bytes) -> JsonObject:
    """Return a JSON body, an empty object where there is none."""
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "bad_request", "The body is not a JSON object.")
    return body


def _stop(app: DifyApp, body: JsonObject, identifier: str) -> Reply:
    """Stop a task of this user; succeed whatever became of it, and whosever it is.

    Docs, guides/end-user-identity.mdx, What `user` Scopes.
    """
    user = required_user(app, body)
    task = app.running.get(identifier)
    if task is not None and task.user == user:
        task.stopped.set()
    return json_reply({"result": "success"})


def _delete(app: DifyApp, body: JsonObject, identifier: str) -> Reply:
    """Forget a conversation: 204 (source, controllers/service_api/app/conversation.py)."""
    app.delete_conversation(existing_conversation(app, required_user(app, body), identifier))
    return Reply(status=204, content_type=None)


def _describe_user(app: DifyApp, identifier: str) -> Reply:
    """Tell who is behind an end user's id (docs, openapi_service.json, Get End User Info)."""
    user = app.find_user(identifier)
    if user is None:
        raise Refusal(404, "end_user_not_found", "End user not found.")
    told = {"id": user.id, "app_id": app.id, "type": "service_api", "session_id": user.session}
    return json_reply(told | {"external_user_id": user.session, "is_anonymous": False})
