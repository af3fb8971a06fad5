"""What arrives together is one piece of a response; what has arrived waits for nothing else."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from models.failures.failure import ServiceError
from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from tests.unit.endpoints import openai_at
from tests.wire.raw_server import LAST_CHUNK, event, raw_server, streamed

HEAD = streamed(ended=False)
A, B, C = b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"


@contextmanager
def pieces_of(endpoint: Endpoint) -> Iterator[Iterator[bytes]]:
    """Open a response and give its pieces."""
    request = Request("/responses", "responses", {}, lambda _: {})
    with closing(send(endpoint, request, Deadline(20.0))) as response:
        yield response.iter_raw()


def test_chunks_that_arrive_together_are_one_piece() -> None:
    together = event(b"a") + event(b"b") + event(b"c") + LAST_CHUNK
    with raw_server(lambda _: [HEAD + together]) as server:
        endpoint = openai_at(base=server.url)
        for _ in range(2):
            with pieces_of(endpoint) as pieces:
                assert list(pieces) == [A + B + C]
    # The end was read with them, so that the connection could be used again.
    assert [request.connection for request in server.received] == [1, 1]


def test_nothing_waits_for_a_chunk_whose_rest_is_still_on_its_way() -> None:
    seen = threading.Event()

    def answer(_: object) -> Iterator[bytes]:
        second = event(b"b")
        yield HEAD + event(b"a") + second[:6]
        seen.wait(10)
        yield second[6:] + LAST_CHUNK

    with raw_server(answer) as server, pieces_of(openai_at(base=server.url)) as pieces:
        arrived = next(pieces)
        # All that there is of the second: a read takes what came.
        assert arrived.startswith(A)
        assert not seen.is_set()
        seen.set()
        assert arrived + b"".join(pieces) == A + B


def test_what_came_before_bytes_that_are_no_chunk_is_read_before_they_fail() -> None:
    with (
        raw_server(lambda _: [HEAD + event(b"a") + event(b"b") + b"no chunk\r\n"]) as server,
        pieces_of(openai_at(base=server.url)) as pieces,
    ):
        assert next(pieces) == A + B
        with pytest.raises(ServiceError):
            next(pieces)


def test_records_that_arrive_together_are_one_piece_as_well(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    asked, sent = threading.Event(), threading.Event()

    def answer(_: object) -> Iterator[bytes]:
        yield HEAD + event(b"a")
        asked.wait(10)
        yield from (event(b"b"), event(b"c"), LAST_CHUNK)
        sent.set()

    trusted = (tmp_path / "authority.pem").read_text()
    with (
        raw_server(answer, tls=tls) as server,
        pieces_of(openai_at(base=server.url, ca_certificate=trusted)) as pieces,
    ):
        assert next(pieces) == A
        asked.set()
        sent.wait(10)
        assert list(pieces) == [B + C]
