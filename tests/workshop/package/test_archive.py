"""Archives have the same bytes for the same files, and only what every host reads."""

import io
import zipfile

import pytest

from tools.package.archive import (
    ensure_uploadable,
    entry,
    read_archive,
    write_archive,
)
from tools.package.check.limits import PACKAGE_BYTES
from tools.package.errors import PackagerFailure

FILES = {"b/二.txt": "二".encode(), "manifest.yaml": b"a: 1\n", "b.py": b"", "B/x": bytes(3000)}


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as writer:
        for name, content in entries:
            writer.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


def test_files_come_back_in_the_order_of_their_paths_bytes() -> None:
    read = read_archive(write_archive(FILES))
    assert read == FILES
    assert list(read) == ["B/x", "b.py", "b/二.txt", "manifest.yaml"]


def test_the_bytes_depend_on_the_content_alone() -> None:
    backwards = dict(reversed(FILES.items()))
    assert write_archive(FILES) == write_archive(backwards)
    # Fixed once and for all: another Python or zlib must not make other bytes.
    assert write_archive({"a": b"x"}).hex() == (
        "504b0304140000000000000021008316dc8c010000000100000001000000" + "6178"
        "504b01021403140000000000000021008316dc8c0100000001000000010000000000000000000000a481"
        "00000000" + "61" + "504b050600000000010001002f000000200000000000"
    )


def test_every_entry_is_a_plain_file_without_a_history() -> None:
    with zipfile.ZipFile(io.BytesIO(write_archive(FILES))) as archive:
        assert archive.comment == b""
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert info.external_attr == 0o100644 << 16
            assert (info.create_system, info.extra, info.comment) == (3, b"", b"")


@pytest.mark.parametrize(
    "path", ["/a", "../a", "a/../b", "a//b", "a/", "./a", "", "a\\b", "a\0b", "a/."]
)
def test_a_path_that_not_every_host_extracts_is_refused(path: str) -> None:
    with pytest.raises(PackagerFailure, match="is no path for a package"):
        entry(path)


def test_an_archive_of_another_program_is_read() -> None:
    packed = zipped(("b", b"x" * 99), ("a", b""), method=zipfile.ZIP_DEFLATED)
    assert list(read_archive(packed).items()) == [("b", b"x" * 99), ("a", b"")]


UNREADABLE = {
    "no zip": (b"hello", "is no zip"),
    "nothing": (b"", "is no zip"),
    "a folder": (zipped(("a/", b""), ("a/b", b"")), "'a/' is a folder"),
    "a damaged entry": (zipped(("a", b"hello")).replace(b"hello", b"hullo"), "is damaged"),
    "a compression of its own": (
        zipped(("a", b"hello")).replace(b"\x14\x00\x00\x00\x00\x00", b"\x14\x00\x00\x00\x63\x00"),
        "is damaged, or packed as no host reads",
    ),
}


@pytest.mark.parametrize(("data", "words"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_archive_that_hosts_cannot_read_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(PackagerFailure) as raised:
        read_archive(data)
    assert words in str(raised.value)


def test_a_name_that_is_there_twice_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as writer:
        writer.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            writer.writestr("a", b"2")
    with pytest.raises(PackagerFailure, match="'a' is a folder or is there twice"):
        read_archive(data.getvalue())


def test_a_package_may_have_as_many_bytes_as_a_host_takes() -> None:
    size = PACKAGE_BYTES - len(write_archive({"a": b""}))
    allowed = {"a": bytes(size)}
    ensure_uploadable("x.difypkg", allowed, write_archive(allowed))
    files = {"a": bytes(size + 1)}
    with pytest.raises(PackagerFailure, match=r"x\.difypkg has 52,428,801 bytes"):
        ensure_uploadable("x.difypkg", files, write_archive(files))
    # Packed small, unpacked large: a host counts both.
    with pytest.raises(PackagerFailure, match="hosts take 52,428,800"):
        ensure_uploadable("x.difypkg", {"a": bytes(PACKAGE_BYTES + 1)}, b"")
