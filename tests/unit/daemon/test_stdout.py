"""Lines that are made together leave together, whole, in order, and before the process ends."""

import io
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import override

import gevent

from models.daemon.stdout import StdoutWriter

ROOT = Path(__file__).parents[3]


class Pipe(io.StringIO):
    """Standard output that keeps each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    @override
    def write(self, text: str, /) -> int:
        self.writes.append(text)
        return len(text)


def test_the_lines_of_many_sessions_in_one_turn_are_one_write() -> None:
    writer = StdoutWriter()
    lines = [f"line {number}\n\n" for number in range(10)]
    with redirect_stdout(Pipe()) as pipe:
        gevent.joinall([gevent.spawn(writer.write, line) for line in lines])
        gevent.sleep(0)
        assert pipe.writes == ["".join(lines)]
        writer.write("later\n\n")
        gevent.sleep(0)
    assert pipe.writes[1:] == ["later\n\n"]


def test_nothing_is_held_while_a_session_goes_on_and_on() -> None:
    writer = StdoutWriter()
    line = "x" * 1_000 + "\n\n"
    long_line = "y" * 5_000_000
    with redirect_stdout(Pipe()) as pipe:
        for _ in range(100):
            writer.write(line)
        writer.write(long_line)
    assert [len(text) // len(line) for text in pipe.writes[:-1]] == [9] * 11
    assert pipe.writes[-1] == line + long_line


# Written in the turn in which the daemon hangs up.
SCRIPT = """
import dify_plugin
from models.daemon.stdin import StdinReader
from models.daemon.stdout import StdoutWriter
writer = StdoutWriter()
writer.write("the last line")
list(StdinReader(writer)._read_stream())
"""


def test_what_was_said_before_the_end_of_stdin_is_written() -> None:
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=25,
        check=True,
    )
    assert ended.stdout == "the last line"
