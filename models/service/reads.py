"""What arrived together is read together: one read of the network, one piece of a response.

A service sends each event of a stream as a chunk of its body (RFC 9112, section 7.1) and as a TLS
record of its own. While the process is busy several arrive, which then cost little more than one.
"""

from collections.abc import Callable, Iterator

import h11
import httpcore2
import httpx2


def read_arrived(
    stream: httpcore2.NetworkStream,
    max_bytes: int,
    timeout: float | None,
    is_readable: Callable[[], bool],
) -> bytes:
    """Wait for bytes of a TLS connection and return all that have arrived.

    It gives one record at a time, however many wait; a plain socket gives all by itself.
    """
    arrived = piece = stream.read(max_bytes, timeout)
    while piece and len(arrived) < max_bytes and is_readable():
        try:
            piece = stream.read(max_bytes - len(arrived), 0.0)
        except httpcore2.ReadError:
            # Of the next record a part is missing. What else may have happened the next read tells.
            break
        arrived += piece
    return arrived


class PiecesByRead:
    """The bytes of a response, of each read of the network in one piece.

    Its iteration is one of `chunks` too. The latter is kept as long as this: dropped before its end
    it would close the response.
    """

    def __init__(self, chunks: httpx2.SyncByteStream) -> None:
        self._chunks = iter(chunks)
        self._parser = parser_of(chunks)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces."""
        for chunk in self._chunks:
            if self._parser is None:
                yield chunk
                continue
            piece = [chunk]
            while isinstance(event := _parsed(self._parser), h11.Data):
                piece.append(event.data)
            yield b"".join(piece)
            if isinstance(event, h11.EndOfMessage):
                return


def parser_of(stream: httpx2.SyncByteStream) -> h11.Connection | None:
    """Return the HTTP/1.1 parser of a response. httpcore2 does not tell, so its own objects are
    asked; None for what cannot be asked."""
    try:
        parser = stream._httpcore_stream._stream._connection._h11_state  # type: ignore[attr-defined]
    except AttributeError:
        return None
    return parser if isinstance(parser, h11.Connection) else None


def _parsed(parser: h11.Connection) -> object:
    """Return what a parser makes of the bytes that it has; None for what is no HTTP.

    It says so again to whoever asks for the next chunk.
    """
    try:
        return parser.next_event()
    except h11.RemoteProtocolError:
        return None
