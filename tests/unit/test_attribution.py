"""What is said of where a call comes from: app, user and tags, as pairs or as headers."""

import hashlib

import pytest
from dify_plugin.core.runtime import Session
from dify_plugin.core.session_context import use_current_session
from dify_plugin.errors.model import InvokeBadRequestError

from models.attribution import (
    Attribution,
    Origin,
    build_dify_metadata,
    current_app_id,
    normalize_metadata_value,
)

APP = "6f1c0f2e-0f5b-4d61-9a55-0d6f2f1d8f11"
USER = "0d6b2f4e-9a55-4d61-8f11-6f1c0f2e0f5b"
DIGEST = hashlib.sha256(USER.encode()).hexdigest()
OURS = {"dify_app_id": APP, "dify_source": "dify"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", ""),
        (0, "0"),
        (False, "False"),
        (APP, APP),
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
def test_an_app_id_gives_exactly_two_pairs(app_id: object, pairs: dict[str, str] | None) -> None:
    assert build_dify_metadata(app_id) == pairs
    assert Attribution().pairs(Origin(app_id)) == pairs


def bound(app_id: object) -> Session:
    """A session of the SDK's own, as the executor binds it, with whatever a host sent as app id."""
    session = Session.empty_session()
    session.app_id = app_id  # type: ignore[assignment]
    return session


class Broken:
    """An id that cannot even be read."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("app_id", "expected"),
    [(APP, APP), (None, None), ("", None), (0, "0"), ("x" * 600, "x" * 512), (Broken(), None)],
)
def test_the_app_id_is_the_sessions(app_id: object, expected: str | None) -> None:
    assert current_app_id() is None
    with use_current_session(bound(app_id)):
        assert current_app_id() == expected


@pytest.mark.parametrize(
    ("choice", "user", "sent"),
    [
        ("none", USER, None),
        ("anything else", USER, None),
        ("digest", USER, DIGEST),
        ("plain", USER, USER),
        ("digest", None, None),
        ("plain", "", None),
    ],
)
def test_the_user_is_added_as_chosen(choice: str, user: str | None, sent: str | None) -> None:
    origin = Origin(APP, user)
    expected = OURS if sent is None else {**OURS, "dify_user": sent}
    assert Attribution("enabled", choice).pairs(origin) == expected
    assert Attribution("headers", choice).headers(origin).get("X-Dify-User") == sent
    assert Attribution("enabled", choice).pairs(Origin(None, user)) is None


@pytest.mark.parametrize(
    ("written", "tags"),
    [
        ("", {}),
        (" , ;\n", {}),
        ("team=search, cost_center = 42", {"team": "search", "cost_center": "42"}),
        ("team=search;url=a=b\nx.y-z=ü", {"team": "search", "url": "a=b", "x.y-z": "ü"}),
        ("a=1,a=2", {"a": "2"}),
        (f"a={'v' * 512}", {"a": "v" * 512}),
        (",".join(f"k{n}=v" for n in range(13)), {f"k{n}": "v" for n in range(13)}),
    ],
)
def test_tags_travel_with_the_app_id(written: str, tags: dict[str, str]) -> None:
    attribution = Attribution.from_credentials({"request_tags": written})
    assert attribution.pairs(Origin(APP)) == {**tags, **OURS}
    assert attribution.pairs(Origin(None)) is None
    assert attribution.headers(Origin(APP)) == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("search", "'search' cannot be sent; write tags as team=search"),
        ("team=", "'team=' cannot be sent"),
        ("my team=search", "'my team=search' cannot be sent"),
        (f"{'k' * 65}=v", "cannot be sent"),
        (f"a={'v' * 513}", "cannot be sent"),
        ("dify_app_id=x", "'dify_app_id' is the plugin's own"),
        ("dify_user=x", "'dify_user' is the plugin's own"),
        (",".join(f"k{n}=v" for n in range(14)), "There are 14 request tags, .* room for 13"),
    ],
)
def test_a_tag_that_cannot_be_sent_is_refused(written: str, said: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=said):
        Attribution.from_credentials({"request_tags": written})


@pytest.mark.parametrize("switch", ["disabled", "enabled", "", "Headers"])
def test_headers_need_their_own_switch(switch: str) -> None:
    assert Attribution(switch, "plain", {"team": "a"}).headers(Origin(APP, USER)) == {}
    assert Attribution("headers", "plain", {"team": "a"}).headers(Origin(None, USER)) == {}


def test_a_header_value_cannot_break_out_of_its_line() -> None:
    attribution = Attribution("headers", tags={"team": "a, b", "x": "ü\r\nX-Evil: 1"})
    assert attribution.headers(Origin("a\r\nX-Evil: 1 ü")) == {
        "X-Dify-App-Id": "a%0D%0AX-Evil:%201%20%C3%BC",
        "X-Dify-Source": "dify",
        "X-Dify-Tags": "team=a%2C%20b,x=%C3%BC%0D%0AX-Evil:%201",
    }
