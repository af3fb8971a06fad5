"""Bytes come as they were sent, and payloads of events unchanged, however they are cut."""

from collections.abc import Iterable
from itertools import chain

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from models.service.body import Body
from models.service.streaming import event_data
from tests.properties.outcomes import result_or_failure
from tests.properties.streams import cuts_of, to_stream

_encodings = st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, deflate", "new", ""])
_lines = st.binary(max_size=20).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
# The second has characters that text readers take for line ends, and one of four bytes.
_payload_lines = _lines | st.just("a\u2028b\u0085c\u2029d\x0be\x0cf 😀".encode())
_payloads = st.lists(_payload_lines, min_size=1, max_size=3).map(b"\n".join)


def _all_data(pieces: Iterable[bytes]) -> list[bytes]:
    return list(chain.from_iterable(event_data(pieces)))


@given(content=st.binary(), encoding=st.none() | _encodings)
def test_any_body_is_bytes_or_a_failure(content: bytes, encoding: str | None) -> None:
    headers = httpx2.Headers({} if encoding is None else {"content-encoding": encoding})
    body = Body(httpx2.ByteStream(content), headers, None)
    read = result_or_failure(lambda: b"".join(body))
    if encoding in {None, "", "new"}:
        assert read == content


@given(
    payloads=st.lists(_payloads, max_size=5),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    before=st.sampled_from([b"", b": comment", b"event: x", b"id: 1", b"retry", b"data_: no"]),
    data=st.data(),
)
def test_payloads_survive_any_line_end_and_any_cut(
    payloads: list[bytes], line_end: bytes, before: bytes, data: st.DataObject
) -> None:
    stream = to_stream(payloads, line_end, before)
    say_something = [payload for payload in payloads if payload.strip() not in {b"", b"null"}]
    assert _all_data(data.draw(cuts_of(stream))) == say_something


@given(pieces=st.lists(st.binary(max_size=20), max_size=5))
def test_any_bytes_have_payloads_that_do_not_depend_on_the_cut(pieces: list[bytes]) -> None:
    assert _all_data(pieces) == _all_data([b"".join(pieces)])
