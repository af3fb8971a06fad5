"""Microsoft's sign-in at the socket: a proxy on loopback that answers for its host, over TLS.

The plugin's process reaches it as any process behind a company's proxy would: by HTTPS_PROXY and a
certificate authority of its own in REQUESTS_CA_BUNDLE.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import trustme

HOST = "login.microsoftonline.com"


class SignInServer(ThreadingTCPServer):
    """Gives `token` for the right `secret` and remembers who asked for which scope.

    It quotes all that it was sent where it refuses, as no honest one does.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, authority: trustme.CA, *, secret: str, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(self.tls)
        self.secret = secret
        self.token = token
        self.asked: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(BaseHTTPRequestHandler):
    """A proxy's connection; after CONNECT it speaks TLS as the host that was asked for."""

    server: SignInServer
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")

    def do_GET(self) -> None:
        tenant = urlsplit(self.path).path.split("/")[1]
        base = f"https://{HOST}/{tenant}"
        self._answer(
            200,
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "metadata": [
                    {"preferred_network": HOST, "preferred_cache": HOST, "aliases": [HOST]}
                ],
            },
        )

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        sent = self.rfile.read(length).decode()
        form = {key: value[0] for key, value in parse_qs(sent).items()}
        self.server.asked.append({"client_id": form["client_id"], "scope": form["scope"]})
        if form["client_secret"] == self.server.secret:
            token = {"token_type": "Bearer", "expires_in": 3599, "access_token": self.server.token}
            self._answer(200, token)
        else:
            quoted = f"{sent} {form['client_secret']}"
            description = f"AADSTS7000215: Invalid client secret provided. {quoted}"
            self._answer(401, {"error": "invalid_client", "error_description": description})

    def finish(self) -> None:
        """Close the TLS socket as well: the server knows only the one beneath it."""
        super().finish()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test's output is the tests'."""

    def _answer(self, status: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


@contextmanager
def sign_in_server(folder: Path, *, secret: str, token: str) -> Iterator[SignInServer]:
    """Run the server; `folder` gets the authority to trust, `authority.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    with SignInServer(authority, secret=secret, token=token) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(timeout=5)
