"""Whatever is written into a form is a usable endpoint, or refused in one line."""

from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.service import azure, openai
from models.service.endpoint import Endpoint
from models.service.settings import checked_base_url
from tests.properties.json_values import any_text
from tests.properties.outcomes import result_or_refusal

_FRAGMENTS = (
    *("http://", "https://", "//", "/", "[", "]", "::1", "@", ":", ":0", ":80", ":99999", "?", "#"),
    *("a", "A.example", "..", "-", "_", "xn--a", "\u00e9", "\u4e2d", "\u200b", "\uff05", "%zz"),
    *("127.0.0.1", " ", "\n", "\t", "\x00", "a" * 70, "user:secret@", "/v1", "/chat/completions"),
    "/openai/deployments/d",
)
_urls = any_text | st.lists(st.sampled_from(_FRAGMENTS), max_size=6).map("".join)
_written_urls = _urls | _urls.map("https://host{}".format) | _urls.map("https://{}".format)


def assert_can_be_called(endpoint: Endpoint) -> None:
    """Check that HTTP can carry what a request to an endpoint always has."""
    connection = endpoint.connection
    assert connection.http.build_request("POST", connection.base_url)


@given(text=_written_urls)
@example(text="https://[")
@example(text="https://a..b")
@example(text="https://xn--")
@example(text="https://host/ /")
@example(text="https://host/chat/completions///chat/completions")
def test_any_text_is_a_base_url_or_a_refusal(text: str) -> None:
    url = result_or_refusal(lambda: checked_base_url(text, service="OpenAI"))
    if url is None:
        return
    assert httpx2.URL(url).host
    assert urlsplit(url).scheme in {"http", "https"}
    assert not urlsplit(url).query
    assert checked_base_url(url, service="OpenAI") == url


@pytest.mark.parametrize("read", [openai.from_credentials, azure.from_credentials])
@given(data=st.data())
def test_any_credentials_make_an_endpoint_or_a_refusal(
    read: Callable[[str, dict[str, str]], Endpoint], data: st.DataObject
) -> None:
    names = (
        *("openai_api_key", "openai_api_base", "openai_api_version", "openai_organization"),
        *("openai_project", "api_protocol", "auth_method", "enable_request_metadata"),
        *("request_tags", "extra_headers", "proxy_url", "ca_certificate", "request_timeout"),
    )
    fields = dict.fromkeys(names, any_text)
    right = {"openai_api_key": "key", "openai_api_base": "https://host.example"}
    credentials = right | data.draw(st.fixed_dictionaries({}, optional=fields))
    endpoint = result_or_refusal(lambda: read("m", credentials))
    if endpoint is not None:
        assert isinstance(endpoint, Endpoint)
        assert_can_be_called(endpoint)
