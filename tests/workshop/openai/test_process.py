"""The process: its ready line, how it stops, what it leaves behind."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from fakes.openai.process import ServiceFailure, ServiceProcess
from tests.workshop.openai.client import ServiceClient

REPOSITORY = Path(__file__).parents[3]
STOP_SECONDS = 5


def _start(*arguments: str, directory: Path | None = None) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "fakes.openai", *arguments]
    environment = {"TMPDIR": str(directory)} if directory else None
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("way", ["SIGTERM", "SIGINT", "stdin"])
def test_it_stops_when_told_and_leaves_nothing(tmp_path: Path, way: str) -> None:
    with _start("--until-stdin-closes", directory=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        ready = json.loads(process.stdout.readline())
        assert list(ready) == ["url"]
        assert httpx2.get(f"{ready['url']}/v1/models").status_code == 401
        assert len(list(tmp_path.iterdir())) == 1
        if way == "stdin":
            process.stdin.close()
        else:
            process.send_signal(getattr(signal, way))
        assert process.wait(STOP_SECONDS) == 0
        assert process.stdout.read() == b""
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert list(tmp_path.iterdir()) == []


def test_it_stops_while_a_request_waits() -> None:
    with ServiceProcess() as service, httpx2.Client(trust_env=False) as http:
        client = ServiceClient(service.new_account(plan=[{"fault": "timeout"}]), http)
        with pytest.raises(httpx2.ReadTimeout):
            client.send("POST", f"{service.url}/v1/responses", json={}, timeout=0.1)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{service.url}/v1/models")


def test_it_starts_with_the_port_accounts_and_recordings_that_it_is_given(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    exchange = {"response": {"status": 200, "headers": {}, "body": {"id": "mine"}}}
    (tmp_path / "own.json").write_text(json.dumps({"exchange": [exchange]}))
    given = ("--port", str(port), "--account", "sk-one", "--account", "sk-two")
    with (
        ServiceProcess(*given, "--recordings", str(tmp_path)) as service,
        httpx2.Client(base_url=service.url) as http,
    ):
        assert service.url == f"http://127.0.0.1:{port}"
        for key in ("sk-one", "sk-two"):
            headers = {"authorization": f"Bearer {key}"}
            assert http.get("/v1/models", headers=headers).status_code == 200
        client = ServiceClient(service.new_account(plan=[{"recording": "own"}]), http)
        assert client.generate("chat").json() == {"id": "mine"}


def test_a_database_outlives_the_process(tmp_path: Path) -> None:
    database = ("--database", str(tmp_path / "kept.db"))
    with ServiceProcess(*database) as service, httpx2.Client(base_url=service.url) as http:
        client = ServiceClient(service.put_account("sk-kept"), http)
        stored = client.generate("responses").json()["id"]
    with ServiceProcess(*database) as service, httpx2.Client(base_url=service.url) as http:
        client = ServiceClient(service.put_account("sk-kept"), http)
        assert client.get(f"/v1/responses/{stored}").json()["id"] == stored


def test_a_start_that_fails_is_reported() -> None:
    with (
        ServiceProcess("--port", "-1") as service,
        pytest.raises(ServiceFailure, match="did not start; it says: "),
    ):
        service.new_account()


def test_it_imports_nothing_of_the_plugin_and_of_openai() -> None:
    modules = "import sys; import fakes.openai.__main__, fakes.openai.process; print(*sys.modules)"
    listed = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", modules], cwd=REPOSITORY, capture_output=True, check=True, text=True
    )
    roots = {name.split(".")[0] for name in listed.stdout.split()}
    assert not roots & {"models", "provider", "openai", "dify_plugin", "gevent"}
