"""A base URL works as people write it, or fails with a sentence that says how to write it."""

import pytest
from dify_plugin.errors.model import InvokeBadRequestError

from models.service import azure as azure_endpoint
from models.service import openai_endpoint

AZURE = "https://name.openai.azure.com"
KEY = {"openai_api_key": "key"}


def openai_url(base: str) -> str:
    endpoint = openai_endpoint.from_credentials("gpt-4o-mini", {**KEY, "openai_api_base": base})
    return str(endpoint.connection.base_url)


def azure_url(base: str) -> str:
    endpoint = azure_endpoint.from_credentials("deployment", {**KEY, "openai_api_base": base})
    return str(endpoint.connection.base_url)


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
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"),
        ("http://[::1]:8080/v2", "http://[::1]:8080/v2"),
    ],
)
def test_openai_base_urls(written: str, used: str) -> None:
    assert openai_url(written) == used


@pytest.mark.parametrize(
    ("written", "used"),
    [
        (AZURE, f"{AZURE}/openai"),
        (f"{AZURE}/", f"{AZURE}/openai"),
        (f"{AZURE}/openai", f"{AZURE}/openai"),
        (f"{AZURE}/openai/v1/", f"{AZURE}/openai/v1"),
        (f"{AZURE}/openai/deployments/d/chat/completions?api-version=x", f"{AZURE}/openai"),
        (f"{AZURE}/openai/v1/responses", f"{AZURE}/openai/v1"),
        ("https://apim.example/team", "https://apim.example/team/openai"),
    ],
)
def test_azure_base_urls(written: str, used: str) -> None:
    assert azure_url(written) == used


@pytest.mark.parametrize(
    "written",
    [
        "api.openai.com",
        "htps://api.openai.com",
        "https://",
        "https:///v1",
        "https://host:port",
        "no",
    ],
)
def test_a_base_url_with_a_typo_is_one_clear_error(written: str) -> None:
    for read in (openai_url, azure_url):
        with pytest.raises(InvokeBadRequestError, match="is not a web address; write it as"):
            read(written)
    with pytest.raises(InvokeBadRequestError, match="API base URL '' is not a web address"):
        azure_url("")


def test_an_error_does_not_show_a_password_or_a_query() -> None:
    with pytest.raises(InvokeBadRequestError) as raised:
        openai_url("htps://user:hunter2@host/v1?key=swordfish")
    assert "hunter2" not in str(raised.value)
    assert "swordfish" not in str(raised.value)
