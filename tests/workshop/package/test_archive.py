"""Archives have the same bytes for the same files, only what every host reads, and its checksum."""

import hashlib
import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable

import pytest

from tests.workshop.package.conftest import Files
from tools.package.archive import (
    checksum,
    read_archive,
    unique_identifier,
    write_archive,
)
from tools.package.errors import PackagerFailure

FILES = {"b/二.txt": "二".encode(), "manifest.yaml": b"a: 1\n", "b.py": b"", "B/x": bytes(3000)}
PATHS = ["a", "a/b", "a.b", "a-b", "B", "_", "é", "二/三", "\U0001f600", "~", "z" * 200]


def zipped(
    *names: str, mode: int = 0, method: int = zipfile.ZIP_STORED, content: bytes = b"hello"
) -> bytes:
    data = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(data, "w", method) as writer:
        for name in names:
            info = zipfile.ZipInfo("placeholder")
            info.filename, info.external_attr, info.compress_type = name, mode << 16, method
            writer.writestr(info, content)
    return data.getvalue()


def encrypted() -> bytes:
    content = bytearray(zipped("a"))
    content[content.rindex(b"PK\x01\x02") + 8] |= 0x1
    return bytes(content)


def lying() -> bytes:
    """Declare ten bytes for a stream that decompresses to a million."""
    content = bytearray(zipped("a", method=zipfile.ZIP_DEFLATED, content=bytes(1_000_000)))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 10)
    return bytes(content)


def test_files_come_back_in_the_order_of_their_paths_bytes() -> None:
    read = read_archive(write_archive(FILES))
    assert (read.files, read.comment) == (FILES, b"")
    assert list(read.files) == ["B/x", "b.py", "b/二.txt", "manifest.yaml"]


def test_the_bytes_depend_on_the_content_alone() -> None:
    assert write_archive(FILES) == write_archive(dict(reversed(FILES.items())))
    # Fixed once and for all: another Python or zlib must not make other bytes.
    assert write_archive({"a": b"x"}).hex() == (
        "504b0304140000000000000021008316dc8c010000000100000001000000" + "6178"
        "504b01021403140000000000000021008316dc8c0100000001000000010000000000000000000000a481"
        "00000000" + "61" + "504b050600000000010001002f000000200000000000"
    )


def test_an_archive_of_another_program_is_read() -> None:
    packed = zipped("b", "a", method=zipfile.ZIP_DEFLATED)
    assert list(read_archive(packed).files.items()) == [("b", b"hello"), ("a", b"hello")]


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "is no zip"),
    "nothing": (lambda: b"", "is no zip"),
    "a folder": (lambda: zipped("a/"), "'a/' is no file's path"),
    "an absolute path": (lambda: zipped("/a"), "'/a' is no file's path"),
    "a way out": (lambda: zipped("a/../../b"), "'a/../../b' is no file's path"),
    "an empty part": (lambda: zipped("a//b"), "'a//b' is no file's path"),
    "a backslash": (lambda: zipped("a\\b"), "is no file's path"),
    "a control character": (lambda: zipped("a\tb"), "is no file's path"),
    "a name twice": (lambda: zipped("a", "a"), "'a' is there twice"),
    "a link": (lambda: zipped("a", mode=stat.S_IFLNK | 0o777), "'a' is a link"),
    "encryption": (encrypted, "'a' is encrypted or compressed"),
    "a compression": (lambda: zipped("a", method=zipfile.ZIP_LZMA), "encrypted or compressed as"),
    "a damaged entry": (lambda: zipped("a").replace(b"hello", b"hullo"), "is damaged"),
    "a false size": (lying, "is damaged"),
    "too many files": (lambda: zipped(*map(str, range(5001))), "in 5,001 files, but hosts take"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_archive_that_hosts_cannot_read_is_refused(name: str) -> None:
    data, words = UNREADABLE[name]
    with pytest.raises(PackagerFailure) as raised:
        read_archive(data())
    assert words in str(raised.value)


def test_a_host_counts_what_is_packed_and_what_it_unpacks_to() -> None:
    packed_small = zipped("a", method=zipfile.ZIP_DEFLATED, content=bytes(1000))
    assert read_archive(packed_small, 1000).files == {"a": bytes(1000)}
    with pytest.raises(PackagerFailure, match="has 1,000 bytes in 1 files, but hosts take 999"):
        read_archive(packed_small, 999)
    whole = write_archive({"a": bytes(1000)})
    with pytest.raises(PackagerFailure, match="but hosts take 1,050"):
        read_archive(whole, 1050)


def test_the_checksum_is_what_the_daemons_own_code_computes() -> None:
    # The number is what CalculateChecksum of the daemon (bdb5642) returned for a zip of these.
    files = {path: path.encode() for path in PATHS}
    expected = "f076542603823af2fd67bfcbabf4ce4ba7b646f30edc6165b7af7de17e014b8a"
    assert checksum(files) == checksum(dict(reversed(files.items()))) == expected


def test_the_checksum_is_that_of_the_rule() -> None:
    assert checksum({}) == hashlib.sha256(b"").hexdigest()
    path, content = hashlib.sha256(b"a").digest(), hashlib.sha256(b"x").digest()
    assert checksum({"a": b"x"}) == hashlib.sha256(path + content).hexdigest()


def test_a_package_is_known_by_author_name_version_and_checksum(staged: dict[str, Files]) -> None:
    files = staged["openai"]
    assert unique_identifier(files) == f"app-attribution/openai:1.0.0@{checksum(files)}"
    for manifest in (b"", b"name: x", b"a: [", b"author: a\nname: b"):
        with pytest.raises(PackagerFailure, match=r"no manifest\.yaml with"):
            unique_identifier({"manifest.yaml": manifest})
