"""Every row of the contract of request metadata, at the helper's border."""

import hashlib
import logging
from collections.abc import Iterator

import pytest
from dify_plugin.core.runtime import Session
from dify_plugin.core.session_context import use_current_session
from pydantic import JsonValue

from models.failures.failure import Kind, Said, ServiceError
from models.llm._metadata import (
    MetadataPolicy,
    Origin,
    apply_dify_metadata_if_enabled,
    build_dify_metadata,
    current_app_id,
    dify_headers,
    normalize_metadata_value,
    remember_refusal,
)
from models.llm.reply import Api

APP = "6f1c0f2e-0f5b-4d61-9a55-0d6f2f1d8f11"
OURS: dict[str, JsonValue] = {"dify_app_id": APP, "dify_source": "dify"}
ON = {"enable_request_metadata": "enabled"}
every_api = pytest.mark.parametrize("api", ["chat", "responses"])

type Body = dict[str, JsonValue]


def applied(body: Body, switch: object = "enabled", *, api: Api, app_id: str | None) -> Body:
    """Return a body after the helper has decided on it."""
    credentials = {} if switch is None else {"enable_request_metadata": str(switch)}
    apply_dify_metadata_if_enabled(body, credentials, api=api, origin=Origin(app_id))
    return body


@pytest.fixture
def policy(request: pytest.FixtureRequest) -> MetadataPolicy:
    """A policy of an endpoint that no other test has used: refusals are remembered per endpoint."""
    return MetadataPolicy(ON, endpoint=request.node.nodeid)


@pytest.fixture
def warnings_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING, logger="models"):
        yield caplog


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        (0, "0"),
        (False, "False"),
        (APP, APP),
        ("x" * 512, "x" * 512),
        ("x" * 513, "x" * 512),
        ("ü" * 600, "ü" * 512),
        ("a\ud800b", "a?b"),
        (["a"], "['a']"),
    ],
)
def test_a_value_is_normalised(value: object, expected: str) -> None:
    assert normalize_metadata_value(value) == expected


@pytest.mark.parametrize(
    ("app_id", "pairs"),
    [(None, None), ("", None), (0, {"dify_app_id": "0", "dify_source": "dify"}), (APP, OURS)],
)
def test_an_app_id_gives_exactly_two_pairs(app_id: object, pairs: Body | None) -> None:
    assert build_dify_metadata(app_id) == pairs


# `store` of the request, whether the app is known, what is sent; Responses stores unless told not
STORE_TABLE: list[tuple[Body, str | None, Body]] = [
    ({}, APP, {"store": True, "metadata": OURS}),
    ({}, None, {}),
    ({"store": True}, APP, {"store": True, "metadata": OURS}),
    ({"store": True}, None, {"store": True}),
    ({"store": False}, APP, {"store": False}),
    ({"store": False}, None, {"store": False}),
]


@every_api
@pytest.mark.parametrize(("body", "app_id", "sent"), STORE_TABLE)
def test_store_follows_the_table(body: Body, app_id: str | None, sent: Body, api: Api) -> None:
    not_stored: Body = {"store": False} if api == "responses" else {}
    assert applied(dict(body), api=api, app_id=app_id) == not_stored | sent


@every_api
@pytest.mark.parametrize("switch", [None, "", "disabled", "headers", "Enabled", "true", "1"])
def test_only_the_value_enabled_switches_it_on(switch: str | None, api: Api) -> None:
    expected = {"store": False} if api == "responses" else {}
    assert applied({}, switch, api=api, app_id=APP) == expected


def test_a_callers_metadata_is_merged_into_a_new_dict_and_ours_win() -> None:
    callers: dict[str, JsonValue] = {"team": "blue", "dify_source": "elsewhere"}
    body = applied({"metadata": callers}, api="chat", app_id=APP)
    assert body == {"store": True, "metadata": {"team": "blue", **OURS}}
    assert callers == {"team": "blue", "dify_source": "elsewhere"}
    assert body["metadata"] is not callers


@pytest.mark.parametrize("value", ["text", 7, ["a"], None])
def test_metadata_that_is_no_dict_is_replaced(value: JsonValue) -> None:
    assert applied({"metadata": value}, api="chat", app_id=APP)["metadata"] == OURS


@pytest.mark.parametrize(("own_pairs", "has_room"), [(14, True), (15, False), (16, False)])
def test_a_callers_pairs_win_where_there_is_no_room(
    own_pairs: int,
    has_room: bool,
    policy: MetadataPolicy,
    warnings_logged: pytest.LogCaptureFixture,
) -> None:
    own: Body = {f"key{n}": "v" for n in range(own_pairs)}
    body: Body = {"metadata": dict(own)}
    apply_dify_metadata_if_enabled(body, ON, origin=Origin(APP), policy=policy)
    assert body == {"store": True, "metadata": own | OURS if has_room else own}
    assert len(warnings_logged.records) == (0 if has_room else 1)


def session(app_id: object) -> Session:
    """A session of the SDK's own, as the executor binds it, with whatever a host sent as app id."""
    bound = Session.empty_session()
    bound.app_id = app_id  # type: ignore[assignment]
    return bound


@pytest.mark.parametrize(
    ("app_id", "expected"), [(APP, APP), (None, None), ("", None), (0, "0"), ("x" * 600, "x" * 512)]
)
def test_the_app_id_is_the_sessions(app_id: object, expected: str | None) -> None:
    with use_current_session(session(app_id)):
        assert current_app_id() == expected


def test_without_a_session_there_is_no_app_id() -> None:
    assert current_app_id() is None


def test_an_exception_while_reading_the_app_id_means_no_app_id() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    with use_current_session(session(Broken())):
        assert current_app_id() is None


def test_without_an_app_id_given_the_current_sessions_is_used() -> None:
    body: Body = {}
    with use_current_session(session(APP)):
        apply_dify_metadata_if_enabled(body, ON)
    assert body == {"store": True, "metadata": OURS}


def test_why_it_was_skipped_is_logged_once_per_endpoint(
    policy: MetadataPolicy, warnings_logged: pytest.LogCaptureFixture
) -> None:
    other = MetadataPolicy(ON, endpoint=f"{policy.endpoint} other")
    for each in (policy, policy, other):
        apply_dify_metadata_if_enabled({}, ON, origin=Origin(None), policy=each)
    assert len(warnings_logged.records) == 2
    assert "without an app id" in warnings_logged.records[0].getMessage()


def test_a_header_value_cannot_break_out_of_its_line() -> None:
    headers = dify_headers({"enable_request_metadata": "headers"}, Origin("a\r\nX-Evil: 1 ü"))
    assert headers["X-Dify-App-Id"] == "a%0D%0AX-Evil:%201%20%C3%BC"


def refusal(message: str, *, param: str | None = None) -> ServiceError:
    return ServiceError(Kind.BAD_REQUEST, Said(message, param=param), status=400)


# message, `param`, the field that is not taken
REFUSALS = [
    ("Unrecognized request argument supplied: metadata", None, "metadata"),
    ("Unknown parameter: 'metadata'.", "metadata", "metadata"),
    ("The 'metadata' parameter is only allowed when 'store' is enabled.", None, "metadata"),
    ("body.store: Extra inputs are not permitted", None, "store"),
    ("Unrecognized request argument supplied: store", None, "store"),
    ("too long", "metadata.dify_app_id", "metadata"),
]
TAGGED: Body = {"model": "m", "store": True, "metadata": OURS}
# What is no refusal of our fields, and the body that was sent
OTHERS = [
    (refusal("Failed to download image https://store.example/x.png"), TAGGED),
    (refusal("Invalid 'messages[0].content'", param="messages[0].content"), TAGGED),
    (refusal("the word 'metadata' in a prompt", param="input"), TAGGED),
    (refusal("Our store is closed"), TAGGED),
    (ServiceError(Kind.SERVER, Said("bad", param="metadata"), status=500), TAGGED),
    (refusal("bad", param="metadata"), {"model": "m"}),
]


@every_api
@pytest.mark.parametrize(("message", "param", "field"), REFUSALS)
def test_a_400_about_our_fields_is_repeated_without_them(
    message: str, param: str | None, field: str, api: Api, policy: MetadataPolicy
) -> None:
    body: Body = {"model": "m"}
    apply_dify_metadata_if_enabled(body, ON, api=api, origin=Origin(APP), policy=policy)
    assert remember_refusal(refusal(message, param=param), body, api, policy)
    again: Body = {"model": "m"}
    apply_dify_metadata_if_enabled(again, ON, api=api, origin=Origin(APP), policy=policy)
    kept = {"store": False} if api == "responses" and field == "metadata" else {}
    assert again == {"model": "m", **kept}


@pytest.mark.parametrize(("error", "body"), OTHERS)
def test_no_other_error_is(error: ServiceError, body: Body, policy: MetadataPolicy) -> None:
    assert not remember_refusal(error, body, "chat", policy)


def test_a_refusal_is_remembered_per_model_and_api(policy: MetadataPolicy) -> None:
    remember_refusal(refusal("bad", param="metadata"), TAGGED, "chat", policy)
    for model, api in (("other", "chat"), ("m", "responses")):
        again: Body = {"model": model}
        apply_dify_metadata_if_enabled(again, ON, api=api, origin=Origin(APP), policy=policy)  # type: ignore[arg-type]
        assert again == {**TAGGED, "model": model}


def test_a_refusal_is_forgotten_after_ten_minutes(
    policy: MetadataPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    remember_refusal(refusal("bad", param="metadata"), TAGGED, "chat", policy)
    for later, tagged in ((599.0, False), (601.0, True)):
        now = 1000.0 + later
        again: Body = {"model": "m"}
        apply_dify_metadata_if_enabled(again, ON, origin=Origin(APP), policy=policy)
        assert ("metadata" in again) is tagged


def test_the_policy_keeps_nothing_of_the_credentials_but_the_switch() -> None:
    credentials = {"openai_api_key": "a-secret", "enable_request_metadata": "enabled"}
    assert "a-secret" not in repr(MetadataPolicy.from_credentials(credentials, endpoint="e"))


USER = "0d6b2f4e-9a55-4d61-8f11-6f1c0f2e0f5b"
DIGEST = hashlib.sha256(USER.encode()).hexdigest()
USER_CHOICES: list[tuple[str | None, str | None]] = [
    (None, None),
    ("none", None),
    ("anything else", None),
    ("digest", DIGEST),
    ("plain", USER),
]


@every_api
@pytest.mark.parametrize(("choice", "sent"), USER_CHOICES)
def test_the_user_is_added_as_chosen(choice: str | None, sent: str | None, api: Api) -> None:
    chosen = {} if choice is None else {"request_metadata_user": choice}
    body: Body = {}
    apply_dify_metadata_if_enabled(body, ON | chosen, api=api, origin=Origin(APP, USER))
    assert body["metadata"] == (OURS if sent is None else {**OURS, "dify_user": sent})
    in_headers = {"enable_request_metadata": "headers", **chosen}
    assert dify_headers(in_headers, Origin(APP, USER)).get("X-Dify-User") == sent


@pytest.mark.parametrize("user", [None, ""])
def test_a_call_without_a_user_has_the_two_pairs(user: str | None) -> None:
    for choice in ("digest", "plain"):
        body: Body = {}
        credentials = {**ON, "request_metadata_user": choice}
        apply_dify_metadata_if_enabled(body, credentials, origin=Origin(APP, user))
        assert body["metadata"] == OURS


def test_without_an_app_the_user_is_not_sent_either() -> None:
    body: Body = {}
    credentials = {**ON, "request_metadata_user": "plain"}
    apply_dify_metadata_if_enabled(body, credentials, origin=Origin(None, USER))
    assert body == {}
    credentials["enable_request_metadata"] = "headers"
    assert dify_headers(credentials, Origin(None, USER)) == {}
