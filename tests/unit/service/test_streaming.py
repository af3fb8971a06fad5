"""The bytes of a response and the events in them: an honest end, whatever the network does."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain

import httpx2
import pytest

from models.failures.failure import Kind, ServiceError
from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.streaming import event_data, read_to_end
from tests.unit.endpoints import openai_at
from tests.wire.raw_server import CLOSED, HELD_OPEN, RawServer, event, raw_server, streamed

BEGUN = streamed(b"begun", ended=False)


def payloads(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of all events."""
    return chain.from_iterable(event_data(pieces))


@contextmanager
def opened(
    *answer: bytes | float, deadline: Deadline | None = None
) -> Iterator[tuple[httpx2.Response, RawServer]]:
    """Open a response whose bytes are these pieces."""
    with raw_server(lambda _: answer) as server:
        request = Request("/responses", "responses", {}, lambda _: {})
        endpoint = openai_at(base=server.url)
        with closing(send(endpoint, request, deadline or Deadline(5.0))) as response:
            yield response, server


def read(response: httpx2.Response) -> tuple[bytes, ServiceError | None]:
    """Return what arrived, and how it failed."""
    arrived = b""
    try:
        for piece in response.iter_raw():
            arrived += piece
    except ServiceError as failure:
        return arrived, failure
    return arrived, None


@pytest.mark.parametrize(
    ("answer", "arrived", "kind", "retryable"),
    [
        ([BEGUN, CLOSED], b"data: begun\n\n", Kind.CONNECTION, False),
        ([streamed(ended=False), CLOSED], b"", Kind.CONNECTION, True),
        ([BEGUN, b"no chunk\r\n"], b"data: begun\n\n", Kind.CONNECTION, False),
        (
            [BEGUN.replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1), CLOSED],
            b"",
            Kind.SERVER,
            False,
        ),
    ],
)
def test_a_stream_that_breaks_says_so(
    answer: Sequence[bytes | float], arrived: bytes, kind: Kind, retryable: bool
) -> None:
    deadline = Deadline(5.0)
    with opened(*answer, deadline=deadline) as (response, _):
        before, failure = read(response)
    assert before == arrived
    assert failure is not None
    assert (failure.kind, failure.retryable) == (kind, retryable)
    # It had begun, so it is asked for once more at most.
    assert failure.begun is (kind is Kind.CONNECTION)


@pytest.mark.parametrize(
    "answer", [[BEGUN, HELD_OPEN], [BEGUN, *[0.05, event(b".")] * 100]], ids=["silent", "trickling"]
)
def test_a_stream_without_an_end_is_left_at_the_deadline(answer: list[bytes | float]) -> None:
    deadline = Deadline(0.3)
    with opened(*answer, deadline=deadline) as (response, server):
        before, failure = read(response)
        assert before.startswith(b"data: begun")
        assert before.count(b"data: .") < 100
        assert failure is not None
        assert "the limit for one call" in failure.said.message
        assert len(server.received) == 1
    assert response.is_closed


def test_what_follows_the_last_event_is_read_and_cannot_fail_an_answer() -> None:
    for rest in ([CLOSED], [b"0\r\n\r\n"], [b"no chunk\r\n"]):
        deadline = Deadline(5.0)
        with opened(BEGUN, *rest, deadline=deadline) as (response, _):
            content = response.iter_raw()
            assert next(content) == b"data: begun\n\n"
            read_to_end(content, deadline)
        assert deadline.remaining() <= 1.0


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data:no space\n\n", [b"no space"]),
        (b"event: ping\nid: 7\nretry: 10\n: comment\n\n\n\n", []),
        (b"data: whole\n\ndata: half", [b"whole"]),
        (b"data: whole\n\ndata: half\n", [b"whole"]),
        (b"data: whole\n\ndata: half\r", [b"whole"]),
        (b"data: a\r\r", [b"a"]),
    ],
)
def test_an_event_is_its_data_and_ends_with_a_blank_line(
    stream: bytes, events: list[bytes]
) -> None:
    # That any line end and any cut give the same events is in tests/properties.
    assert list(payloads([stream])) == events


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (b'error: {"code": 400, "message": "too long"}', "too long"),
        (b'error:{"error": {"message": "too long"}}', "too long"),
        (b"error: the slot is gone", "the slot is gone"),
        (b'error: "the slot is gone"', "the slot is gone"),
    ],
)
def test_an_error_in_a_field_of_its_own_keeps_its_words(field: bytes, said: str) -> None:
    events = payloads([b"data: a\n\n", field, b"\n\ndata: [DONE]\n\n"])
    assert next(events) == b"a"
    with pytest.raises(ServiceError) as raised:
        next(events)
    assert raised.value.said.message == said


@pytest.mark.parametrize("value", [b"", b" ", b" null", b" {}", b' ""'])
def test_an_empty_error_field_is_none(value: bytes) -> None:
    assert list(payloads([b"error:" + value + b"\ndata: a\n\n"])) == [b"a"]


def test_an_event_that_never_ends_is_not_collected() -> None:
    pieces = 0

    def unending() -> Iterator[bytes]:
        nonlocal pieces
        for _ in range(400):
            pieces += 1
            yield b"x" * 65536

    with pytest.raises(ServiceError) as raised:
        list(payloads(unending()))
    assert "longer than 16 MiB" in raised.value.said.message
    assert pieces <= 257


def test_an_event_of_many_lines_is_not_collected_either_and_many_events_are() -> None:
    line = b"data: " + b"x" * 65536 + b"\n"
    with pytest.raises(ServiceError, match="longer than 16 MiB"):
        list(payloads(line for _ in range(400)))
    assert sum(1 for _ in payloads(line + b"\n" for _ in range(400))) == 400


def test_a_line_end_may_come_in_two_pieces() -> None:
    assert list(payloads([b"data: a\r", b"\n\r", b"\n"])) == [b"a"]


def test_the_events_that_a_piece_completes_come_together() -> None:
    pieces = [b"data: a\n\ndata: b\n\nda", b"ta: c\n", b"\n", b"data: d\n\n"]
    arrived = [list(events) for events in event_data(pieces)]
    assert [events for events in arrived if events] == [[b"a", b"b"], [b"c"], [b"d"]]
