"""Lines leave soon, whole, in order, in few pieces, and before the process ends."""

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


def test_a_turns_first_line_leaves_at_once_and_the_others_together() -> None:
    writer = StdoutWriter()
    lines = [f"line {number}\n\n" for number in range(10)]
    with redirect_stdout(Pipe()) as pipe:
        for _ in range(2):
            pipe.writes.clear()
            writer.write(lines[0])
            assert pipe.writes == lines[:1]
            gevent.joinall([gevent.spawn(writer.write, line) for line in lines[1:]])
            gevent.sleep(0)
            assert "".join(pipe.writes) == "".join(lines)
            assert len(pipe.writes) < len(lines)


def test_nothing_is_held_while_a_session_goes_on_and_on() -> None:
    writer = StdoutWriter()
    with redirect_stdout(Pipe()) as pipe:
        written = 0
        # Without the loop's next turn.
        while len(pipe.writes) < 5:
            writer.write("x\n\n")
            written += 1
    assert "".join(pipe.writes) == "x\n\n" * written


# Written in the turn in which the daemon hangs up.
SCRIPT = """
import dify_plugin
from models.daemon.stdin import StdinReader
from models.daemon.stdout import StdoutWriter
writer = StdoutWriter()
writer.write("the first and ")
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
    assert ended.stdout == "the first and the last line"
