"""A .difypkg or .difybndl as an archive: what the daemon can open, within its limits.

Sources: the daemon's `decoder/zip.go` (Go's zip reader knows Store and Deflate) and
`internal/types/app/default.go` (sizes). Nothing is decompressed before the sizes that the archive
declares fit, and no entry beyond what it declares.
"""

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass

from tools.package.check.entry_names import check_names
from tools.package.check.limits import MOST_FILES
from tools.package.check.problem import Report

_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_NAMED_IN_UTF_8 = 0x800
_BUILD_AGAIN = "build the package again"
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds: contents by path, and the comment, which is for a signature."""

    files: dict[str, bytes]
    comment: bytes


def read_archive(name: str, content: bytes, most: int, report: Report) -> Archive | None:
    """Read an archive of at most `most` bytes, packed and unpacked, or note why it cannot be.

    `name` is what problems with the archive as a whole are reported under.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _ZIP_ERRORS:
        report.problem(name, "file", "is no zip archive that can be read", _BUILD_AGAIN)
        return None
    with archive:
        entries = archive.infolist()
        if not _fits(name, entries, most, report):
            return None
        check_names((entry.orig_filename for entry in entries), report)
        files: dict[str, bytes] = {}
        for entry in entries:
            if entry.is_dir() or not _is_plain(entry, report):
                continue
            unpacked = _unpack(archive, entry)
            if unpacked is None:
                rule = "cannot be decompressed to what the archive declares"
                report.problem(entry.filename, "content", rule, _BUILD_AGAIN)
            else:
                files[entry.filename] = unpacked
        return Archive(files, archive.comment)


def _fits(name: str, entries: list[zipfile.ZipInfo], most: int, report: Report) -> bool:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_FILES:
        rule = f"holds {len(entries)} files, the marketplace takes {MOST_FILES}"
        report.problem(name, "files", rule, "leave some out")
    elif total > most:
        rule = f"holds {total} bytes decompressed, a host takes {most}"
        report.problem(name, "size", rule, "leave files out")
    else:
        return True
    return False


def _is_plain(entry: zipfile.ZipInfo, report: Report) -> bool:
    name = entry.filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        rule = "is a symbolic link, which a host unpacks as a text"
        report.problem(name, "mode", rule, "pack the file it leads to")
    elif kind not in (0, stat.S_IFREG):
        report.problem(name, "mode", "is no plain file", "leave it out")
    elif entry.flag_bits & _ENCRYPTED:
        report.problem(name, "encryption", "is encrypted", "pack it without a password")
    elif entry.compress_type not in _READABLE:
        rule = f"is compressed by method {entry.compress_type}, which no host reads"
        report.problem(name, "compression", rule, "store or deflate it")
    elif not name.isascii() and not entry.flag_bits & _NAMED_IN_UTF_8:
        rule = "has letters of an old code page in its name"
        report.problem(name, "name", rule, "name it in UTF-8 or ASCII")
    else:
        return True
    return False


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    try:
        with archive.open(entry) as stream:
            # A size bounds what is decompressed at once; a stream may hold more than it declares.
            content = stream.read(entry.file_size)
    except _ZIP_ERRORS:
        return None
    return content if len(content) == entry.file_size else None
