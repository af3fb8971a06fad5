"""Every row of the contract of request metadata, at the border of its only owner."""

import logging
from collections.abc import Iterator

import pytest
from dify_plugin.core.session_context import use_current_session
from pydantic import JsonValue

from models.attribution import Attribution, Origin
from models.llm._metadata import MetadataPolicy, apply_dify_metadata_if_enabled
from models.llm.reply import Api
from tests.unit.test_attribution import APP, bound

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
    """A policy of an endpoint that no other test has used: warnings are given once for each."""
    return MetadataPolicy(Attribution("enabled"), endpoint=request.node.nodeid)


@pytest.fixture
def warnings_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING, logger="models"):
        yield caplog


# `store` of the request, whether the app is known, what is sent; Responses stores unless told not
STORE_TABLE: list[tuple[Body, str | None, Body]] = [
    ({}, APP, {"store": True, "metadata": OURS}),
    ({}, None, {}),
    ({"store": True}, APP, {"store": True, "metadata": OURS}),
    ({"store": True}, None, {"store": True}),
    ({"store": False}, APP, {"store": False}),
    ({"store": False}, None, {"store": False}),
    ({"store": False, "metadata": {"a": "b"}}, APP, {"store": False}),
    ({"metadata": {"a": "b"}}, None, {}),
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


# What an endpoint has refused, whether it is known to take `store`, the switch: what is sent
NOT_STORED: Body = {"store": False}
STORED: Body = {"store": True, "metadata": OURS}
REFUSED_TABLE: list[tuple[set[str], bool, str, Body, Body]] = [
    (set(), False, "enabled", STORED, STORED),
    ({"metadata"}, False, "enabled", {}, NOT_STORED),
    ({"store"}, False, "enabled", {}, {}),
    ({"metadata", "store"}, False, "enabled", {}, {}),
    ({"store"}, False, "disabled", {}, {}),
    ({"user"}, False, "disabled", {}, NOT_STORED),
    # A service that is known to store is always told not to.
    ({"metadata"}, True, "enabled", {}, NOT_STORED),
    ({"store"}, True, "enabled", {}, NOT_STORED),
    ({"metadata", "store"}, True, "disabled", {}, NOT_STORED),
]


@pytest.mark.parametrize(
    ("refused", "keeps_store", "switch", "on_chat", "on_responses"), REFUSED_TABLE
)
def test_what_an_endpoint_refuses_is_left_out_but_not_storing_where_it_counts(
    refused: set[str], keeps_store: bool, switch: str, on_chat: Body, on_responses: Body
) -> None:
    policy = MetadataPolicy(
        Attribution(switch), refused=frozenset(refused), keeps_store=keeps_store
    )
    tables: list[tuple[Api, Body]] = [("chat", on_chat), ("responses", on_responses)]
    for api, sent in tables:
        body: Body = {}
        apply_dify_metadata_if_enabled(body, {}, api=api, origin=Origin(APP), policy=policy)
        assert body == sent, api


def test_an_old_chat_api_keeps_no_metadata_and_says_why_once(
    policy: MetadataPolicy, warnings_logged: pytest.LogCaptureFixture
) -> None:
    old = MetadataPolicy(policy.attribution, policy.endpoint, chat_refuses="it is too old")
    calls: list[tuple[Api, Body]] = [("chat", {}), ("chat", {}), ("responses", STORED)]
    for api, sent in calls:
        body: Body = {}
        apply_dify_metadata_if_enabled(body, {}, api=api, origin=Origin(APP), policy=old)
        assert body == sent
    assert [record.getMessage() for record in warnings_logged.records] == [
        "request metadata was left out: it is too old"
    ]


def test_a_callers_metadata_is_merged_into_a_new_dict_and_ours_win() -> None:
    callers: dict[str, JsonValue] = {"team": "blue", "dify_source": "elsewhere"}
    body = applied({"metadata": callers}, api="chat", app_id=APP)
    assert body == {"store": True, "metadata": {"team": "blue", **OURS}}
    assert callers == {"team": "blue", "dify_source": "elsewhere"}


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


def test_without_an_origin_given_the_current_sessions_app_is_used() -> None:
    body: Body = {}
    with use_current_session(bound(APP)):
        apply_dify_metadata_if_enabled(body, ON)
    assert body == STORED


def test_why_it_was_skipped_is_logged_once_per_endpoint(
    policy: MetadataPolicy, warnings_logged: pytest.LogCaptureFixture
) -> None:
    other = MetadataPolicy(policy.attribution, endpoint=f"{policy.endpoint} other")
    for each in (policy, policy, other):
        apply_dify_metadata_if_enabled({}, {}, origin=Origin(None), policy=each)
    assert len(warnings_logged.records) == 2
    assert "without an app id" in warnings_logged.records[0].getMessage()
