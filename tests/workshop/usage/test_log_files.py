"""A log is read once, whatever becomes of its file; what is broken in it costs nothing else."""

import gzip
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.workshop.usage.daemon_lines import FOREIGN, as_json, as_text, message
from tools.usage.log_files import Mark, identity_of, read_log

_NAMES = [f"app-{number}" for number in range(300)]
_LINES = [as_text(message(app_id=name, id=None)) for name in _NAMES]


class _Reader:
    """Reads logs one after the other, as `collect` does."""

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}
        self.faults: list[str] = []

    def read(self, *paths: Path | str) -> list[str | None]:
        """Return the apps that lines tell of which were not read yet."""
        return [app for path in paths for app in self._read(str(path))]

    def _read(self, name: str) -> Iterator[str | None]:
        identity = identity_of(name)
        for part in read_log(name, self.marks.get(identity or "", Mark())):
            self.faults += part.faults
            yield from (call.app_id for call in part.calls)
            if identity:
                self.marks[identity] = Mark.parse(str(part.mark))


@pytest.fixture
def reader() -> _Reader:
    """A reader that has read nothing."""
    return _Reader()


def _write(path: Path, lines: Sequence[str], mode: str = "w") -> Path:
    with path.open(mode, encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path


def test_a_log_is_read_on_from_where_it_was_left(reader: _Reader, tmp_path: Path) -> None:
    log = _write(tmp_path / "daemon.log", [*FOREIGN, *_LINES[:2]])
    assert reader.read(log) == _NAMES[:2]
    assert reader.read(log) == []
    _write(log, [*FOREIGN, *_LINES[2:4]], "a")
    assert reader.read(log) == _NAMES[2:4]
    assert reader.faults == []


def test_a_rotated_log_is_known_again(reader: _Reader, tmp_path: Path) -> None:
    log = _write(tmp_path / "daemon.log", _LINES[:2])
    assert reader.read(log) == _NAMES[:2]
    _write(log, _LINES[2:3], "a")
    rotated = log.rename(tmp_path / "daemon.log.1")
    _write(log, _LINES[3:4])
    assert reader.read(rotated, log) == _NAMES[2:4]
    packed = tmp_path / "daemon.log.2.gz"
    packed.write_bytes(gzip.compress(rotated.read_bytes()))
    assert reader.read(packed, log) == []


def test_another_log_with_the_same_first_line_is_read_whole(
    reader: _Reader, tmp_path: Path
) -> None:
    for number in (0, 1):
        log = _write(tmp_path / str(number), ["Attaching to plugin_daemon-1", _LINES[number]])
        assert reader.read(log) == [_NAMES[number]]


def test_a_cut_and_reused_file_is_read_from_its_beginning(reader: _Reader, tmp_path: Path) -> None:
    log = _write(tmp_path / "daemon.log", ["banner", *_LINES[:3]])
    assert reader.read(log) == _NAMES[:3]
    _write(log, ["banner", _LINES[3]])
    assert reader.read(log) == [_NAMES[3]]


def test_packed_logs_of_several_parts_are_read(reader: _Reader, tmp_path: Path) -> None:
    parts = (gzip.compress(f"{line}\n".encode()) for line in _LINES)
    (tmp_path / "log.gz").write_bytes(b"".join(parts))
    assert reader.read(tmp_path / "log.gz") == _NAMES
    assert reader.read(tmp_path / "log.gz") == []


def test_a_cut_packed_log_gives_what_stands_before_the_cut(reader: _Reader, tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"{line}\n" for line in _LINES).encode(), compresslevel=1)
    log = tmp_path / "log.gz"
    log.write_bytes(whole[: len(whole) // 2])
    found = reader.read(log)
    assert found == _NAMES[: len(found)]
    assert len(found) > len(_NAMES) // 4
    assert "its packed data is cut; what stands before the cut is read" in reader.faults
    log.write_bytes(whole)
    assert reader.read(log) == _NAMES[len(found) :]


def test_a_damaged_packed_log_gives_what_stands_before(reader: _Reader, tmp_path: Path) -> None:
    whole = bytearray(gzip.compress("".join(f"{line}\n" for line in _LINES).encode()))
    middle = len(whole) // 2
    whole[middle : middle + 64] = bytes(64)
    (tmp_path / "log.gz").write_bytes(whole)
    found = reader.read(tmp_path / "log.gz")
    assert found == _NAMES[: len(found)]
    assert found
    assert "its packed data is damaged; what stands before that is read" in reader.faults


def test_a_line_that_is_being_written_waits_for_its_end(reader: _Reader, tmp_path: Path) -> None:
    log = _write(tmp_path / "daemon.log", _LINES[:1])
    text = log.read_text(encoding="utf-8")
    log.write_text(text + _LINES[1][:400], encoding="utf-8")
    assert reader.read(log) == _NAMES[:1]
    log.write_text(text + _LINES[1], encoding="utf-8")
    assert reader.read(log) == _NAMES[1:2]  # it is whole, without its end
    _write(log, ["", _LINES[2]], "a")
    assert reader.read(log) == _NAMES[1:3]  # and is the same row
    assert reader.faults == []


def test_broken_lines_are_told_with_their_number(reader: _Reader, tmp_path: Path) -> None:
    newer = as_json(message(v=2))
    log = _write(tmp_path / "daemon.log", [_LINES[0], _LINES[1][:300], newer, _LINES[2]])
    assert reader.read(log) == [_NAMES[0], _NAMES[2]]
    assert [fault.partition(":")[0] for fault in reader.faults] == ["line 2", "line 3"]
    assert not any("app-1" in fault for fault in reader.faults)


def test_what_has_no_end_is_no_line(reader: _Reader, tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    log.write_bytes(b"\0" * (9 << 20) + b"\n" + f"{_LINES[0]}\n".encode())
    assert reader.read(log) == _NAMES[:1]
    assert reader.faults == ["line 1 has no end; its beginning is left out"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_pipe_is_read_to_its_end(
    reader: _Reader, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    text = "\n".join(_LINES).encode()
    pipe = io.BufferedReader(io.BytesIO(gzip.compress(text) if packed else text))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(pipe))
    assert reader.read("-") == _NAMES
    assert reader.marks == {}
