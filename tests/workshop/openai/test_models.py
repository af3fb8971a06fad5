"""What the service refuses by a model's name, in its whole words, and which models it has."""

from typing import Any

import pytest

from fakes.openai.json_types import JsonObject
from fakes.openai.model_facts import FAMILIES
from fakes.openai.models import family_of
from tests.workshop.openai.client import MODEL, Route, ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory

_TOOL = {"type": "function", "function": {"name": "f"}}
_TOOLS = {"chat": [_TOOL], "responses": [{"type": "function", "name": "f"}]}
_LEAST, _MOST = ("low", "medium", "high"), ("low", "medium", "high", "xhigh", "max")
_ALL = ("none", "minimal", *_MOST)
# What Responses takes; Chat Completions the same without `max`.
EFFORTS = {
    "gpt-6.2-astra": _MOST,
    "gpt-6.2-sol": _MOST,
    "gpt-6.1-sol": _MOST,
    "gpt-6-astra": _MOST,
    "gpt-6.1-terra": ("none", *_MOST),
    "gpt-6-sol": ("none", *_MOST),
    "gpt-6-luna": ("none", *_MOST),
    "gpt-5.6-terra": ("none", *_MOST),
    "gpt-5.5": ("none", *_MOST[:4]),
    "gpt-5.4-mini": ("none", *_MOST[:4]),
    "gpt-5.1": ("none", *_LEAST),
    "gpt-5-nano": ("minimal", *_LEAST),
    "o3": _LEAST,
    "chat-latest": ("medium",),
}
OF_RESPONSES_ALONE = {
    "gpt-5.5-pro": ("medium", "high", "xhigh"),
    "gpt-5.4-pro": ("medium", "high", "xhigh"),
    "gpt-5-pro": ("high",),
    "gpt-5.3-codex": _MOST[:4],
    "gpt-6.2-astra-law": _MOST,
}


def _with_effort(route: Route, model: str, effort: str) -> JsonObject:
    chat = route == "chat"
    sent: JsonObject = {"reasoning_effort": effort} if chat else {"reasoning": {"effort": effort}}
    return {"model": model, **sent}


def _refusal(message: str, param: str | None = None, code: str | None = None) -> JsonObject:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def test_a_model_takes_its_efforts_alone(client: ServiceClient) -> None:
    rows: list[tuple[Route, str, tuple[str, ...]]] = []
    for model, efforts in EFFORTS.items():
        rows += [("responses", model, efforts)]
        rows += [("chat", model, tuple(effort for effort in efforts if effort != "max"))]
    rows += [("responses", model, efforts) for model, efforts in OF_RESPONSES_ALONE.items()]
    for route, model, efforts in rows:
        for effort in _ALL:
            response = client.generate(route, **_with_effort(route, model, effort))
            taken = 200 if effort in efforts else 400
            assert response.status_code == taken, (route, model, effort, response.text)


def test_an_effort_is_refused_in_the_words_of_its_api(client: ServiceClient) -> None:
    listed = "Supported values are: 'low', 'medium', 'high', "
    chat = client.generate("chat", **_with_effort("chat", "gpt-6-astra", "none"))
    assert error_of(chat) == _refusal(
        "Unsupported value: 'reasoning_effort' does not support 'none' with this model. "
        f"{listed}and 'xhigh'.",
        "reasoning_effort",
        "unsupported_value",
    )
    responses = client.generate("responses", **_with_effort("responses", "gpt-6.2-sol", "none"))
    assert error_of(responses) == _refusal(
        "Unsupported value: 'none' is not supported with the 'gpt-6.2-sol' model. "
        f"{listed}'xhigh', and 'max'.",
        "reasoning.effort",
        "unsupported_value",
    )
    one = client.generate("chat", **_with_effort("chat", "chat-latest", "high"))
    assert error_of(one)["message"].endswith("Supported values are: 'medium'.")


def test_a_model_that_cannot_reason_knows_no_effort(client: ServiceClient) -> None:
    chat = client.generate("chat", **_with_effort("chat", "gpt-4.1", "low"))
    assert error_of(chat) == _refusal("Unrecognized request argument supplied: reasoning_effort")
    assert client.generate("chat", model="gpt-4.1", reasoning_effort=None).status_code == 200
    for sent in ({"effort": "low"}, {"summary": "auto"}):
        name = f"reasoning.{next(iter(sent))}"
        responses = client.generate("responses", model="gpt-4o", reasoning=sent)
        assert error_of(responses) == _refusal(
            f"Unsupported parameter: '{name}' is not supported with this model.",
            name,
            "unsupported_parameter",
        )


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("gpt-6-luna", ("none",)),
        ("gpt-6-sol", ("none",)),
        ("gpt-5.6-luna", ("none",)),
        ("gpt-5.5", ("none",)),
        ("gpt-5.4-mini", (None, "none")),
        ("gpt-5.2", (None, "none", "low")),
        ("gpt-6.1-terra", ()),
        ("gpt-6-astra", ()),
        ("gpt-6.1-sol", ()),
        ("gpt-6.2-astra", ()),
        ("gpt-6.2-sol", ()),
    ],
)
def test_tools_on_chat_depend_on_the_effort(
    client: ServiceClient, model: str, takes: tuple[str | None, ...]
) -> None:
    for effort in (None, "none", "low"):
        sent = {"model": model, "reasoning_effort": effort, "tools": _TOOLS["chat"]}
        response = client.generate("chat", **sent)
        assert response.status_code == (200 if effort in takes else 400), (effort, response.text)
        if response.status_code == 400 and effort != "none":
            assert error_of(response) == _refusal(
                f"Function tools with reasoning_effort are not supported for {model} in "
                "/v1/chat/completions. To use function tools, use /v1/responses or set "
                "reasoning_effort to 'none'.",
                "reasoning_effort",
            )
    response = client.generate("responses", model=model, tools=_TOOLS["responses"])
    assert response.status_code == 200


def test_gpt_6_samples_only_where_it_does_not_reason(client: ServiceClient) -> None:
    unsupported = "unsupported_parameter"
    for model in ("gpt-6.2-sol", "gpt-6-astra", "gpt-6-luna"):
        for name, value, code in (
            ("temperature", 0.2, "unsupported_value"),
            ("top_p", 0.5, unsupported),
            ("logprobs", True, unsupported),
            ("max_tokens", 5, unsupported),
        ):
            error = error_of(client.generate("chat", model=model, **{name: value}))
            assert (error["param"], error["code"]) == (name, code), (model, error)
        error = error_of(client.generate("responses", model=model, temperature=0.2))
        assert (error["param"], error["code"]) == ("temperature", unsupported)
    free = {"model": "gpt-6-luna", "temperature": 0.2, "top_p": 0.5}
    assert client.generate("chat", **free, reasoning_effort="none").status_code == 200
    assert client.generate("responses", **free, reasoning={"effort": "none"}).status_code == 200


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("o3-pro", "This model is only supported in v1/responses and not in v1/chat/completions."),
        (
            "gpt-5.3-codex",
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
            "Did you mean to use v1/completions?",
        ),
    ],
)
def test_a_model_of_responses_alone_is_not_in_chat(
    client: ServiceClient, model: str, message: str
) -> None:
    response = client.generate("chat", model=model)
    assert (response.status_code, error_of(response)) == (404, _refusal(message, "model"))
    azure = client.generate("azure-v1-chat", model=model)
    assert azure.status_code == 400
    assert error_of(azure) == {
        "code": "OperationNotSupported",
        "message": "The chatCompletion operation does not work with the specified model, "
        f"{model}. Please choose different model and try again.",
    }


def test_an_audio_model_is_in_chat_alone(client: ServiceClient) -> None:
    assert client.generate("chat", model="gpt-audio-1.5").status_code == 200
    response = client.generate("responses", model="gpt-audio-1.5")
    assert (response.status_code, error_of(response)["param"]) == (400, "model")


def test_tiers_and_lifetimes_of_the_cache(client: ServiceClient) -> None:
    accepted: list[tuple[Route, JsonObject]] = [
        ("chat", {"service_tier": "fast"}),
        ("responses", {"service_tier": "fast"}),
        ("responses", {"service_tier": "ultrafast"}),
        ("chat", {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}}),
        ("responses", {"prompt_cache_options": {"ttl": "12h"}}),
        ("chat", {"stream": True, "stream_options": {"include_obfuscation": False}}),
        ("responses", {"stream": True, "stream_options": {"include_obfuscation": False}}),
        ("responses", {"safety_identifier": "u" * 128}),
    ]
    for route, sent in accepted:
        response = client.generate(route, model="gpt-6-astra", **sent)
        assert response.status_code == 200, (route, sent, response.text)
    refused: list[tuple[Route, JsonObject, str]] = [
        ("chat", {"service_tier": "ultrafast"}, "service_tier"),
        ("chat", {"prompt_cache_options": {"ttl": "12h"}}, "prompt_cache_options.ttl"),
        ("responses", {"prompt_cache_options": {"ttl": "1h"}}, "prompt_cache_options.ttl"),
    ]
    for route, sent, param in refused:
        error = error_of(client.generate(route, model="gpt-6-astra", **sent))
        assert (error["param"], error["code"]) == (param, "invalid_value"), error
    for model in ("gpt-5.5", "gpt-4o"):
        error = error_of(client.generate("responses", model=model, prompt_cache_options={}))
        assert (error["param"], error["code"]) == ("prompt_cache_options", "unsupported_parameter")


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_a_model_ends_on_its_day(new_client: ClientFactory, route: Route) -> None:
    names = ("gpt-5", "gpt-5-mini-2025-08-07", "ft:gpt-5-mini-2025-08-07:acme::abc")
    for name in names:
        last: ServiceClient = new_client(models=[name], today="2026-12-10")
        assert last.generate(route, model=name).status_code == 200
        ended: ServiceClient = new_client(models=[name], today="2026-12-11")
        response = ended.generate(route, model=name)
        assert (response.status_code, error_of(response)) == (
            404,
            _refusal(
                f"The model `{name}` has been deprecated, learn more here: "
                "https://platform.openai.com/docs/deprecations",
                code="model_not_found",
            ),
        )
        assert ended.get("/v1/models").json()["data"] == []
        other: ServiceClient = new_client(models=[name], today="2026-12-11", openai_rules=False)
        assert other.generate(route, model=name).status_code == 200


def test_every_endpoint_ends_its_models(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(today="2027-02-26")
    speech = {"model": "tts-1", "voice": "alloy", "input": "a"}
    spoken = client.send("POST", "/v1/audio/speech", json=speech)
    form: dict[str, Any] = {"data": {"model": "whisper-1"}, "files": {"file": ("a.mp3", b"ID3")}}
    heard = client.send("POST", "/v1/audio/transcriptions", **form)
    for response in (spoken, heard):
        assert (response.status_code, error_of(response)["code"]) == (404, "model_not_found")
        assert "has been deprecated" in error_of(response)["message"]


def test_the_list_tells_when_a_model_ends(client: ServiceClient) -> None:
    ends = {item["id"]: item["shutdown_date"] for item in client.get("/v1/models").json()["data"]}
    assert ends["gpt-6-luna"] is None
    assert ends["gpt-4o-mini"] == ends["gpt-4o-mini-2024-07-18"] == "2027-01-14"
    assert "o4-mini" not in ends
    assert client.get("/v1/models/gpt-4.1").json()["shutdown_date"] == "2027-01-14"
    assert client.get("/v1/models/o4-mini").status_code == 404


def test_azure_has_names_of_its_own_and_ends_none(client: ServiceClient) -> None:
    for model in ("gpt-oss-120b", "grok-4", "model-router", "gpt-35-turbo", "o4-mini"):
        assert client.generate("azure-v1-chat", model=model).status_code == 200
    assert client.generate("azure-v1-responses", model="codex-mini").status_code == 200
    assert client.generate("chat", model="gpt-oss-120b").status_code == 404
    speech = {"model": "tts-hd", "voice": "alloy", "input": "a"}
    assert client.send("POST", "/openai/v1/audio/speech", json=speech).status_code == 200


def test_a_name_of_a_known_line_is_held_to_its_newest_relative() -> None:
    for name, relative in (
        ("gpt-6.3-sol", "gpt-6.2-sol"),
        ("gpt-7-astra", "gpt-6-astra"),
        ("gpt-10.1-luna-2028-01-01", "gpt-6-luna"),
        ("gpt-5.7", "gpt-5.6"),
        ("openai/gpt-6.2-astra", "gpt-6.2-astra"),
        ("ft:gpt-4.1-2025-04-14:acme::abc", "gpt-4.1"),
    ):
        assert family_of(name) is family_of(relative) is not None
    assert family_of("gpt-oss-120b") is family_of("llama-4") is family_of("gpt-5000") is None


def test_every_family_says_where_it_is_told() -> None:
    for family in FAMILIES:
        assert family.source.startswith(("https://", "openai 3.")), family.names
    assert family_of(MODEL) in FAMILIES
