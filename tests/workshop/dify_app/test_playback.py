"""Event streams that a test passes in: the same bytes come out, in pieces of any size."""

import base64

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.dify_app.client import DifyClient, error_of

STREAM = (
    'event: ping\n\ndata: {"event": "message", "answer": "旧答"}\r\n\r\n'
    'data:{"event":"message_replace","answer":"替换\u2028回答"}\n\n'
    ": comment\n\ndata:\n\n"
    'data: {"event": "message_end", "metadata": {}}\n\n'
)
CONTENT = STREAM.encode()


@pytest.mark.parametrize(
    "step",
    [{"stream": STREAM}, {"stream_base64": base64.b64encode(CONTENT).decode()}],
    ids=["text", "bytes"],
)
def test_a_stream_is_played_byte_for_byte(app: DifyClient, step: JsonObject) -> None:
    app.app.extend_plan(step)
    response = app.chat()
    assert response.content == CONTENT
    assert response.headers["content-type"].startswith("text/event-stream")
    assert app.turn().answer == "Echo: hello"


def test_bytes_need_not_be_text(chat: DifyClient) -> None:
    content = b"data: \xff\x00\n\n"
    chat.app.extend_plan({"stream_base64": base64.b64encode(content).decode()})
    assert chat.chat().content == content


@pytest.mark.parametrize("every", [1, 7, 64])
def test_a_stream_leaves_in_pieces_of_any_size(chat: DifyClient, every: int) -> None:
    chat.app.extend_plan({"stream": STREAM, "split": {"every": every}})
    with chat.opened() as opened:
        pieces = list(opened)
    assert b"".join(pieces) == CONTENT
    assert {len(piece) for piece in pieces[:-1]} == {every}


def test_a_stream_is_cut_into_pieces_anywhere(chat: DifyClient) -> None:
    inside = CONTENT.index("旧".encode()) + 1
    chat.app.extend_plan({"stream": STREAM, "split": {"at": [inside, 3]}})
    with chat.opened() as opened:
        pieces = list(opened)
    assert [len(piece) for piece in pieces[:2]] == [3, inside - 3]
    assert b"".join(pieces) == CONTENT


@pytest.mark.parametrize("cut_at", [0, 1, 13, 40, len(CONTENT) - 1])
def test_the_connection_is_lost_after_any_byte(chat: DifyClient, cut_at: int) -> None:
    chat.app.extend_plan({"stream": STREAM, "cut_at": cut_at})
    received: list[bytes] = []
    with (
        chat.opened() as pieces,
        pytest.raises(httpx2.RemoteProtocolError, match="closed"),
    ):
        received.extend(pieces)
    assert b"".join(received) == CONTENT[:cut_at]


def test_a_played_stream_passes_the_rules_first_and_leaves_no_turn(chat: DifyClient) -> None:
    chat.app.extend_plan({"stream": STREAM})
    assert error_of(chat.chat(user=...))[0] == 400
    assert chat.chat().content == CONTENT
    listed = chat.send("GET", "/conversations", params={"user": "ann"})
    assert listed.json()["data"] == []
