"""What people write into a form works as they write it, or fails with a sentence that says how."""

import re

import pytest
import trustme
from dify_plugin.errors.model import InvokeBadRequestError

from models.service import azure, openai
from models.service.settings import (
    CallLimits,
    ca_certificates,
    call_limits,
    extra_headers,
    pem_text,
    proxy_url,
)
from tests.unit.endpoints import DATED, azure_at, openai_at

PEM = trustme.CA().cert_pem.bytes().decode()


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("", "https://api.openai.com/v1"),
        ("  ", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://api.openai.com/", "https://api.openai.com/v1"),
        (" https://api.openai.com/v1/ ", "https://api.openai.com/v1"),
        ("https://gateway.example/team/openai", "https://gateway.example/team/openai"),
        ("https://host.example/v1/chat/completions", "https://host.example/v1"),
        ("https://host.example/v1/responses?x=1", "https://host.example/v1"),
        ("https://host.example/v1/models/", "https://host.example/v1"),
        ("https://host.example/v1/audio/speech", "https://host.example/v1"),
        # The same words inside a path are the gateway's own.
        ("https://host.example/models/X/v1", "https://host.example/models/X/v1"),
        ("https://host.example/models/X/v1/chat/completions", "https://host.example/models/X/v1"),
        ("https://host.example/responses/team/v1/", "https://host.example/responses/team/v1"),
        ("https://host.example/deployments/X", "https://host.example/deployments/X"),
        ("https://h.example/deployments/X/v1/responses", "https://h.example/deployments/X/v1"),
        ("https://host.example/my-models", "https://host.example/my-models"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://[::1]:8080/v2", "http://[::1]:8080/v2"),
        ("https://user:hunter2@host.example:1/v2?key=hunter2#hunter2", "https://host.example:1/v2"),
    ],
)
def test_openai_base_urls(written: str, used: str) -> None:
    assert openai_at(base=written).connection.base_url == used


@pytest.mark.parametrize(
    ("written", "used"),
    [
        (DATED, f"{DATED}/openai"),
        (f"{DATED}/", f"{DATED}/openai"),
        (f"{DATED}/openai", f"{DATED}/openai"),
        (f"{DATED}/openai/v1/", f"{DATED}/openai/v1"),
        (f"{DATED}/openai/deployments/d/chat/completions?api-version=x", f"{DATED}/openai"),
        (f"{DATED}/openai/deployments/d/", f"{DATED}/openai"),
        (f"{DATED}/openai/deployments/d/embeddings", f"{DATED}/openai"),
        (f"{DATED}/openai/deployments", f"{DATED}/openai"),
        (f"{DATED}/openai/v1/responses", f"{DATED}/openai/v1"),
        ("https://apim.example/deployments/d/openai", "https://apim.example/deployments/d/openai"),
        ("https://apim.example/models/x", "https://apim.example/models/x/openai"),
        ("https://apim.example/team", "https://apim.example/team/openai"),
    ],
)
def test_azure_base_urls(written: str, used: str) -> None:
    assert azure_at(written).connection.base_url == used


@pytest.mark.parametrize(
    "written", ["api.openai.com", "htps://api.openai.com", "https://", "https:///v1", "https://h:p"]
)
def test_a_base_url_with_a_typo_is_one_clear_error(written: str) -> None:
    with pytest.raises(InvokeBadRequestError, match="is not a web address; write it as"):
        openai_at(base=written)
    with pytest.raises(InvokeBadRequestError, match="is not a web address; write it as"):
        azure_at(written)


def test_azure_has_no_address_of_its_own() -> None:
    for nothing in ("", "  ", "\n"):
        with pytest.raises(
            InvokeBadRequestError, match=r"the API base URL \(https://HOST\) is empty; enter it"
        ):
            azure_at(nothing)


@pytest.mark.parametrize("name", ["openai_api_base", "proxy_url"])
@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("htps://user:hunter2@host/v1?key=hunter2", "htps://host/v1"),
        ("user:hunter2@host:3128", "host:3128"),
        ("htps://user:hunter2/@host", "htps://host"),
        ("https://user:hunter2@:1", "https://:1"),
        ("htps://host/v1#hunter2", "htps://host/v1"),
        ("htps://host/sk-hunter2", "htps://host/[key]"),
    ],
)
def test_an_error_does_not_show_a_password_or_a_query(name: str, written: str, shown: str) -> None:
    with pytest.raises(
        InvokeBadRequestError, match=re.escape(f"'{shown}' is not a web address")
    ) as raised:
        openai_at(**{name: written})
    assert "hunter2" not in str(raised.value)


def headers_of(written: str) -> dict[str, str]:
    return extra_headers({"extra_headers": written}, service="OpenAI")


@pytest.mark.parametrize(
    ("written", "headers"),
    [
        ("", {}),
        (" \n ", {}),
        ("X-Team: search", {"X-Team": "search"}),
        (
            "X-Team: search\n\n  X-Url : https://a:1 \n",
            {"X-Team": "search", "X-Url": "https://a:1"},
        ),
        (r"X-Team: search\nX-Cost: 4 2", {"X-Team": "search", "X-Cost": "4 2"}),
        ('{"X-Team": "search", "X-Cost": 42}', {"X-Team": "search", "X-Cost": "42"}),
    ],
)
def test_extra_headers_are_lines_or_json(written: str, headers: dict[str, str]) -> None:
    assert headers_of(written) == headers


@pytest.mark.parametrize(
    ("written", "said"),
    [
        # A key that was pasted without its name must not become a name, which is no secret.
        ("hunter2", "an extra header's name is not one"),
        ("X-Team: search\nhunter2", "an extra header's name is not one"),
        ('{"a":' * 3000, "are not JSON"),
        ("X Team: hunter2", "an extra header's name is not one"),
        ("X-Team: hünter2", "value of the extra header 'X-Team' has a line break or a character"),
        ('{"X-Team": "hunter2\\u0000"}', "value of the extra header 'X-Team'"),
        ('{"X-Team": "hunter2"', "are not JSON"),
        ("Authorization: hunter2", "'Authorization' is set by the plugin"),
        ("API-KEY: hunter2", "'API-KEY' is set by the plugin"),
        ("Cookie: hunter2", "'Cookie' is set by the plugin"),
        ("x-dify-app-id: hunter2", "'x-dify-app-id' is set by the plugin"),
    ],
)
def test_what_is_no_extra_header_is_refused_without_its_value(written: str, said: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=said) as raised:
        headers_of(written)
    assert "hunter2" not in str(raised.value).replace("hunter2' has", "")


def test_a_proxy_is_a_web_address() -> None:
    for written, used in (("", ""), (" http://u:p@proxy:3128/ ", "http://u:p@proxy:3128")):
        assert proxy_url({"proxy_url": written}, service="OpenAI") == used
    with pytest.raises(InvokeBadRequestError, match=r"proxy URL 'socks5://h' is not a web address"):
        proxy_url({"proxy_url": "socks5://h"}, service="OpenAI")


@pytest.mark.parametrize("lost", ["\n", " ", "", r"\n", "\r\n"])
def test_certificates_are_read_without_their_line_breaks(lost: str) -> None:
    written = f"my company:{lost}" + (PEM + PEM).strip().replace("\n", lost)
    assert ca_certificates({"ca_certificate": written}, service="OpenAI") == PEM + PEM
    assert pem_text("no certificate") == ""


@pytest.mark.parametrize(
    "written",
    [
        "no certificate",
        "-----BEGIN CERTIFICATE-----",
        PEM.replace("M", "!", 40),
        PEM.replace("CERTIFICATE", "PRIVATE KEY"),
    ],
)
def test_what_is_no_certificate_is_refused(written: str) -> None:
    with pytest.raises(InvokeBadRequestError, match="the CA certificate is not PEM text"):
        ca_certificates({"ca_certificate": written}, service="OpenAI")


@pytest.mark.parametrize(
    ("seconds", "attempts", "limits"),
    [
        ("", "", CallLimits(590.0, 3)),
        ("1", "1", CallLimits(1, 1)),
        (" 590 ", "10", CallLimits(590, 10)),
    ],
)
def test_limits_are_whole_numbers(seconds: str, attempts: str, limits: CallLimits) -> None:
    written = {"request_timeout": seconds, "max_attempts": attempts}
    assert call_limits(written, service="OpenAI") == limits
    assert openai_at(**written).limits == limits


@pytest.mark.parametrize("written", ["0", "591", "-1", "1.5", "ten", "٣", "9" * 5000])
def test_any_other_limit_is_refused(written: str) -> None:
    with pytest.raises(InvokeBadRequestError, match="is not a whole number from 1 to 590"):
        azure_at(request_timeout=written)
    with pytest.raises(InvokeBadRequestError, match=r"the number of attempts .* from 1 to 10"):
        openai_at(max_attempts=written)


def test_what_is_read_of_a_long_field_is_read_in_one_pass() -> None:
    """Every beginning of a pattern was followed to the end, for seconds and minutes."""
    long = "https://h.example" + "/models" * 9_000
    assert openai_at(openai_api_base=long).connection.base_url == "https://h.example/v1"
    assert openai_at(openai_api_base=f"{long}/x").connection.base_url == f"{long}/x"
    assert pem_text("-----BEGIN A-----" * 17_000) == ""


@pytest.mark.parametrize("field", ["openai_api_key", "ca_certificate", "request_tags"])
def test_a_field_that_is_longer_than_any_has_to_be_is_refused(field: str) -> None:
    said = f"the field `{field}` of the credentials has 300,001 characters, and none needs more"
    for at in (openai_at, azure_at):
        with pytest.raises(InvokeBadRequestError, match=said):
            at(**{"enable_request_metadata": "enabled", field: "k" * 300_001})


def test_a_models_name_is_no_longer_than_any() -> None:
    for from_credentials in (openai.from_credentials, azure.from_credentials):
        with pytest.raises(InvokeBadRequestError, match="name has 1,001 characters, and none need"):
            from_credentials("m" * 1_001, {"openai_api_key": "k"})
