"""With the switch on every request says which app sent it; off, nothing is there at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, validate_model_credentials
from tests.wire.calls import ask, open_call, usage_lines, warnings
from tests.wire.service import (
    APP,
    ROUTES,
    USER,
    Account,
    Json,
    every_mode,
    every_route,
    four_routes,
)

GOLDEN = Path(__file__).parent / "golden"
OURS: JsonValue = {"dify_app_id": APP, "dify_source": "dify"}
# Of the end user's id: `printf %s an-end-user-of-dify | sha256sum`.
DIGEST = "ffbef8c749e973148c33a77da024b6e226b55c595be9022ed662ba6276b97849"
PARAMETERS: Json = {"temperature": 0.5, "max_tokens": 64}


def golden_body(route: str, *, stream: bool) -> Json:
    """Read the body that a call sends with the switch off; written by hand from the API reference.

    The digests in it are `sha256sum` of the end user's id and of the app's id.
    """
    body: Json = json.loads((GOLDEN / f"{route}.json").read_text())
    if stream:
        return body
    return {name: value for name, value in body.items() if not name.startswith("stream")}


@every_mode
@every_route
@pytest.mark.parametrize("switch", [None, "disabled", "headers", "anything else"])
def test_switched_off_the_whole_body_is_the_golden_one(
    plugin: PluginProcess, account: Account, route: str, stream: bool, switch: str | None
) -> None:
    credentials = {} if switch is None else {"enable_request_metadata": switch}
    options = LLMOptions(model_parameters=PARAMETERS, stream=stream)
    ask(plugin, account.target(route, **credentials), options)
    assert account.bodies() == [golden_body(route, stream=stream)]


@every_mode
@every_route
def test_switched_on_only_metadata_and_store_are_added(
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    options = LLMOptions(model_parameters=PARAMETERS, stream=stream)
    ask(plugin, account.target(route, enable_request_metadata="enabled"), options)
    golden = golden_body(route, stream=stream)
    assert account.bodies() == [{**golden, "store": True, "metadata": OURS}]


@every_mode
@every_route
def test_switched_on_without_an_app_nothing_is_tagged(
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    options = LLMOptions(model_parameters=PARAMETERS, stream=stream)
    target = account.target(route, enable_request_metadata="enabled")
    ask(plugin, target, options, app_id=None)
    golden = golden_body(route, stream=stream)
    golden.pop("prompt_cache_key", None)
    assert account.bodies() == [golden]
    assert any("without an app id" in warning for warning in warnings(plugin))


@every_mode
@pytest.mark.parametrize("route", [route for route in ROUTES if route.endswith("chat")])
def test_a_stored_chat_completion_is_listed_by_its_app(
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    target = account.target(route, enable_request_metadata="enabled")
    answer = ask(plugin, target, LLMOptions(stream=stream))
    ask(plugin, target, LLMOptions(stream=stream), app_id="another-app")
    (stored,) = account.listed(APP)
    assert stored["metadata"] == OURS
    assert stored["choices"][0]["message"]["content"] == answer.text  # type: ignore[call-overload, index]


@every_mode
@pytest.mark.parametrize("route", [route for route in ROUTES if route.endswith("responses")])
def test_a_stored_response_is_read_by_the_id_of_its_usage_line(
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    ask(
        plugin,
        account.target(route, enable_request_metadata="enabled"),
        LLMOptions(stream=stream),
    )
    line = usage_lines(plugin)[-1]
    assert line["stored"] is True
    stored = account.get(f"/v1/responses/{line['id']}")
    assert (stored["metadata"], stored["id"]) == (OURS, line["id"])


@four_routes
def test_the_headers_name_the_app_where_that_is_the_choice(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    ask(plugin, account.target(route, enable_request_metadata="headers"))
    ask(plugin, account.target(route, enable_request_metadata="headers"), app_id=None)
    ask(plugin, account.target(route, enable_request_metadata="enabled"))
    seen = [
        {name: value for name, value in headers.items() if name.startswith("x-dify")}
        for request in account.requests()
        if isinstance(headers := request["headers"], dict)
    ]
    assert seen == [{"x-dify-app-id": APP, "x-dify-source": "dify"}, {}, {}]


@pytest.mark.parametrize(("choice", "sent"), [("digest", DIGEST), ("plain", USER)])
@four_routes
def test_the_end_user_is_named_where_that_is_the_choice(
    plugin: PluginProcess, account: Account, route: str, choice: str, sent: str
) -> None:
    named = account.target(route, enable_request_metadata="enabled", request_metadata_user=choice)
    ask(plugin, named)
    ask(plugin, named, app_id=None)
    in_headers = {**named.credentials, "enable_request_metadata": "headers"}
    ask(plugin, replace(named, credentials=in_headers))
    tagged, untagged, headed = account.requests()
    assert isinstance(tagged["body"], dict)
    assert tagged["body"]["metadata"] == {**OURS, "dify_user": sent}  # type: ignore[dict-item]
    assert "dify_user" not in json.dumps(untagged)
    assert isinstance(headed["headers"], dict)
    assert headed["headers"]["x-dify-user"] == sent
    assert USER not in json.dumps(usage_lines(plugin))


def test_an_old_api_version_is_called_untagged_with_one_warning(
    plugin: PluginProcess, account: Account
) -> None:
    target = account.target(
        "azure-chat", enable_request_metadata="enabled", openai_api_version="2024-08-01-preview"
    )
    before = len(warnings(plugin))
    for stream in (True, False, True):
        assert ask(plugin, target, LLMOptions(stream=stream)).text
    assert all("metadata" not in body and "store" not in body for body in account.bodies())
    (warning,) = warnings(plugin)[before:]
    assert "needs API version 2024-10-01-preview or later" in warning
    assert "2024-08-01-preview" in warning


TAGGED: Json = {"store": True, "metadata": OURS}
NOT_STORED: Json = {"store": False}


@pytest.mark.parametrize(
    ("refuses", "route", "sent"),
    [
        (["metadata"], "openai-chat", [TAGGED, {}, {}]),
        (["metadata"], "openai-responses", [TAGGED, NOT_STORED, NOT_STORED]),
        (["store"], "openai-chat", [TAGGED, {}, {}]),
        (["store"], "openai-responses", [TAGGED, {}, {}]),
        (["metadata", "store"], "openai-responses", [TAGGED, NOT_STORED, {}, {}]),
    ],
)
def test_a_service_that_refuses_our_fields_is_called_without_them_and_remembered(
    plugin: PluginProcess, account: Account, refuses: list[str], route: str, sent: list[Json]
) -> None:
    account.change(refuses=list[JsonValue](refuses))
    target = account.target(route, enable_request_metadata="enabled")
    before = len(warnings(plugin))
    for _ in range(2):
        assert ask(plugin, target).text.startswith("Echo:")
    ours = [
        {name: body[name] for name in ("store", "metadata") if name in body}
        for body in account.bodies()
    ]
    assert ours == sent
    assert len(warnings(plugin)) - before == len(refuses)


def test_a_credential_check_is_never_tagged(plugin: PluginProcess, account: Account) -> None:
    target = account.target("openai-responses", enable_request_metadata="enabled")
    session = plugin.open_session(validate_model_credentials(target), app_id=APP)
    assert session.result()["result"] is True
    (body,) = account.bodies()
    assert "metadata" not in body
    assert body["store"] is False


def test_two_hundred_concurrent_streams_of_two_hundred_apps_never_mix(
    plugin: PluginProcess, account: Account
) -> None:
    apps = [f"app-{number}" for number in range(200)]
    routes = list(ROUTES)
    calls = [
        open_call(
            plugin,
            account.target(routes[number % len(routes)], enable_request_metadata="enabled"),
            app_id=app,
            messages=[user_message(f"{app} says {'word ' * 20}{app}")],
        )
        for number, app in enumerate(apps)
    ]
    for app, call in zip(apps, calls, strict=True):
        answer = read_llm_answer(call)
        assert answer.text == f"Echo: {app} says {'word ' * 20}{app}"
        assert answer.finish_reason == "stop"
    sent = {
        str(metadata["dify_app_id"]): json.dumps(body)
        for body in account.bodies()
        if isinstance(metadata := body["metadata"], dict)
    }
    assert set(sent) == set(apps)
    assert all(f"{app} says" in sent[app] for app in apps)
