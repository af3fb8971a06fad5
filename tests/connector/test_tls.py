"""A Dify behind TLS: whose certificate counts, and what is said of one that does not."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.server import DifyServer
from integrations.aigo.run_inference import DifyError, InputError
from tests.connector.dify_events import answer_events
from tests.connector.turns import KEY, ask, reply_of

AUTHORITY = trustme.CA()
PEM = AUTHORITY.cert_pem.bytes().decode()


def served(host: str) -> Iterator[DifyApp]:
    """Serve an app whose certificate is a private authority's, for `host`."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(host).configure_cert(tls)
    with DifyServer(tls=tls) as server:
        app = server.serve(DifyApp(key=KEY))
        app.plan(reply_of(*answer_events(), silence=3.0))
        yield app


@pytest.fixture
def private() -> Iterator[DifyApp]:
    """An app in a private network."""
    yield from served("127.0.0.1")


@pytest.fixture
def elsewhere() -> Iterator[DifyApp]:
    """An app whose certificate is for another host."""
    yield from served("dify.example")


@pytest.mark.parametrize("form", ["text", "one line", "file"])
def test_the_certificate_of_a_private_authority_can_be_given(
    private: DifyApp, form: str, tmp_path: Path
) -> None:
    path = tmp_path / "authority.pem"
    path.write_text(PEM, encoding="utf-8")
    given = {"text": PEM, "one line": PEM.replace("\n", "\\n"), "file": str(path)}[form]
    assert ask(private, ca_certificate=given).answer == "Sunny."


def test_a_silent_connection_meets_the_deadline_behind_tls_too(private: DifyApp) -> None:
    private.plan(reply_of(answer_events()[0], silence=3.0))
    with pytest.raises(DifyError, match=r"deadline \(`DIFY_TIMEOUT`\) passed"):
        ask(private, ca_certificate=PEM, timeout=0.5)


def test_a_certificate_that_nobody_vouches_for_is_named(private: DifyApp) -> None:
    with pytest.raises(DifyError) as raised:
        ask(private, retries=3)
    assert str(raised.value) == (
        "Dify's certificate is not trusted (unable to get local issuer certificate); "
        "`DIFY_CA_CERTIFICATE` takes that of a private authority."
    )


def test_a_certificate_for_another_host_is_named(elsewhere: DifyApp) -> None:
    with pytest.raises(
        DifyError, match=r"not trusted \(IP address mismatch, certificate is not valid"
    ):
        ask(elsewhere, ca_certificate=PEM)


def test_a_server_without_tls_is_named(dify: DifyApp) -> None:
    with pytest.raises(DifyError, match=r"does not speak TLS as expected \([A-Z_ ]+\); check"):
        ask(dify, url=dify.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/nowhere/authority.pem", "No such file"),
        ("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----", "it holds no certificate"),
        (__file__, "it holds no certificate"),
    ],
)
def test_what_is_no_certificate_is_refused(dify: DifyApp, given: str, told: str) -> None:
    dify.plan()
    with pytest.raises(InputError, match=f"`DIFY_CA_CERTIFICATE` cannot be used: {told}"):
        ask(dify, ca_certificate=given)
    assert dify.received == []
