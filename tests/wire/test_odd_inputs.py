"""What an upstream or a form has wrong is told as theirs, never as a fault of the plugin."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    validate_model_credentials,
    validate_provider_credentials,
)
from tests.wire.raw_server import completion, open_call, raw_server, whole

WHOLE = LLMOptions(stream=False)
SAID = "Größe: zu groß"


def failure_of(plugin: PluginProcess, body: bytes, content_type: str = "") -> PluginError:
    """Return how a call fails that is refused with this body."""
    refusal = whole(body, status="400 Bad").replace(b"application/json", content_type.encode())
    with raw_server(lambda _: [refusal]) as server, pytest.raises(PluginError) as raised:
        read_llm_answer(open_call(plugin, server.target(), WHOLE))
    assert len(server.received) == 1
    return raised.value


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        # Python knows them all; not one is a charset of text.
        *((name, "utf-8") for name in ("zip", "hex", "base64", "rot13", "idna", "undefined")),
        *((name, "utf-8") for name in ("punycode", "no-such", '"', "", "utf-8")),
        ("utf-16", "utf-16-le"),
        ("UTF-16", "utf-16"),
        ("iso-8859-1", "latin-1"),
        ("windows-1252", "cp1252"),
    ],
)
def test_an_error_in_any_charset_is_told(
    plugin: PluginProcess, charset: str, encoding: str
) -> None:
    told = failure_of(plugin, SAID.encode(encoding), f"text/plain; charset={charset}")
    assert (told.error_type, SAID in told.message) == ("InvokeBadRequestError", True)
    json = f'{{"error": {{"message": "{SAID}"}}}}'.encode(encoding)
    told = failure_of(plugin, json, f"application/json; charset={charset}")
    assert told.message == f"OpenAI: {SAID} (HTTP 400)"


DEEP = {
    "message": (b'{"error":{"message":', b"[", b"]", b"}}"),
    "faults": (b'{"error":{"message":', b'[{"detail":', b"}]", b"}}"),
    "place": (b'{"detail":[{"msg":"x","loc":', b"[", b"]", b"}]}"),
    "code": (b'{"error":{"message":"x","code":', b'{"a":[', b"]}", b"}}"),
}


@pytest.mark.parametrize("levels", [150, 400, 1000, 20_000])
@pytest.mark.parametrize("name", DEEP)
def test_an_error_of_a_thousand_levels_is_told(
    plugin: PluginProcess, name: str, levels: int
) -> None:
    before, opening, closing, after = DEEP[name]
    body = before + opening * levels + b'"x"' + closing * levels + after
    told = failure_of(plugin, body.replace(b'[{"detail":"x"', b'[{"detail":["x"]'), "text/plain")
    assert told.error_type == "InvokeBadRequestError"


ODD: tuple[JsonValue, ...] = (["a"], {"a": "b"}, True, [], False)
OPENAI: Mapping[str, JsonValue] = {
    "openai_api_key": "sk-of-a-test-0123456789",
    "openai_api_base": "http://127.0.0.1:9/v1",
}
BOTH = (
    *("openai_api_key", "openai_api_base", "api_protocol", "extra_headers", "proxy_url"),
    *("ca_certificate", "request_timeout", "max_attempts"),
    *("enable_request_metadata", "request_metadata_user", "request_tags"),
)
FIELDS = [
    *((provider, field) for provider in ("openai", "azure_openai") for field in BOTH),
    ("openai", "openai_organization"),
    ("openai", "openai_project"),
    ("azure_openai", "auth_method"),
    ("azure_openai", "openai_api_version"),
    ("azure_openai", "base_model_name"),
]


@pytest.mark.parametrize(("provider", "field"), FIELDS)
def test_a_field_that_holds_no_text_is_named(
    plugin: PluginProcess, provider: str, field: str
) -> None:
    for value in ODD:
        credentials = {**OPENAI, "base_model_name": "gpt-4o", field: value}
        target = ModelTarget(provider=provider, model="d", credentials=credentials)
        with pytest.raises(PluginError, match=f"the field `{field}` of the credentials") as raised:
            read_llm_answer(open_call(plugin, target, WHOLE))
        assert raised.value.error_type == "InvokeBadRequestError"
        with pytest.raises(PluginError, match=f"the field `{field}` of the credentials") as raised:
            plugin.open_session(validate_model_credentials(target)).result()
        assert raised.value.error_type == "CredentialsValidateFailedError"


def test_the_form_of_the_provider_names_it_too(plugin: PluginProcess) -> None:
    odd: Mapping[str, JsonValue] = {**OPENAI, "openai_api_key": ["a"], "validate_model": ["a"]}
    request = validate_provider_credentials("openai", odd)
    with pytest.raises(PluginError, match="the field `openai_api_key` of the cred") as raised:
        plugin.open_session(request).result()
    assert raised.value.error_type == "CredentialsValidateFailedError"


def test_a_number_is_as_good_as_its_text(plugin: PluginProcess) -> None:
    numbers: Mapping[str, JsonValue] = {"request_timeout": 20, "max_attempts": 2, "proxy_url": None}
    with raw_server(lambda _: [whole(completion("Hello."))]) as server:
        target = server.target()
        target = replace(target, credentials={**target.credentials, **numbers})
        assert read_llm_answer(open_call(plugin, target, WHOLE)).text == "Hello."
