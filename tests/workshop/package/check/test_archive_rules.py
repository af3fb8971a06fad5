"""Archives and folders that a host cannot unpack, or that would unpack to what was not meant."""

import io
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import said
from tests.workshop.package.check.good_package import good_files
from tools.package.archive import write_archive
from tools.package.staging import write_folder

_A = "acme.difypkg"


def _with_entries(*entries: tuple[zipfile.ZipInfo, bytes]) -> bytes:
    """Pack the good package with more entries, written as they are."""
    packed = io.BytesIO(write_archive(good_files()))
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(packed, "a") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return packed.getvalue()


def _named(name: str, mode: int = 0, method: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    info.external_attr = mode << 16
    info.compress_type = method
    return info


def _commented(comment: bytes) -> bytes:
    packed = io.BytesIO(write_archive(good_files()))
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = comment
    return packed.getvalue()


def _wrapped() -> bytes:
    return write_archive({f"acme/{name}": content for name, content in good_files().items()})


def _lying() -> bytes:
    """Declare ten bytes for a stream that decompresses to a hundred million."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in good_files().items():
            archive.writestr(name, content)
        archive.writestr("zeros.txt", bytes(100_000_000))
    lying = bytearray(packed.getvalue())
    entry = lying.rindex(b"PK\x01\x02")
    lying[entry + 24 : entry + 28] = struct.pack("<I", 10)
    return bytes(lying)


def _bomb() -> bytes:
    packed = io.BytesIO(write_archive(good_files()))
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.txt", bytes(52_428_800))
    return packed.getvalue()


def _encrypted() -> bytes:
    content = bytearray(_with_entries((_named("notes.txt"), b"x")))
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 8] |= 0x1
    return bytes(content)


def _in_code_page() -> bytes:
    content = _with_entries((_named("caf\N{LATIN SMALL LETTER E WITH ACUTE}.txt"), b"x"))
    # The name stays, the flag that says it is UTF-8 goes.
    broken = bytearray(content)
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        entry = content.rindex(mark)
        broken[entry + flags + 1] &= ~0x08
    return bytes(broken)


def _flipped() -> bytes:
    content = bytearray(write_archive(good_files()))
    content[content.index(b"Nothing is kept.")] ^= 1
    return bytes(content)


ARCHIVES: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "no zip": (lambda: b"not a zip", [f"{_A}: file: is no zip archive that can be read"]),
    "an empty file": (lambda: b"", [f"{_A}: file: is no zip archive that can be read"]),
    "half a zip": (
        lambda: write_archive(good_files())[:-300],
        [f"{_A}: file: is no zip archive that can be read"],
    ),
    "a folder around it": (_wrapped, ["manifest.yaml: file: is not at the root"]),
    "a folder's entry": (
        lambda: _with_entries((_named("models/", stat.S_IFDIR), b"")),
        ["models/: name: is a folder's entry, which a host reads as a file"],
    ),
    "a name twice": (
        lambda: _with_entries((_named("LICENSE"), b"a"), (_named("LICENSE"), b"b")),
        ["LICENSE: name: stands 2 times in the archive"],
    ),
    "a way out": (
        lambda: _with_entries((_named("../main.txt"), b"x")),
        ["../main.txt: name: leads out of the package"],
    ),
    "an absolute path": (
        lambda: _with_entries((_named("/main.txt"), b"x")),
        ["/main.txt: name: is an absolute path"],
    ),
    "a backslash": (
        lambda: _with_entries((_named("models\\extra.txt"), b"x")),
        ["models\\extra.txt: name: separates folders with a backslash"],
    ),
    "an empty part": (
        lambda: _with_entries((_named("models//extra.txt"), b"x")),
        ["models//extra.txt: name: 'models//extra.txt' has an empty part"],
    ),
    "a file that is a folder": (
        lambda: _with_entries((_named("readme"), b"x")),
        ["readme: name: is a file and a folder"],
    ),
    "a name too long for a disk": (
        lambda: _with_entries((_named("a" * 256), b"x")),
        [f"{'a' * 256}: name: has a part of more than 255 bytes"],
    ),
    "a control character": (
        lambda: _with_entries((_named("a\tb"), b"x")),
        ["a\tb: name: has characters that cannot be printed"],
    ),
    "a name in a code page": (
        _in_code_page,
        ["caf├⌐.txt: name: has letters of an old code page in its name"],
    ),
    "a symbolic link": (
        lambda: _with_entries((_named("notes.txt", stat.S_IFLNK | 0o777), b"README.md")),
        ["notes.txt: mode: is a symbolic link, which a host unpacks as a text"],
    ),
    "a pipe": (
        lambda: _with_entries((_named("notes.txt", stat.S_IFIFO | 0o644), b"")),
        ["notes.txt: mode: is no plain file"],
    ),
    "another compression": (
        lambda: _with_entries((_named("notes.txt", method=zipfile.ZIP_LZMA), b"x")),
        ["notes.txt: compression: is compressed by method 14, which no host reads"],
    ),
    "encryption": (_encrypted, ["notes.txt: encryption: is encrypted"]),
    "a damaged file": (
        _flipped,
        [
            "PRIVACY.md: content: cannot be decompressed to what the archive declares",
            "manifest.yaml: privacy: 'PRIVACY.md' is not in the package, where the marketplace"
            " looks for it",
        ],
    ),
    "more than it declares": (
        _lying,
        ["zeros.txt: content: cannot be decompressed to what the archive declares"],
    ),
    "too much when unpacked": (
        _bomb,
        [
            f"{_A}: size: holds {52_428_800 + sum(map(len, good_files().values()))} bytes"
            " decompressed, a host takes 52428800"
        ],
    ),
    "too many files": (
        lambda: write_archive(good_files() | {f"notes/{n}": b"" for n in range(5_000)}),
        [f"{_A}: files: holds {5_000 + len(good_files())} files, the marketplace takes 5000"],
    ),
    "a comment": (
        lambda: _commented(b"made by hand"),
        [f"{_A}: comment: is no signature, which is all a host looks for there"],
    ),
    "a signature of another length": (
        lambda: _commented(b'{"signature": "AAAA", "time": 1}'),
        [f"{_A}: comment: is no signature, which is all a host looks for there"],
    ),
    "what a signature left": (
        lambda: write_archive(good_files() | {".verification.dify.json": b"{}"}),
        [".verification.dify.json: file: belongs to a signature, which the archive does not have"],
    ),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_refused_for_that_reason(name: str, tmp_path: Path) -> None:
    content, expected = ARCHIVES[name]
    path = tmp_path / _A
    path.write_bytes(content())
    assert said(path) == expected


def test_a_file_larger_than_an_upload_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / _A
    with path.open("wb") as file:
        file.truncate(52_428_801)
    assert said(path) == [f"{_A}: size: has more than 52428800 bytes, which a host takes at most"]


def test_other_files_are_not_taken_for_packages(tmp_path: Path) -> None:
    path = tmp_path / "acme.zip"
    path.write_bytes(write_archive(good_files()))
    assert said(path) == ["acme.zip: name: is neither a package nor a bundle by its name"]
    assert said(tmp_path / _A) == [f"{_A}: file: cannot be read"]
    os.mkfifo(tmp_path / "pipe.difypkg")
    assert said(tmp_path / "pipe.difypkg") == ["pipe.difypkg: file: is no plain file"]


def test_a_folder_is_refused_for_what_cannot_be_packed(tmp_path: Path) -> None:
    write_folder(tmp_path, good_files())
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("missing")
    (tmp_path / "linked").symlink_to(tmp_path / "models")
    (tmp_path / "notes.md").symlink_to(tmp_path / "README.md")
    os.mkfifo(tmp_path / "pipe")
    assert said(tmp_path) == [
        ".venv: folder: does not belong into a package",
        "linked: link: is a link to a folder, which the packer cannot pack",
        "notes.md: file: is a symbolic link",
        "pipe: file: is no plain file",
    ]


def test_a_folder_of_more_than_an_upload_is_not_read_on(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(30_000_000)
    name = tmp_path.name
    assert said(tmp_path) == [
        f"{name}: size: holds more than 52428800 bytes, which a host takes at most"
    ]


def test_a_folder_of_too_many_files_is_not_read(tmp_path: Path) -> None:
    for number in range(5_001):
        (tmp_path / str(number)).touch()
    assert said(tmp_path) == [f"{tmp_path.name}: files: holds more than 5000 files"]
