"""Whatever bytes a server sends over HTTP, a call is answered or fails in one sentence, in time;
and the next call gets its own answer, not what that one has left on the connection."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.recorded_answers import RECORDED, RecordedAnswer
from tests.properties.streams import cuts_of
from tests.properties.upstream import CALLS, KEY, Upstream
from tests.wire.raw_server import CLOSED

_MOST_BYTES = 20_000
_STATUS_LINES = (
    *("HTTP/1.1 200", "HTTP/1.0 200 OK", "HTTP/2 200 OK", "HTTP/1.1 099 x", "HTTP/1.1 1000 x"),
    *("ICY 200 OK", "HTTP/1.1 -200 x", "HTTP/1.1 200 \xe4", "http/1.1 200 ok", "", "HTTP/1.1"),
    *("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK", "HTTP/1.1 101 Switching Protocols"),
    *("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK", f"HTTP/1.1 200 {KEY}"),
    *(f"HTTP/1.1 {status} x" for status in (201, 204, 205, 206, 226, 299, 300, 301, 304, 307, 399)),
    *(f"HTTP/1.1 {status} x" for status in (400, 401, 403, 404, 407, 408, 409, 413, 418, 422, 429)),
    *(f"HTTP/1.1 {status} x" for status in (431, 451, 499, 500, 501, 502, 503, 504, 524, 599, 999)),
)
_HEADERS = (
    *("content-length: 5", "content-length: -1", "content-length: 99999999999999999999"),
    *("content-length: 5, 5", "content-length: x", "content-length: 0", "content-length:"),
    *("transfer-encoding: gzip", "transfer-encoding: gzip, chunked", "transfer-encoding: x"),
    *("transfer-encoding: chunked", "transfer-encoding: identity", "connection: close"),
    *("content-encoding: gzip", "content-encoding: deflate", "content-encoding: br"),
    *("content-encoding: zstd", "content-encoding: gzip, gzip", "content-encoding: identity"),
    *("content-type: text/event-stream", "content-type: application/json", "content-type:"),
    *("content-type: text/html; charset=utf-16", "content-type: text/plain; charset=latin-1"),
    *("content-type: text/plain; charset=nonsense", "content-type: \xe4/\xf6; charset=\x80"),
    *("content-type: multipart/form-data", "content-type: audio/wav; charset=" + "x" * 500),
    *("retry-after: 1", "retry-after: nan", "retry-after-ms: -1", "x-should-retry: true"),
    *(f"x-request-id: {KEY}", "x-request-id: \xff\x80", f"x-{KEY}: {KEY}", f"server: {KEY}"),
    *("location: http://127.0.0.1:9/", "location: //", f"location: http://[{KEY}", "location:"),
    *("set-cookie: a=b; path=/; max-age=99999999", "www-authenticate: Basic", "upgrade: h2c"),
    *("no colon", ": no name", "a b: c", " folded: line", "x: \x00", "x: " + "y" * 5000, "x:\ty"),
    *("trailer: x", "keep-alive: timeout=0", "date: x", "proxy-authenticate: Negotiate"),
)


def _deflated(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


_PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "x-deflate": _deflated,
    "gzip, gzip": lambda body: gzip.compress(gzip.compress(body)),
}


@cache
def _answers_to(call: str) -> tuple[RecordedAnswer, ...]:
    """Return the short recorded answers to a kind of call; all of them where none is short."""
    all_of_them = tuple(recorded for recorded in RECORDED if recorded.call == call)
    short = (each for each in all_of_them if len(each.body(each.documents())) <= _MOST_BYTES)
    return tuple(short) or all_of_them


@st.composite
def _chunked(draw: st.DrawFn, body: bytes) -> bytes:
    """Write a body in chunks of any sizes, with extensions and trailers, some of them wrong."""
    pieces = [piece for piece in draw(cuts_of(body)) if piece]
    extension = draw(st.sampled_from([b"", b"", b";a=b", b";" + b"x" * 50, b" "]))
    sizes = draw(st.sampled_from([b"%x", b"%x", b"%X", b"000%x", b"0x%x", b"-%x", b"%xg"]))
    chunks = [sizes % len(piece) + extension + b"\r\n" + piece + b"\r\n" for piece in pieces]
    trailer = draw(st.sampled_from([b"", b"", b"x: y\r\n", b"no colon\r\n", b"\x00\r\n"]))
    end = draw(st.sampled_from([b"0\r\n%s\r\n", b"0\r\n%s\r\n", b"", b"0\r\n", b"fffffffff\r\n"]))
    return b"".join(chunks) + (end % trailer if b"%s" in end else end)


@st.composite
def answers(draw: st.DrawFn, call: str) -> bytes:
    """Draw the bytes of a recorded answer with anything odd about its head, framing and packing."""
    recorded = draw(st.sampled_from(_answers_to(call)))
    body = recorded.body(recorded.documents())
    lines = [f"HTTP/1.1 {recorded.status} Recorded", *recorded.headers]
    if draw(st.integers(0, 3)) == 0:
        lines[0] = draw(st.sampled_from(_STATUS_LINES))
    if draw(st.integers(0, 2)) == 0:
        packing = draw(st.sampled_from([*_PACKERS]))
        body = _PACKERS[packing](body)
        lines.append(f"content-encoding: {packing.removeprefix('x-')}")
    match draw(st.sampled_from(["length", "length", "chunked", "until closed"])):
        case "length":
            lines.append(f"content-length: {len(body) + draw(st.sampled_from([0, 0, 0, -1, 7]))}")
        case "chunked":
            lines.append("transfer-encoding: chunked")
            body = draw(_chunked(body))
    if draw(st.integers(0, 2)) == 0:
        lines += draw(st.lists(st.sampled_from(_HEADERS), max_size=3))
    line_end = draw(st.sampled_from(["\r\n", "\r\n", "\r\n", "\n"]))
    stray = draw(
        st.sampled_from([b"", b"", b"x", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"])
    )
    return line_end.join([*lines, "", ""]).encode("latin-1") + body + stray


@st.composite
def _damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw what is left of bytes that were cut, swapped, repeated or overwritten on their way."""
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
        # The head is short, and what is in it decides over all that follows.
        start = draw(st.integers(0, min(len(whole), 300)) | st.integers(0, len(whole)))
        end = start + draw(st.integers(0, 40))
        match draw(st.sampled_from(["cut off", "leave out", "repeat", "overwrite", "insert"])):
            case "cut off":
                whole = whole[:start]
            case "leave out":
                whole = whole[:start] + whole[end:]
            case "repeat":
                whole = whole[:end] + whole[start:]
            case "overwrite":
                whole = whole[:start] + draw(st.binary(min_size=1, max_size=4)) + whole[start + 1 :]
            case _:
                whole = whole[:start] + draw(_INSERTED) + whole[start:]
    return whole


_INSERTED = st.binary(max_size=20) | st.sampled_from(
    [
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\x00",
        b"\xff" * 9,
        b"0\r\n\r\n",
        b"data: ",
        b"[DONE]",
        b"{" * 2000,
    ]
)


@given(call=st.sampled_from([*CALLS]), data=st.data())
def test_any_bytes_are_an_answer_or_a_failure(
    upstream: Upstream, call: str, data: st.DataObject
) -> None:
    sent = data.draw(answers(call).flatmap(_damaged) | st.binary(max_size=200))
    # A server that neither goes on nor closes costs the whole limit of a call.
    open_after = data.draw(st.integers(0, 19)) == 0
    upstream.call(call, sent, *([] if open_after else [CLOSED]))
    upstream.check_next_call()
