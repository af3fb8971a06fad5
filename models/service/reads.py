"""What arrived together is read together: one read of the network, one piece of a response.

A service sends each event of a stream as a chunk of its body (RFC 9112, section 7.1) and as a TLS
record of its own. While the process is busy several arrive, which then cost little more than one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import h11
import httpcore2

_READ_BYTES = 64 << 10


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


def pieces_by_read(
    parser: h11.Connection, connection: httpcore2.NetworkStream, timeout: Any
) -> Iterator[bytes]:
    """Yield the bytes of a response, of each read of the network in one piece.

    httpcore2 gives each chunk by itself, through six iterators of its own; here they come from the
    parser and the connection that it uses. To close the response stays its business.

    timeout: of each read, as the connection takes it. Raises httpcore2.RemoteProtocolError for what
    is no HTTP, after the bytes that came before it, and what the connection raises.
    """
    while True:
        piece = []
        try:
            while isinstance(event := parser.next_event(), h11.Data):
                piece.append(event.data)
        except h11.RemoteProtocolError as fault:
            if not piece:
                raise httpcore2.RemoteProtocolError(str(fault)) from None
            # The parser says so again to whoever asks for the next piece.
            yield b"".join(piece)
            continue
        if piece:
            yield b"".join(piece)
        if event is not h11.NEED_DATA:
            return
        parser.receive_data(connection.read(_READ_BYTES, timeout))


def parser_of(chunks: Iterable[bytes]) -> h11.Connection | None:
    """Return the HTTP/1.1 parser of a response. httpcore2 does not tell, so its own objects are
    asked; None for what cannot be asked."""
    try:
        parser = chunks._connection._h11_state  # type: ignore[attr-defined]
    except AttributeError:
        return None
    return parser if isinstance(parser, h11.Connection) else None
