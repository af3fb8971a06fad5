"""The zip that a package or a bundle is: written reproducibly, read as strictly as any host does.

A host knows a package by a checksum of what is in it; how it is packed does not matter.

Entries are stored, not deflated: what deflate makes of the same content depends on the zlib of the
machine (zlib, zlib-ng, and their versions), and the same tree must give the same bytes anywhere. A
package has less than 1 MiB, wheels are compressed already, and a host counts the uncompressed size
as well. The daemon reads both methods with Go's archive/zip, and opens each entry by its name as a
file below the plugin's folder (dify-plugin-daemon: pkg/plugin_packager/decoder/zip.go).
"""

import hashlib
import io
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from tools.package.errors import PackagerFailure

# dify-plugin-daemon: internal/types/app/default.go; of the upload, and of all in it unpacked.
PACKAGE_BYTES = 52_428_800
BUNDLE_BYTES = 12 * PACKAGE_BYTES
# langgenius/dify-plugins, package validation.
_MOST_FILES = 5_000

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format knows
_UNIX = 3
_REGULAR_FILE = (stat.S_IFREG | 0o644) << 16
_ENCRYPTED = 0x1
_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What zipfile raises for bytes that are no zip, or a damaged or a foreign one.
_DAMAGES = (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, EOFError)


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive holds: contents by path, in its order; the comment is for a signature."""

    files: dict[str, bytes]
    comment: bytes


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of `files`, ordered by the bytes of their paths, without folders or comment."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for path in sorted(files, key=str.encode):
            writer.writestr(entry(path), files[path])
    return archive.getvalue()


def entry(path: str) -> zipfile.ZipInfo:
    """Describe one file of an archive; only its path is its own."""
    info = zipfile.ZipInfo(path, _EPOCH)
    info.create_system = _UNIX
    info.external_attr = _REGULAR_FILE
    info.compress_type = zipfile.ZIP_STORED
    return info


def read_archive(data: bytes, most: int = BUNDLE_BYTES) -> Archive:
    """Read a package or a bundle of at most `most` bytes, packed and unpacked.

    Raises:
        PackagerFailure: no host would read it, or it is too large for one.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGES as error:
        raise PackagerFailure("The file is no zip; name a .difypkg or .difybndl.") from error
    with archive:
        entries = archive.infolist()
        size = max(len(data), sum(info.file_size for info in entries))
        if size > most or len(entries) > _MOST_FILES:
            raise PackagerFailure(
                f"The archive has {size:,} bytes in {len(entries):,} files, but hosts take"
                f" {most:,} in {_MOST_FILES:,}; ship less."
            )
        names = Counter(info.orig_filename for info in entries)
        for info in entries:
            if reason := _unreadable(info, names):
                raise PackagerFailure(f"The entry {info.orig_filename!r} {reason}; pack it anew.")
        try:
            files = {info.filename: archive.read(info) for info in entries}
        except _DAMAGES as error:
            raise PackagerFailure("The archive is damaged; build it again.") from error
        return Archive(files, archive.comment)


def checksum(files: Mapping[str, bytes]) -> str:
    """Return the host's checksum of a package's files, in hex.

    For each file, in the order of the bytes of its path: SHA-256 of the path, SHA-256 of the
    content; then SHA-256 of all of it (dify-plugin-daemon: plugin_packager/decoder/checksum.go).
    """
    digests = hashlib.sha256()
    for path in sorted(files, key=str.encode):
        digests.update(hashlib.sha256(path.encode()).digest())
        digests.update(hashlib.sha256(files[path]).digest())
    return digests.hexdigest()


def unique_identifier(files: Mapping[str, bytes]) -> str:
    """Return `author/name:version@checksum` of a package's files.

    Raises:
        PackagerFailure: there is no manifest that names the three.
    """
    try:
        manifest = yaml.safe_load(files["manifest.yaml"])
        author, name, version = (manifest[key] for key in ("author", "name", "version"))
    except (KeyError, TypeError, yaml.YAMLError) as error:
        raise PackagerFailure(
            "The package has no manifest.yaml with `author`, `name` and `version`."
        ) from error
    return f"{author}/{name}:{version}@{checksum(files)}"


def _unreadable(info: zipfile.ZipInfo, names: Counter[str]) -> str:
    """Return why no host reads an entry, "" if hosts do."""
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if not {"", ".", ".."}.isdisjoint(name.split("/")) or "\\" in name or not name.isprintable():
        return "is no file's path in its shortest form, with single slashes"
    if names[name] > 1:
        return "is there twice"
    if kind not in (0, stat.S_IFREG):
        return "is a link or another special file"
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _READABLE:
        return "is encrypted or compressed as no host reads it"
    return ""
