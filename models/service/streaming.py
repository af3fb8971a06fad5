"""What an open response is, one piece of JSON or server-sent events, and the events in it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain

from models.failures.failure import ServiceError, connection_failure
from models.failures.reading import from_event_field
from models.service.attempts import Deadline
from models.service.body import Counted
from models.turns import give_way

_LAST_BYTES_SECONDS = 1.0
# Of an answer in one piece, and of an event. The daemon takes lines of 5 MiB; JSON may write a
# letter in six bytes and repeat the question.
_MOST_ANSWER_BYTES = 16 << 20
# An answer of 128,000 tokens has fewer, also where all its text is JSON. They are what takes time:
# so many are read in 90 ms in which nobody else runs, 16 MiB of text in 2 to 50 ms.
_MOST_ANSWER_PARTS = 100_000
_NOTHING = frozenset({b"", b"null"})
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The first line of a stream: one of its fields, or a comment.
_EVENT_FIELD = re.compile(rb"(data|event|id|retry|error)?:")
_LONGEST_FIELD = len("event:")


def read_whole(content: Iterable[bytes]) -> bytes:
    """Return an answer in one piece. Raises ServiceError for one that is too long to be held."""
    return b"".join(_counted(content))


def _counted(content: Iterable[bytes]) -> Counted:
    return Counted(content, _MOST_ANSWER_BYTES, _MOST_ANSWER_PARTS)


@dataclass(frozen=True, slots=True)
class Answer:
    """A body's pieces without a byte order mark, and whether they are server-sent events."""

    pieces: Iterator[bytes]
    is_stream: bool


def told_apart(content: Iterator[bytes], content_type: str) -> Answer:
    """Tell by the first bytes whether a body is a JSON object or a stream of events.

    The header is what some servers get wrong, or leave out: it decides where the bytes are neither.
    Raises ServiceError for a stream of nothing, and for more space before the first bytes than an
    answer may be long.
    """
    begun = b""
    for piece in _counted(content):
        # Space before either says nothing, and there may be endless much of it.
        begun = (begun + piece).removeprefix(_BYTE_ORDER_MARK).lstrip()
        if len(begun) >= _LONGEST_FIELD:
            break
    labelled = content_type.strip().lower().startswith("text/event-stream")
    is_stream = not begun.startswith(b"{") and (labelled or bool(_EVENT_FIELD.match(begun)))
    if is_stream and not begun:
        raise connection_failure("the service sent an empty answer", begun=True)
    return Answer(chain([begun], content), is_stream)


def read_to_end(content: Iterator[bytes], deadline: Deadline) -> None:
    """Read what follows an answer's last event: only then can another call use the connection.

    A server that does not end its response soon loses the connection; the answer is complete.
    """
    deadline.shorten(_LAST_BYTES_SECONDS)
    with suppress(ServiceError):
        for _ in content:
            pass


def event_data(pieces: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Yield for each piece the data of the events that it completes, to be read before the next.

    An event that was cut off is never yielded. Lines end at LF, CRLF or CR and nowhere else (WHATWG
    HTML, section 9.2.6); readers of text lines also split at U+2028 and U+0085, which are ordinary
    characters of an answer. The event's name is left out: both APIs repeat it in the data. So is
    data that says nothing: "" and null.

    Raises ServiceError for a field `error`, which no standard has but an older llama.cpp sends
    (ggml-org/llama.cpp#16109), and for an event that is too long to be held.
    """
    counted = _counted(pieces)
    data: list[bytes] = []
    for lines in _lines(counted):
        yield _completed(lines, data, counted)


def _completed(lines: Iterable[bytes], data: list[bytes], counted: Counted) -> Iterator[bytes]:
    """Yield the data of the events that end in these lines; `data` is what has begun."""
    for line in lines:
        if line.startswith(b"data:"):
            data.append(line[6:] if line.startswith(b"data: ") else line[5:])
        elif not line:
            counted.let_go()
            if data:
                give_way()
                payload = data[0] if len(data) == 1 else b"\n".join(data)
                data.clear()
                if payload.strip() not in _NOTHING:
                    yield payload
        elif line.startswith(b"error:") and (failure := from_event_field(line[6:])):
            raise failure


def _lines(pieces: Counted) -> Iterator[list[bytes]]:
    """Yield the lines that each piece completes. One that ends in CR waits: its LF may be in the
    next one."""
    begun: list[bytes] = []
    for piece in pieces:
        begun.append(piece)
        # Joined at a line's end alone: a line may come in thousands of pieces.
        if b"\n" in piece or b"\r" in piece or (begun[-2:-1] and begun[-2].endswith(b"\r")):
            block = b"".join(begun)
            cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
            begun = [block[cut:]]
            if cut:
                yield block[:cut].splitlines()
    last = b"".join(begun)
    if last.endswith(b"\r"):
        yield [last[:-1]]
