"""What credentials make of an endpoint: API, version rules, sign-in, and the kept client."""

import gc
import weakref

import pytest
from dify_plugin.errors.model import InvokeBadRequestError

from models.service import azure as azure_endpoint
from models.service import connection_cache, openai_endpoint
from models.service.endpoint import Endpoint

DATED = "https://name.openai.azure.com"
V1 = f"{DATED}/openai/v1"


def openai_at(model: str = "gpt-4o-mini", **credentials: str) -> Endpoint:
    return openai_endpoint.from_credentials(model, {"openai_api_key": "key", **credentials})


def azure_at(base: str = DATED, base_model: str = "gpt-4.1", **credentials: str) -> Endpoint:
    defaults = {"openai_api_base": base, "openai_api_key": "key", "base_model_name": base_model}
    return azure_endpoint.from_credentials("my-deployment", {**defaults, **credentials})


@pytest.mark.parametrize(
    ("model", "protocol", "api"),
    [
        ("gpt-4o-mini", "", "responses"),
        ("gpt-4o-mini", "responses", "responses"),
        ("gpt-4o-mini", "chat", "chat"),
        ("gpt-5.4-pro", "chat", "responses"),
        ("gpt-audio-1.5", "responses", "chat"),
        ("a-model-of-a-compatible-server", "chat", "chat"),
    ],
)
def test_openai_uses_what_was_chosen_unless_the_model_cannot(
    model: str, protocol: str, api: str
) -> None:
    assert openai_at(model, api_protocol=protocol).api() == api


@pytest.mark.parametrize(
    ("base", "version", "base_model", "protocol", "api"),
    [
        (DATED, "", "gpt-4.1", "auto", "chat"),
        (DATED, "", "gpt-5", "auto", "responses"),
        (DATED, "", "gpt-5", "chat", "chat"),
        (DATED, "2024-10-21", "gpt-5", "auto", "chat"),
        (DATED, "", "gpt-4.1", "responses", "responses"),
        (V1, "", "gpt-5", "", "responses"),
        (V1, "2024-02-01", "gpt-4.1", "responses", "responses"),
        (DATED, "preview", "gpt-5", "auto", "responses"),
    ],
)
def test_azure_uses_what_the_model_prefers_and_the_version_has(
    base: str, version: str, base_model: str, protocol: str, api: str
) -> None:
    endpoint = azure_at(base, base_model, openai_api_version=version, api_protocol=protocol)
    assert endpoint.api() == api


@pytest.mark.parametrize(
    ("base_model", "protocol"), [("gpt-4.1", "responses"), ("gpt-5-pro", "auto")]
)
def test_azure_says_which_version_the_responses_api_needs(base_model: str, protocol: str) -> None:
    endpoint = azure_at(
        base_model=base_model, openai_api_version="2024-10-21", api_protocol=protocol
    )
    with pytest.raises(
        InvokeBadRequestError, match="needs API version 2025-03-01-preview or later"
    ):
        endpoint.api()


def test_metadata_needs_a_version_that_takes_it() -> None:
    taking = ("2024-10-01-preview", "2024-10-21", "2025-04-01-preview", "latest", "")
    for version in ("2024-02-15-preview", "2024-09-01-preview", *taking):
        refuses = azure_at(openai_api_version=version).metadata.chat_refuses is not None
        assert refuses is (version not in taking), version
        assert azure_at(V1, openai_api_version=version).metadata.chat_refuses is None


def test_an_old_version_is_not_asked_for_usage_in_streams() -> None:
    assert not azure_at(openai_api_version="2024-08-01-preview").takes_stream_options
    assert azure_at(openai_api_version="2024-09-01-preview").takes_stream_options


def test_dated_versions_take_the_user_and_no_cache_key() -> None:
    dated, v1 = azure_at(), azure_at(V1)
    assert (dated.user_field, dated.takes_prompt_cache_key) == ("user", False)
    assert (v1.user_field, v1.takes_prompt_cache_key) == ("safety_identifier", True)


SIGN_IN = {"azure_client_id": "c", "azure_tenant_id": "t", "azure_client_secret": "s"}
LABELS = {
    "azure_client_id": "Application (client) ID",
    "azure_tenant_id": "Directory (tenant) ID",
    "azure_client_secret": "Client secret",
}


@pytest.mark.parametrize("missing", LABELS)
def test_a_sign_in_with_a_missing_field_names_it(missing: str) -> None:
    with pytest.raises(InvokeBadRequestError) as raised:
        azure_at(auth_method="entra_id_service_principal", **{**SIGN_IN, missing: " "})
    assert f"the {LABELS[missing]} is empty" in str(raised.value)


def test_a_sign_in_sends_no_key() -> None:
    for base in (DATED, V1):
        endpoint = azure_at(base, auth_method="entra_id_service_principal", **SIGN_IN)
        assert not {"api-key", "authorization"} & set(endpoint.connection.headers)


@pytest.mark.parametrize("key", ["", "   "])
def test_an_empty_key_is_named(key: str) -> None:
    with pytest.raises(InvokeBadRequestError, match="OpenAI: the API key is empty"):
        openai_at(openai_api_key=key)
    with pytest.raises(InvokeBadRequestError, match="Azure OpenAI: the API key is empty"):
        azure_at(openai_api_key=key)


def test_nothing_comes_from_the_daemons_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_API_VERSION"):
        monkeypatch.setenv(name, "from-the-environment")
    for endpoint in (openai_at(openai_api_key="fresh"), azure_at(openai_api_key="fresh")):
        sent = f"{endpoint.connection.headers} {endpoint.connection.base_url}"
        assert "from-the-environment" not in sent


def test_an_organization_and_a_project_are_sent() -> None:
    headers = openai_at(openai_organization="org-1", openai_project="proj_1").connection.headers
    assert headers["OpenAI-Organization"] == "org-1"
    assert headers["OpenAI-Project"] == "proj_1"
    assert "OpenAI-Project" not in openai_at().connection.headers


def test_the_callers_credentials_are_not_changed() -> None:
    credentials = {"openai_api_key": " key ", "openai_api_base": "https://host.example/"}
    before = dict(credentials)
    openai_endpoint.from_credentials("m", credentials)
    assert credentials == before


def test_one_connection_serves_all_calls_with_the_same_settings() -> None:
    assert openai_at("gpt-5").connection is openai_at("gpt-4.1", api_protocol="chat").connection
    assert openai_at(openai_project="proj_2").connection is not openai_at().connection
    for change in ({"openai_api_key": "other"}, {"openai_api_version": "2025-03-01-preview"}):
        assert azure_at(**change).connection is not azure_at().connection


def test_a_digest_shows_nothing_of_what_it_is_made_from() -> None:
    digest = connection_cache.digest_of({"api_key": "swordfish"})
    assert "swordfish" not in digest
    assert len(digest) == 64


def test_the_cache_is_bounded_and_closes_a_connection_when_no_call_uses_it() -> None:
    in_use = openai_at(openai_api_key="evicted-in-use")
    idle = weakref.ref(openai_at(openai_api_key="evicted-idle").connection)
    for number in range(64):
        openai_at(openai_api_key=f"one-of-many-{number}")
    gc.collect()
    assert idle() is None
    assert not in_use.connection.is_closed
    assert openai_at(openai_api_key="evicted-in-use").connection is not in_use.connection
