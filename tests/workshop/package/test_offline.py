"""An offline package looks nowhere but in itself, and its wheels are those of the lock."""

import hashlib
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from packaging.markers import Marker

from tools.package.errors import PackagerFailure
from tools.package.offline import WheelSource, offline_project, offline_requirements
from tools.package.wheels import MACHINES, Wheel

CONTENT = b"a wheel" * 1000
NAME = "a-1.0-py3-none-any.whl"


class _Files(BaseHTTPRequestHandler):
    """Answers with the wheel at its name, with more of it elsewhere, and counts."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        found = self.path != "/gone"
        content = CONTENT if self.path == f"/{NAME}" else CONTENT * 2
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def serving(asked: list[str]) -> Iterator[str]:
    """Serve on loopback and give the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Files", (_Files,), {"asked": asked}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wheel(url: str, content: bytes = CONTENT) -> Wheel:
    return Wheel("a", "1.0", url, hashlib.sha256(content).hexdigest())


def test_a_wheel_is_fetched_once() -> None:
    asked: list[str] = []
    with serving(asked) as address, WheelSource() as source:
        assert source.fetch(wheel(f"{address}/{NAME}")) == CONTENT
        assert source.fetch(wheel(f"{address}/{NAME}")) == CONTENT
    assert asked == [f"/{NAME}"]


@pytest.mark.parametrize("path", ["more", "gone"])
def test_another_file_in_its_place_is_refused(path: str) -> None:
    with (
        serving([]) as address,
        WheelSource() as source,
        pytest.raises(PackagerFailure, match=path),
    ):
        source.fetch(wheel(f"{address}/{path}"))


def test_a_source_that_cannot_be_reached_is_told() -> None:
    with serving([]) as address:
        closed = address
    with WheelSource() as source, pytest.raises(PackagerFailure, match=f"{NAME} cannot be fetched"):
        source.fetch(wheel(f"{closed}/{NAME}"))


def test_the_project_looks_nowhere_but_in_the_package(staged: dict[str, dict[str, bytes]]) -> None:
    before = staged["openai"]["pyproject.toml"]
    for machine in MACHINES:
        document = tomllib.loads(offline_project(before, machine).decode())
        assert document["project"] == tomllib.loads(before.decode())["project"]
        settings = document["tool"]["uv"]
        (marker,) = settings.pop("environments")
        assert settings == {"package": False, "no-index": True, "find-links": ["./wheels"]}
        holds = [Marker(marker).evaluate(other.environment) for other in MACHINES]
        assert holds == [other is machine for other in MACHINES]


def test_the_requirements_look_nowhere_but_in_the_package() -> None:
    wheels = [wheel("https://index.invalid/a.whl"), Wheel("b-c", "2", "", "")]
    assert offline_requirements(wheels).decode() == (
        "--no-index\n--find-links ./wheels\na==1.0\nb-c==2\n"
    )
