"""How answers leave: event by event, in cuts, with pauses."""

from collections.abc import Callable

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, body_for

RECORDED: JsonObject = {"recording": "responses-stream-text"}


@pytest.fixture
def pieces_of(client: ServiceClient) -> Callable[..., list[bytes]]:
    """Return the pieces in which an answer arrives, one for each chunk of the transfer."""

    def read(route: Route, step: JsonObject, **arguments: object) -> list[bytes]:
        client.account.extend_plan(step)
        path = "/v1/chat/completions" if route == "chat" else "/v1/responses"
        headers = {"authorization": f"Bearer {client.account.key}"}
        body = body_for(route, **arguments)
        with client.http.stream("POST", path, json=body, headers=headers) as response:
            return [piece for piece in response.iter_raw() if piece]

    return read


def test_events_leave_one_by_one(pieces_of: Callable[..., list[bytes]]) -> None:
    for step in ({"text": "a b", "delay_ms": 2}, RECORDED | {"delay_ms": 2}):
        pieces = pieces_of("responses", step, stream=True)
        assert len(pieces) > 5
        assert all(p.startswith(b"event: ") and p.endswith(b"\n\n") for p in pieces)


@pytest.mark.parametrize("every", [1, 7, 64])
def test_a_stream_is_cut_every_so_many_bytes(
    pieces_of: Callable[..., list[bytes]], every: int
) -> None:
    step = {"text": "a", "split": {"every": every}}
    pieces = pieces_of("chat", step, stream=True)
    assert {len(piece) for piece in pieces[:-1]} == {every}
    assert b"".join(pieces).endswith(b"data: [DONE]\n\n")


def test_a_body_is_cut_at_offsets(pieces_of: Callable[..., list[bytes]]) -> None:
    step = RECORDED | {"split": {"at": [30, 3, 99_999_999, 0]}}
    pieces = pieces_of("responses", step, stream=True)
    assert [len(piece) for piece in pieces[:2]] == [3, 27]
    assert len(pieces) == 3


def test_a_whole_answer_can_be_cut(pieces_of: Callable[..., list[bytes]]) -> None:
    pieces = pieces_of("chat", {"text": "a \N{SNOWMAN}", "split": {"every": 3}})
    assert "a \N{SNOWMAN}" in b"".join(pieces).decode()
    assert len(pieces) > 50


def test_a_slow_stream_holds_up_nobody(client: ServiceClient) -> None:
    client.account.extend_plan({"text": ["a"] * 20, "delay_ms": 50})
    headers = {"authorization": f"Bearer {client.account.key}"}
    body = body_for("chat", stream=True)
    with client.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as slow:
        next(slow.iter_raw())
        assert client.generate("chat").status_code == 200
        outcomes = [entry["outcome"] for entry in client.account.journal()]
        assert outcomes == ["pending", "complete"]


def test_a_whole_answer_says_its_length(client: ServiceClient) -> None:
    response: httpx2.Response = client.generate("chat")
    assert int(response.headers["content-length"]) == len(response.content)
