"""A sign-in without a key: what a form has to hold, and what of it reaches Microsoft Entra."""

import sys
from itertools import chain, repeat
from pathlib import Path

import pytest
import trustme
from dify_plugin.errors.model import InvokeBadRequestError

from models.failures.failure import Kind, ServiceError
from models.service import azure_sign_in
from models.service.attempts import Deadline
from tests.unit.endpoints import DATED, V1, azure_at
from tests.wire import sign_in_server
from tests.wire.raw_server import CLOSED, HELD_OPEN, bomb, raw_server

PRINCIPAL = {
    "auth_method": "entra_id_service_principal",
    "azure_tenant_id": "a-tenant",
    "azure_client_id": "a-client",
    "azure_client_secret": "a-secret",
}
CERTIFICATE = {**PRINCIPAL, "auth_method": "entra_id_client_certificate"}
MANAGED = {"auth_method": "managed_identity"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({}, {}),
        ({**PRINCIPAL, "auth_method": "api_key"}, {}),
        (PRINCIPAL, PRINCIPAL),
        ({**PRINCIPAL, "azure_client_secret": " a-secret ", "azure_scope": " "}, PRINCIPAL),
        (
            {
                **MANAGED,
                "managed_identity_client_id": "an-identity",
                "azure_client_id": "of another method",
                "azure_client_secret": "of another method",
            },
            {**MANAGED, "managed_identity_client_id": "an-identity"},
        ),
        (MANAGED, MANAGED),
        (
            {**PRINCIPAL, "azure_authority": "login.microsoftonline.us", "azure_scope": "s"},
            {**PRINCIPAL, "azure_authority": "login.microsoftonline.us", "azure_scope": "s"},
        ),
    ],
)
def test_a_method_reads_its_own_fields(written: dict[str, str], read: dict[str, str]) -> None:
    assert azure_sign_in.settings(written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({**PRINCIPAL, "azure_tenant_id": " "}, r"the Directory \(tenant\) ID is empty; enter it"),
        ({**PRINCIPAL, "azure_client_secret": ""}, "the client secret is empty"),
        (CERTIFICATE, "the client certificate is empty"),
        (
            {"auth_method": "entra_id_client_certificate", "azure_tenant_id": "t"},
            r"the Application \(client\) ID and the client certificate are empty; enter them",
        ),
    ],
)
def test_every_missing_field_is_named(written: dict[str, str], said: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=said):
        azure_at(**written)


def test_a_sign_in_sends_no_key_and_makes_a_connection_of_its_own() -> None:
    for base in (DATED, V1):
        endpoint = azure_at(base, **PRINCIPAL)
        assert not {"api-key", "authorization"} & set(endpoint.connection.http.headers)
        for change in ({"azure_client_id": "b"}, {"azure_scope": "s"}, {"azure_authority": "a"}):
            assert azure_at(base, **PRINCIPAL | change).connection is not endpoint.connection


@pytest.mark.parametrize(
    ("authority", "scope", "asked"),
    [
        ("", "", "https://cognitiveservices.azure.com/.default"),
        ("login.microsoftonline.us", "https://cognitiveservices.azure.us/.default", None),
    ],
)
def test_the_clouds_authority_is_asked_for_its_scope_once(
    authority: str,
    scope: str,
    asked: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sign_in_server, "HOST", authority or sign_in_server.HOST)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    sign_in = {**PRINCIPAL, "azure_authority": authority, "azure_scope": scope}
    with sign_in_server.sign_in_server(tmp_path, secret="a-secret", token="a-token") as server:
        token = azure_sign_in.token_provider(azure_sign_in.settings(sign_in), server.url)
        assert [token(), token()] == ["a-token"] * 2
    assert [request["client_id"] for request in server.asked] == ["a-client"]
    assert (asked or scope) in server.asked[0]["scope"]


def test_a_sign_in_that_is_refused_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    with sign_in_server.sign_in_server(tmp_path, secret="another", token="a-token") as server:
        token = azure_sign_in.token_provider(PRINCIPAL, server.url)
        with pytest.raises(ServiceError) as raised:
            token()
    assert raised.value.kind is Kind.AUTHORIZATION
    assert "AADSTS7000215" in raised.value.said.message
    assert raised.value.__cause__ is None


# Entra takes no other kind of key.
ISSUED = trustme.CA().issue_cert("client.example", key_type=trustme.KeyType.RSA)
PEM = ISSUED.private_key_and_cert_chain_pem.bytes().decode()


@pytest.mark.parametrize(
    "change",
    [
        {"azure_client_certificate": "no certificate"},
        {"azure_client_certificate": PEM[: len(PEM) // 3]},
        {"azure_client_certificate": PEM, "azure_tenant_id": "a tenant"},
        {"azure_client_certificate": PEM, "azure_authority": "http://login.example"},
    ],
)
def test_what_no_sign_in_can_be_made_from_is_refused_without_showing_it(
    change: dict[str, str],
) -> None:
    token = azure_sign_in.token_provider(CERTIFICATE | change, "http://127.0.0.1:9")
    with pytest.raises(InvokeBadRequestError, match="the sign-in cannot be made from") as raised:
        token()
    assert raised.value.__cause__ is None
    assert not [value for value in change.values() if value in str(raised.value)]


@pytest.mark.parametrize("lost", ["\n", " ", "", r"\n"])
def test_a_client_certificate_is_read_without_its_line_breaks(lost: str) -> None:
    written = {**CERTIFICATE, "azure_client_certificate": PEM.replace("\n", lost)}
    assert azure_sign_in._credential(written, {})


def sign_in_failure_at(proxy: str) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        azure_sign_in.token_provider(PRINCIPAL, proxy)()
    assert raised.value.__cause__ is None
    return raised.value


def test_a_network_that_fails_the_sign_in_is_told_as_that() -> None:
    with (
        raw_server(lambda _: [CLOSED]) as breaking,
        raw_server(
            lambda _: [b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", CLOSED]
        ) as refusing,
    ):
        nobody = "http://127.0.0.1:9"
        for proxy in (nobody, breaking.url.removesuffix("/v1"), refusing.url.removesuffix("/v1")):
            failure = sign_in_failure_at(proxy)
            assert (failure.kind, failure.retryable, failure.begun) == (
                Kind.CONNECTION,
                True,
                False,
            )
            assert "no connection to the sign-in" in failure.said.message
            assert "the Proxy URL" in failure.advice
            assert "client secret" not in failure.advice


def test_a_sign_in_that_answers_without_an_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, more = bomb(bytes(1 << 20))
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    with raw_server(lambda _: chain([packed, begun], repeat(more), [CLOSED])) as server:
        monkeypatch.setenv("IDENTITY_ENDPOINT", server.url)
        monkeypatch.setenv("IDENTITY_HEADER", "a-header")
        with pytest.raises(ServiceError) as raised:
            azure_sign_in.token_provider(MANAGED, "")()
    assert "an answer that is longer than any of its own" in raised.value.said.message


def test_a_sign_in_ends_with_the_time_of_its_call() -> None:
    with raw_server(lambda _: [HELD_OPEN]) as server:
        proxy = server.url.removesuffix("/v1")
        endpoint = azure_at(DATED, **PRINCIPAL, proxy_url=proxy)
        with pytest.raises(ServiceError) as raised:
            endpoint.connection.open("/chat/completions", "d", {}, {}, Deadline(1))
    assert "no connection to the sign-in (no answer within the call's" in raised.value.said.message


def test_a_socks_proxy_without_its_package_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    failure = sign_in_failure_at("socks5h://127.0.0.1:9")
    assert failure.kind is Kind.CONNECTION
    assert "install the package `PySocks` where the plugin runs" in failure.advice


def test_an_authority_that_nobody_knows_is_a_connection_that_the_forms_certificate_mends(
    tmp_path: Path,
) -> None:
    with sign_in_server.sign_in_server(tmp_path, secret="a-secret", token="a-token") as server:
        assert sign_in_failure_at(server.url).kind is Kind.CONNECTION
        pem = (tmp_path / "authority.pem").read_text()
        assert azure_sign_in.token_provider(PRINCIPAL, server.url, pem)() == "a-token"
