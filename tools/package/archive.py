"""The zip that a package or a bundle is: written with bytes that depend on its content alone.

Entries are stored, not deflated: what deflate makes of the same content depends on the zlib of the
machine (zlib, zlib-ng, and their versions), and the same tree must give the same bytes anywhere. A
package has less than 1 MiB, wheels are compressed already, and a host counts the uncompressed size
as well. The daemon reads both methods (decoder/zip.go: Go's archive/zip).
"""

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping

from tools.package.check.limits import BUNDLE_BYTES, PACKAGE_BYTES
from tools.package.errors import PackagerFailure

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the format knows
_UNIX = 3
_REGULAR_FILE = 0o100644 << 16
# What zipfile raises for bytes that are no zip, or a damaged or a foreign one.
_DAMAGES = (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError)


def write_archive(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of `files`, ordered by the bytes of their paths, without folders or comment.

    Raises:
        PackagerFailure: a path is none that every host extracts.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for path in sorted(files, key=str.encode):
            writer.writestr(entry(path), files[path])
    return archive.getvalue()


def entry(path: str) -> zipfile.ZipInfo:
    """Describe one file of an archive; only its path is its own.

    Raises:
        PackagerFailure: the path is absolute, leads upwards or is not in its shortest form.
    """
    parts = path.split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or "\\" in path or "\0" in path:
        raise PackagerFailure(
            f"{path!r} is no path for a package; write folders and names with single slashes."
        )
    info = zipfile.ZipInfo(path, _EPOCH)
    info.create_system = _UNIX
    info.external_attr = _REGULAR_FILE
    info.compress_type = zipfile.ZIP_STORED
    return info


def read_archive(data: bytes) -> dict[str, bytes]:
    """Return the files of a package or bundle in the order of its directory.

    Raises:
        PackagerFailure: it is no zip, is damaged, unpacks to more than any host takes, or has an
            entry that hosts cannot read: a folder, a name twice, another compression.
    """
    with open_archive(data) as reader:
        entries = reader.infolist()
        names = Counter(info.filename for info in entries)
        if refused := [name for name in names if name.endswith("/") or names[name] > 1]:
            raise PackagerFailure(
                f"The entry {refused[0]!r} is a folder or is there twice, which no host reads."
            )
        if sum(info.file_size for info in entries) > BUNDLE_BYTES:
            raise PackagerFailure("The archive unpacks to more than any host takes.")
        try:
            return {info.filename: reader.read(info) for info in entries}
        except (*_DAMAGES, RuntimeError, EOFError) as error:
            raise PackagerFailure("The archive is damaged, or packed as no host reads.") from error


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open an archive for reading.

    Raises:
        PackagerFailure: it is no zip.
    """
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGES as error:
        raise PackagerFailure("The file is no zip; name a .difypkg or .difybndl.") from error


def ensure_uploadable(name: str, files: Mapping[str, bytes], archive: bytes) -> None:
    """Refuse a package that a host would refuse for its size.

    Raises:
        PackagerFailure: it is too large as it is uploaded or as it is unpacked.
    """
    size = max(len(archive), sum(map(len, files.values())))
    if size > PACKAGE_BYTES:
        raise PackagerFailure(
            f"{name} has {size:,} bytes, but hosts take {PACKAGE_BYTES:,}; ship fewer files."
        )
