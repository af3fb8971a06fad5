"""With the switch on every request says which app sent it; off, nothing is there at all."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, validate_model_credentials
from tests.wire.ends import APP, ROUTES, USER, Json, Wire, every_mode, every_route, four_routes

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
    wire: Wire, route: str, stream: bool, switch: str | None
) -> None:
    credentials = {} if switch is None else {"enable_request_metadata": switch}
    options = LLMOptions(model_parameters=PARAMETERS, stream=stream)
    wire.ask(wire.target(route, **credentials), options)
    assert wire.bodies() == [golden_body(route, stream=stream)]
    assert USER not in str(wire.requests())


@every_mode
@every_route
def test_switched_on_metadata_and_store_alone_are_added_where_there_is_an_app(
    wire: Wire, route: str, stream: bool
) -> None:
    options = LLMOptions(model_parameters=PARAMETERS, stream=stream)
    target = wire.target(route, enable_request_metadata="enabled")
    wire.ask(target, options)
    wire.ask(target, options, app_id=None)
    golden = golden_body(route, stream=stream)
    outside = {name: value for name, value in golden.items() if name != "prompt_cache_key"}
    assert wire.bodies() == [{**golden, "store": True, "metadata": OURS}, outside]
    assert any("without an app id" in warning for warning in wire.warnings())


@every_mode
@pytest.mark.parametrize("route", [route for route in ROUTES if route.endswith("chat")])
def test_a_stored_chat_completion_is_listed_by_its_app(
    wire: Wire, route: str, stream: bool
) -> None:
    target = wire.target(route, enable_request_metadata="enabled")
    answer = wire.ask(target, LLMOptions(stream=stream))
    wire.ask(target, LLMOptions(stream=stream), app_id="another-app")
    (stored,) = wire.listed(APP)
    assert stored["metadata"] == OURS
    assert stored["choices"][0]["message"]["content"] == answer.text  # type: ignore[call-overload, index]


@every_mode
@pytest.mark.parametrize("route", [route for route in ROUTES if route.endswith("responses")])
def test_a_stored_response_is_read_by_the_id_of_its_usage_line(
    wire: Wire, route: str, stream: bool
) -> None:
    wire.ask(wire.target(route, enable_request_metadata="enabled"), LLMOptions(stream=stream))
    line = wire.usage_lines()[-1]
    assert line["stored"] is True
    stored = wire.get(f"/v1/responses/{line['id']}")
    assert (stored["metadata"], stored["id"]) == (OURS, line["id"])


@four_routes
def test_the_headers_name_the_app_where_that_is_the_choice(wire: Wire, route: str) -> None:
    wire.ask(wire.target(route, enable_request_metadata="headers"))
    wire.ask(wire.target(route, enable_request_metadata="headers"), app_id=None)
    wire.ask(wire.target(route, enable_request_metadata="enabled"))
    seen = [
        {name: value for name, value in headers.items() if name.startswith("x-dify")}
        for request in wire.requests()
        if isinstance(headers := request["headers"], dict)
    ]
    assert seen == [{"x-dify-app-id": APP, "x-dify-source": "dify"}, {}, {}]


@pytest.mark.parametrize(("choice", "sent"), [("digest", DIGEST), ("plain", USER)])
@four_routes
def test_the_end_user_is_named_where_that_is_the_choice(
    wire: Wire, route: str, choice: str, sent: str
) -> None:
    named = wire.target(route, enable_request_metadata="enabled", request_metadata_user=choice)
    wire.ask(named)
    wire.ask(named, app_id=None)
    in_headers = {**named.credentials, "enable_request_metadata": "headers"}
    wire.ask(replace(named, credentials=in_headers))
    tagged, untagged, headed = wire.requests()
    assert isinstance(tagged["body"], dict)
    assert tagged["body"]["metadata"] == {**OURS, "dify_user": sent}  # type: ignore[dict-item]
    assert "dify_user" not in json.dumps(untagged)
    assert isinstance(headed["headers"], dict)
    assert headed["headers"]["x-dify-user"] == sent
    assert USER not in json.dumps(wire.usage_lines())


@every_route
def test_a_check_of_credentials_warns_of_nothing_and_the_first_call_does(
    wire: Wire, route: str
) -> None:
    target = wire.target(route, "gpt-5.6", enable_request_metadata="enabled")
    before = len(wire.warnings())
    for _ in range(2):
        session = wire.plugin.open_session(validate_model_credentials(target))
        assert session.result()["result"] is True
    assert wire.warnings()[before:] == []
    wire.ask(target, app_id=None)
    (warning,) = wire.warnings()[before:]
    assert "without an app id" in warning


def test_an_old_api_version_is_called_untagged_with_one_warning(wire: Wire) -> None:
    target = wire.target(
        "azure-chat", enable_request_metadata="enabled", openai_api_version="2024-08-01-preview"
    )
    before = len(wire.warnings())
    for stream in (True, False, True):
        assert wire.ask(target, LLMOptions(stream=stream)).text
    assert all("metadata" not in body and "store" not in body for body in wire.bodies())
    (warning,) = wire.warnings()[before:]
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
    wire: Wire, refuses: list[str], route: str, sent: list[Json]
) -> None:
    wire.change(refusals=[{"field": name} for name in refuses])
    target = wire.target(route, enable_request_metadata="enabled")
    before = len(wire.warnings())
    for _ in range(2):
        assert wire.ask(target).text.startswith("Echo:")
    ours = [
        {name: body[name] for name in ("store", "metadata") if name in body}
        for body in wire.bodies()
    ]
    assert ours == sent
    assert len(wire.warnings()) - before == len(refuses)


def test_a_credential_check_is_never_tagged(wire: Wire) -> None:
    target = wire.target("openai-responses", enable_request_metadata="enabled")
    session = wire.plugin.open_session(validate_model_credentials(target), app_id=APP)
    assert session.result()["result"] is True
    (body,) = wire.bodies()
    assert "metadata" not in body
    assert body["store"] is False


def test_two_hundred_concurrent_streams_of_two_hundred_apps_never_mix(wire: Wire) -> None:
    apps = [f"app-{number}" for number in range(200)]
    routes = list(ROUTES)
    calls = [
        wire.open_call(
            wire.target(routes[number % len(routes)], enable_request_metadata="enabled"),
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
        for body in wire.bodies()
        if isinstance(metadata := body["metadata"], dict)
    }
    assert set(sent) == set(apps)
    assert all(f"{app} says" in sent[app] for app in apps)
