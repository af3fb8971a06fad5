"""The files of a log: plain or gzip, rotated, still written to, or a pipe; and where one was left.

A log is known by its first line, under whatever name rotation gives it, packed or not.
"""

import hashlib
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from io import BufferedReader
from itertools import chain
from typing import IO

from tools.usage.calls import Call, NoCall
from tools.usage.daemon_log import calls_in

PIPE = "-"
_GZIP = b"\x1f\x8b"
_GZIP_BITS = 31  # zlib.decompressobj: with gzip's own head
_CHUNK = 1 << 19
# Of a damaged file all is read up to the chunk that cannot be unpacked.
_PACKED_CHUNK = 512
# The daemon's own lines are far shorter; what has no end is no line.
_LONGEST_LINE = 8 << 20


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a log was read: bytes of it unpacked, lines, and the last of these lines."""

    offset: int = 0
    lines: int = 0
    last_length: int = 0
    last_digest: str = ""

    @classmethod
    def parse(cls, text: str | None) -> "Mark":
        """Read what `str` wrote; the beginning where there is nothing."""
        return cls(**json.loads(text)) if text else cls()

    def __str__(self) -> str:
        """Write it for the database."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a log: its calls, what could not be read, and where it ends."""

    calls: list[Call]
    faults: Sequence[str]
    mark: Mark


def identity_of(name: str) -> str | None:
    """Return what a log is known by; None for a pipe, or where no line is complete yet.

    Raises OSError.
    """
    if name == PIPE:
        return None
    head = b""
    with _opened(name) as log:
        for chunk in log.chunks(0):
            head += chunk
            line, end, _ = head.partition(b"\n")
            if end:
                return "log:" + _digest(line)
            if len(head) > _LONGEST_LINE:
                break
    return None


def read_log(name: str, mark: Mark) -> Iterator[Part]:
    """Yield the parts of a log after a mark; all of it where the mark is none of this file.

    Raises OSError.
    """
    with _opened(name) as log:
        chunks = log.chunks(mark.offset - mark.last_length)
        if mark.offset:
            head = b""
            while len(head) < mark.last_length and (chunk := next(chunks, b"")):
                head += chunk
            if _digest(head[: mark.last_length]) == mark.last_digest:
                chunks = chain([head[mark.last_length :]], chunks)
            else:
                mark, chunks = Mark(), log.chunks(0)
        rest = b""
        for chunk in chunks:
            *lines, rest = (rest + chunk).split(b"\n")
            calls, mark = log.calls_of(lines, mark)
            if len(rest) > _LONGEST_LINE:
                log.faults.append(f"line {mark.lines + 1} has no end; its beginning is left out")
                mark, rest = replace(mark, offset=mark.offset + len(rest)), b""
            yield Part(calls, log.told(), mark)
        # The last line has no end yet: if it is whole it counts, and is read again with its end.
        half = len(log.faults)
        calls, _ = log.calls_of([rest], mark)
        if not log.is_finished:
            del log.faults[half:]
        yield Part(calls, log.told(), mark)


@dataclass(frozen=True, slots=True)
class _OpenLog:
    name: str
    file: IO[bytes]
    is_packed: bool
    faults: list[str] = field(default_factory=list)

    @property
    def is_finished(self) -> bool:
        """Whether nobody writes to it any more, as far as can be seen."""
        return self.is_packed or self.name == PIPE

    def told(self) -> Sequence[str]:
        """Return the faults since the last time."""
        faults = tuple(self.faults)
        self.faults.clear()
        return faults

    def calls_of(self, lines: Sequence[bytes], mark: Mark) -> tuple[list[Call], Mark]:
        """Return the calls that complete lines tell of, and the mark after them."""
        calls = []
        for number, line in enumerate(lines, mark.lines + 1):
            for told in calls_in(line):
                if isinstance(told, NoCall):
                    self.faults.append(f"line {number}: a usage line cannot be read, {told}")
                else:
                    calls.append(told)
        if not lines:
            return calls, mark
        length = sum(map(len, lines)) + len(lines)
        last = lines[-1] + b"\n"
        offset, number = mark.offset + length, mark.lines + len(lines)
        return calls, Mark(offset, number, len(last), _digest(last))

    def chunks(self, start: int) -> Iterator[bytes]:
        """Yield the bytes from `start`, unpacked."""
        if self.name != PIPE:
            self.file.seek(0 if self.is_packed else start)
        if self.is_packed:
            yield from self._unpacked(start)
            return
        while chunk := self.file.read(_CHUNK):
            yield chunk

    def _unpacked(self, skip: int) -> Iterator[bytes]:
        """Yield what gzip packed, also several in one file, up to where it is damaged."""
        unpacker, gathered = zlib.decompressobj(wbits=_GZIP_BITS), b""
        try:
            while packed := self.file.read(_PACKED_CHUNK):
                while packed:
                    if unpacker.eof:
                        unpacker = zlib.decompressobj(wbits=_GZIP_BITS)
                    gathered += unpacker.decompress(packed)
                    packed = unpacker.unused_data
                dropped = min(skip, len(gathered))
                skip, gathered = skip - dropped, gathered[dropped:]
                if len(gathered) >= _CHUNK:
                    yield gathered
                    gathered = b""
            if not unpacker.eof:
                self.faults.append("its packed data is cut; what stands before the cut is read")
        except zlib.error:
            self.faults.append("its packed data is damaged; what stands before that is read")
        yield gathered


@contextmanager
def _opened(name: str) -> Iterator[_OpenLog]:
    if name == PIPE:
        yield _OpenLog(name, sys.stdin.buffer, _is_packed(sys.stdin.buffer))
        return
    with open(name, "rb") as file:
        yield _OpenLog(name, file, _is_packed(file))


def _is_packed(file: IO[bytes]) -> bool:
    return isinstance(file, BufferedReader) and file.peek(2)[:2] == _GZIP


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
