"""What a file is by its first bytes, whatever was declared of it."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping

from dify_plugin.entities.model.message import MultiModalPromptMessageContent

# By Dify's kind of part, the patterns of the WHATWG's MIME Sniffing Standard, sections 6.1, 6.2 and
# 7.1; FLAC's is RFC 9639's, the one of MP3 frames without a tag ISO/IEC 11172-3's.
_FIRST_BYTES: Mapping[str, tuple[tuple[re.Pattern[bytes], str], ...]] = {
    kind: tuple((re.compile(pattern, re.DOTALL), media_type) for pattern, media_type in rows)
    for kind, rows in {
        "image": (
            (rb"\x89PNG\r\n\x1a\n", "image/png"),
            (rb"\xff\xd8\xff", "image/jpeg"),
            (rb"GIF8[79]a", "image/gif"),
            (rb"RIFF.{4}WEBPVP", "image/webp"),
            (rb"BM.{4}\x00{4}", "image/bmp"),
        ),
        "audio": (
            (rb"RIFF.{4}WAVE", "audio/wav"),
            (rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
            (rb"fLaC", "audio/flac"),
            (rb"OggS\x00", "audio/ogg"),
            (rb".{4}ftyp", "audio/mp4"),
            (rb"\x1a\x45\xdf\xa3", "audio/webm"),
        ),
        "document": ((rb"(?:\xef\xbb\xbf)?\s*%PDF-", "application/pdf"),),
    }.items()
}
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_FORMATS = {
    "application/pdf": "pdf",
    "audio/flac": "flac",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
_OTHER_NAMES = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "octet-stream": "", "bin": ""}


def media_type_of(part: MultiModalPromptMessageContent) -> str:
    """Return the MIME type of a part that has its bytes: theirs, else the one that was declared.

    Where none was declared the file's name or format tells it.
    """
    beginning = first_bytes(part)
    for pattern, media_type in _FIRST_BYTES.get(str(getattr(part, "type", "")), ()):
        if pattern.match(beginning):
            return media_type
    if part.mime_type.partition(";")[0].strip().lower() not in _SAYS_NOTHING:
        return part.mime_type
    name = part.filename or f"file.{part.format.lstrip('.')}"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def format_of(part: MultiModalPromptMessageContent) -> str:
    """Return the short name of what a part is, such as `mp3`, "" where nothing tells it."""
    declared = part.format.lower().lstrip(".")
    return _FORMATS.get(media_type_of(part)) or _OTHER_NAMES.get(declared, declared)


def first_bytes(part: MultiModalPromptMessageContent, characters: int = 64) -> bytes:
    """Return what these first characters of a part's base64 say, b"" where they cannot be read."""
    beginning = part.base64_data[:characters]
    try:
        return base64.b64decode(beginning[: len(beginning) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""
