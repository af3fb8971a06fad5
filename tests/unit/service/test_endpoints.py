"""What credentials make of an endpoint: version rules, sign-in, and the kept connection."""

import gc
import sys
import weakref

import pytest
from dify_plugin.errors.model import InvokeBadRequestError

from models.service import azure, openai
from models.service.connection import ConnectionSettings
from models.service.endpoint import Protocol
from tests.unit.endpoints import DATED, V1, azure_at, openai_at


def test_request_metadata_needs_a_version_that_takes_it() -> None:
    taking = ("2024-10-01-preview", "2024-10-21", "2025-04-01-preview", "latest", "")
    for version in ("2024-02-15-preview", "2024-09-01-preview", *taking):
        refuses = azure_at(openai_api_version=version).chat_refuses_metadata is not None
        assert refuses is (version not in taking), version
        assert azure_at(V1, openai_api_version=version).chat_refuses_metadata is None


def test_an_old_version_is_not_asked_for_usage_in_streams() -> None:
    assert not azure_at(openai_api_version="2024-08-01-preview").takes_stream_options
    assert azure_at(openai_api_version="2024-09-01-preview").takes_stream_options


def test_dated_versions_take_the_user_and_no_cache_key() -> None:
    dated, v1 = azure_at(), azure_at(V1)
    assert (dated.user_field, dated.takes_prompt_cache_key) == ("user", False)
    assert (v1.user_field, v1.takes_prompt_cache_key) == ("safety_identifier", True)


@pytest.mark.parametrize(
    ("base", "keeps"),
    [
        ("", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://openai.com.example/v1", False),
        ("https://notopenai.com/v1", False),
        ("https://gateway.example/openai.com", False),
    ],
)
def test_only_openais_own_addresses_are_known_to_take_store(base: str, keeps: bool) -> None:
    assert openai_at(base=base).keeps_store is keeps
    assert azure_at().keeps_store


@pytest.mark.parametrize(
    ("written", "protocol"),
    [("", "auto"), ("auto", "auto"), ("chat", "chat"), ("responses", "responses"), ("x", "auto")],
)
def test_the_protocol_is_the_forms(written: str, protocol: Protocol) -> None:
    assert openai_at(api_protocol=written).protocol == protocol
    assert azure_at(api_protocol=written).protocol == protocol


@pytest.mark.parametrize("key", ["", "   "])
def test_an_empty_key_is_named(key: str) -> None:
    with pytest.raises(InvokeBadRequestError, match="OpenAI: the API key is empty"):
        openai_at(openai_api_key=key)
    with pytest.raises(InvokeBadRequestError, match="Azure OpenAI: the API key is empty"):
        azure_at(openai_api_key=key)


def test_a_key_that_no_header_can_carry_is_refused_without_showing_it() -> None:
    for key in ("swordfish\u200b", "sword\nfish"):
        for read in (openai_at, azure_at):
            with pytest.raises(InvokeBadRequestError, match="the API key has a line") as raised:
                read(openai_api_key=key)
            assert "sword" not in str(raised.value)


def test_nothing_comes_from_the_daemons_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_API_VERSION"):
        monkeypatch.setenv(name, "from-the-environment")
    for endpoint in (openai_at(openai_api_key="fresh"), azure_at(openai_api_key="fresh")):
        sent = f"{endpoint.connection.http.headers} {endpoint.connection.base_url}"
        assert "from-the-environment" not in sent


def test_the_callers_credentials_are_not_changed() -> None:
    credentials = {"openai_api_key": " key ", "openai_api_base": "https://host.example/"}
    before = dict(credentials)
    openai.from_credentials("m", credentials)
    assert credentials == before


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://u:p@h:1080", "speaks SOCKS, for which the package `socksio` is missing"),
        ("socks5h://h", "install it where the plugin runs; set HTTPS_PROXY"),
        ("socks4://h:1080", "is no address of a proxy"),
        ("ftp://h:21", "is no address of a proxy"),
        ("http://", "is no address of a proxy"),
        ("http:/h", "is no address of a proxy"),
        ("http://h:99999", "is no address of a proxy"),
        ("http://h:0", "is no address of a proxy"),
        ("not a proxy", "is no address of a proxy"),
    ],
)
def test_an_environments_proxy_that_cannot_be_used_is_one_clear_sentence(
    proxy: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    # As it is where nothing else needs the package for SOCKS.
    monkeypatch.setitem(sys.modules, "socksio", None)
    for read in (openai_at, azure_at):
        with pytest.raises(InvokeBadRequestError, match="The environment's proxy '") as raised:
            read(openai_api_key=f"behind {proxy}")
        assert proxy.replace("u:p@", "") in str(raised.value)
        assert said in str(raised.value)
        assert "u:p" not in str(raised.value)
        assert read(openai_api_key=f"behind {proxy}", proxy_url="http://proxy:3128")


@pytest.mark.parametrize("proxy", ["http://h:3128", "h:3128", "https://u:p@h:3128"])
def test_any_other_proxy_of_the_environment_is_used(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert openai_at(openai_api_key=f"behind {proxy}")


@pytest.mark.parametrize("name", [".", "..", "..."])
def test_a_deployment_that_a_path_would_swallow_is_refused(name: str) -> None:
    credentials = {"openai_api_base": V1, "openai_api_key": "key"}
    for base in (V1, DATED):
        with pytest.raises(InvokeBadRequestError, match=f"'{name}' is no deployment's name"):
            azure.from_credentials(name, {**credentials, "openai_api_base": base})


def test_one_connection_serves_all_calls_with_the_same_settings() -> None:
    assert openai_at("gpt-5").connection is openai_at("gpt-4.1", api_protocol="chat").connection
    for change in (
        {"openai_project": "proj_2"},
        {"extra_headers": "X-A: 1"},
        {"proxy_url": "http://p"},
    ):
        assert openai_at(**change).connection is not openai_at().connection
        assert openai_at(**change).name != openai_at().name
    for change in ({"openai_api_key": "other"}, {"openai_api_version": "2025-03-01-preview"}):
        assert azure_at(**change).connection is not azure_at().connection


def test_a_digest_shows_nothing_of_what_it_is_made_from() -> None:
    settings = ConnectionSettings("https://host.example", headers={"api-key": "swordfish"})
    assert "swordfish" not in settings.digest()
    assert len(settings.digest()) == 64


def test_what_signs_in_is_secret_and_so_is_every_extra_header() -> None:
    endpoint = openai_at(
        openai_api_key="a", extra_headers="X-Key: b", proxy_url="http://user:c@proxy"
    )
    assert sorted(endpoint.connection.secrets) == ["Bearer a", "b", "c"]
    endpoint = openai_at(openai_api_key="a", proxy_url="http://user:c%40@proxy")
    assert sorted(endpoint.connection.secrets) == ["Bearer a", "c%40", "c@"]
    assert azure_at(openai_api_key="a").connection.secrets == ("a",)


def test_connections_are_bounded_and_closed_when_no_call_uses_them() -> None:
    in_use = openai_at(openai_api_key="evicted-in-use")
    idle = openai_at(openai_api_key="evicted-idle").connection
    http, idle_reference = idle.http, weakref.ref(idle)
    del idle
    for number in range(64):
        openai_at(openai_api_key=f"one-of-many-{number}")
    gc.collect()
    assert idle_reference() is None
    assert http.is_closed
    assert not in_use.connection.http.is_closed
    assert openai_at(openai_api_key="evicted-in-use").connection is not in_use.connection
