"""Read the data of server-sent events from a response's bytes.

Lines end at LF, CRLF or CR and nowhere else (WHATWG HTML, section 9.2.6); readers of text lines
also split at U+2028 and U+0085, which are ordinary characters of an answer. The event's name is
left out: both APIs repeat it in the data.
"""

import re
from collections.abc import Iterable, Iterator

_LINE_END = re.compile(rb"\r\n|\n|\r")


def event_data(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the data of each complete event; an event that was cut off is never yielded."""
    data: list[bytes] = []
    for line in _lines(pieces):
        if line.startswith(b"data:"):
            data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif not line and data:
            yield data[0] if len(data) == 1 else b"\n".join(data)
            data.clear()


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield complete lines. A piece that ends in CR waits: its LF may be in the next one."""
    begun: list[bytes] = []
    for piece in pieces:
        begun.append(piece)
        # Joined at a line's end alone: a line may come in thousands of pieces.
        if b"\n" in piece or b"\r" in piece or (begun[-2:-1] and begun[-2].endswith(b"\r")):
            block = b"".join(begun)
            cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
            begun = [block[cut:]]
            if cut:
                yield from _LINE_END.split(block[:cut])[:-1]
    yield from _LINE_END.split(b"".join(begun))[:-1]
