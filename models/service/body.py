"""The body of a response: unpacked, counted, and an honest failure when it breaks.

Every answer comes through here, whoever asked for it, so nobody holds more of one than is said here
and nobody else tells why one broke.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import override

import httpx2

from models.failures.failure import (
    ServiceError,
    answer_cut_off,
    answer_too_long,
    connection_failure,
    too_many_parts,
    unreadable_answer,
)
from models.failures.pauses import should_retry
from models.service.attempts import Deadline
from models.turns import give_way

# The longest known answer is a stream of 128,000 tokens, each in an event of 350 bytes: 45 MB. Of
# embeddings, 2,048 vectors with 3,072 dimensions in base64: 34 MB.
MOST_BODY_BYTES = 64 << 20
# Of a body of JSON. Read, an empty list of two bytes takes a hundred.
_MOST_BODY_PARTS = 1_000_000
# Recorded errors have a few KiB at most; a page of a gateway may have some more.
MOST_ERROR_BYTES = 256 << 10
# What a few bytes unpack to at once, whoever packed them.
_UNPACKED_PIECE = 64 << 10
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_PACKINGS = frozenset({"gzip", "x-gzip", "deflate"})
_LENGTHS = frozenset({"content-length", "transfer-encoding"})
# Of an error's text alone. Python knows codecs that give no text, and some that take minutes.
_CHARSETS = re.compile(r"(utf-?(16|32)|iso-?8859|windows|gb|big5|euc|shift|koi8)[\w-]*", re.I)


class Counted:
    """The pieces of an answer, as long as no more than `most` bytes of them are held together.

    Of JSON, `most_parts` bounds the objects and lists in them as well: those are what grows when it
    is read. The iteration raises ServiceError for more of either. Whoever needs none of the earlier
    pieces any more says so with `let_go`.
    """

    def __init__(self, pieces: Iterable[bytes], most: int, most_parts: int | None = None) -> None:
        self._pieces = pieces
        self._most = most
        self._most_parts = most_parts
        self._held = self._parts = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        for piece in self._pieces:
            self._held += len(piece)
            if self._held > self._most:
                raise answer_too_long(self._most)
            if self._most_parts is not None:
                # Also the brackets within texts; an answer has fewer of them than tokens.
                self._parts += piece.count(b"{") + piece.count(b"[")
                if self._parts > self._most_parts:
                    raise too_many_parts(self._most_parts)
            yield piece

    def let_go(self) -> None:
        """Count from 0 again."""
        self._held = self._parts = 0


class Body(httpx2.SyncByteStream):
    """A response's bytes as they arrive. Whoever opened the response closes it.

    Its iteration raises ServiceError, and nothing else, when the connection breaks, the deadline
    passes, the bytes cannot be unpacked or there are more than MOST_BODY_BYTES of them. What breaks
    after the first of them is not to be asked for again: it may be billed.
    """

    def __init__(
        self, stream: httpx2.SyncByteStream, headers: httpx2.Headers, deadline: Deadline | None
    ) -> None:
        self._stream = stream
        self._headers = headers
        self._packings = headers.get("content-encoding", "").lower().replace(" ", "").split(",")
        self._deadline = deadline

    @override
    def __iter__(self) -> Iterator[bytes]:
        begun = False
        try:
            for piece in self._pieces():
                begun = True
                yield piece
        except httpx2.TimeoutException:
            if self._deadline is None:
                raise
            raise self._deadline.expired() from None
        except httpx2.TransportError:
            if begun:
                raise answer_cut_off() from None
            failure = connection_failure("the connection broke before the answer", begun=True)
            retryable = should_retry(self._headers) is not False
            raise replace(failure, retryable=retryable) from None
        except zlib.error:
            raise unreadable_answer() from None

    @override
    def close(self) -> None:
        self._stream.close()

    def _pieces(self) -> Iterable[bytes]:
        most_parts = _MOST_BODY_PARTS if "json" in self._headers.get("content-type", "") else None
        match [packing for packing in self._packings if packing in _PACKINGS]:
            case []:
                return Counted(self._stream, MOST_BODY_BYTES, most_parts)
            case [_]:
                packed = Counted(self._stream, MOST_BODY_BYTES)
                return Counted(_unpacked(packed), MOST_BODY_BYTES, most_parts)
            case _:
                # Packed again and again, a few bytes would unpack to all that there is.
                raise unreadable_answer()


def _unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack in small steps: deflate packs up to 1032 to 1 (zlib's technical details)."""
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    for piece in pieces:
        packed = piece
        while unpacked := unpacking.decompress(packed, _UNPACKED_PIECE):
            give_way()
            yield unpacked
            packed = unpacking.unconsumed_tail
        if unpacking.unused_data:
            raise zlib.error("bytes after the end")
    if not unpacking.eof:
        raise zlib.error("no end")


def read_error(response: httpx2.Response) -> httpx2.Response:
    """Return the same response read whole, in UTF-8, and closed.

    One that cannot be read says why instead, and keeps its status and its headers.
    """
    with closing(response):
        try:
            content = b"".join(Counted(response.iter_raw(), MOST_ERROR_BYTES))
        except ServiceError as failure:
            content = failure.said.message.encode()
    charset = response.charset_encoding or ""
    if _CHARSETS.fullmatch(charset):
        with suppress(LookupError, UnicodeError):
            content = content.decode(charset, errors="replace").encode()
    headers = [pair for pair in response.headers.multi_items() if pair[0] not in _LENGTHS]
    read = httpx2.Response(
        response.status_code, headers=headers, content=content, extensions=response.extensions
    )
    read.encoding = "utf-8"
    return read
