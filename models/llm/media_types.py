"""What a file is by its first bytes, whatever was declared of it."""

import base64
import binascii
import mimetypes
import re
from collections.abc import Mapping

from dify_plugin.entities.model.message import (
    ImagePromptMessageContent,
    MultiModalPromptMessageContent,
)

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
_PNG_HEAD, _GIF_HEAD = 24, 10
_JPEG_MARKER, _JPEG_FRAME_HEAD = 0xFF, 9
# Every start of a frame: C0 to CF without the tables DHT, JPG and DAC.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_CHARACTERS = 90_000  # of base64: the longest segment, which may hold a preview
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


def image_size(part: ImagePromptMessageContent) -> tuple[int, int] | None:
    """Return a picture's width and height in pixels, None where its first bytes do not tell them.

    PNG: section 11.2.2 of its specification. GIF: section 18.
    JPEG: ITU T.81, B.2.2, behind its other segments.
    """
    match first_bytes(part):
        case b if b.startswith(b"\x89PNG") and len(b) >= _PNG_HEAD:
            size = int.from_bytes(b[16:20]), int.from_bytes(b[20:24])
        case b if b.startswith(b"GIF8") and len(b) >= _GIF_HEAD:
            size = int.from_bytes(b[6:8], "little"), int.from_bytes(b[8:10], "little")
        case b if b.startswith(b"\xff\xd8"):
            size = _jpeg_size(first_bytes(part, _JPEG_CHARACTERS))
        case _:
            size = (0, 0)
    return size if all(size) else None


def _jpeg_size(content: bytes) -> tuple[int, int]:
    at = 2
    while at + _JPEG_FRAME_HEAD <= len(content) and content[at] == _JPEG_MARKER:
        if content[at + 1] in _JPEG_FRAMES:
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width), int.from_bytes(height)
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return 0, 0


def first_bytes(part: MultiModalPromptMessageContent, characters: int = 64) -> bytes:
    """Return what these first characters of a part's base64 say, b"" where they cannot be read."""
    beginning = part.base64_data[:characters]
    try:
        return base64.b64decode(beginning[: len(beginning) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""
