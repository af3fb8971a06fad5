"""A recording as it is sent: its type by its content, refused where the service cannot take it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.failures.failure import bad_request


def _beginnings(
    named: Iterable[tuple[bytes, str]],
) -> Sequence[tuple[re.Pattern[bytes], str]]:
    return tuple((re.compile(beginning, re.DOTALL), name) for beginning, name in named)


# Of the whole request (chidiwilliams/buzz#381), so a little less is left for the sound.
_MOST_BYTES = 26_214_400 - 4096
# The ending that tells the service a type, by how such a file begins.
_TAKEN = _beginnings(
    (
        (rb"RIFF....WAVE", "wav"),
        (rb"fLaC", "flac"),
        (rb"OggS", "ogg"),
        (rb"....ftypM4[AB] ", "m4a"),
        (rb"....ftyp(?!3g|qt  )", "mp4"),
        (rb"\x1a\x45\xdf\xa3.{0,60}webm", "webm"),
        (rb"\x00\x00\x01[\xb3\xba]", "mpeg"),
        # MPEG audio: a tag, or a frame's first bits with a layer in them.
        (rb"ID3|\xff[\xe2-\xe7\xea-\xef\xf2-\xf7\xfa-\xff]", "mp3"),
    )
)
_NOT_TAKEN = _beginnings(
    (
        (rb"#!AMR", "AMR, as phones record it"),
        (rb"....ftyp3g", "3GP, as phones record it"),
        (rb"....ftypqt  ", "QuickTime"),
        (rb"\xff[\xf0\xf1\xf8\xf9]", "bare AAC"),
        (rb"FORM....AIF[FC]", "AIFF"),
        (rb"caff", "CAF"),
        (rb"\x30\x26\xb2\x75", "Windows Media"),
        (rb"\x1a\x45\xdf\xa3", "Matroska"),
        (rb"MThd", "MIDI, which is no recording"),
    )
)
_WAY_OUT = "record or convert it as mp3, m4a, wav, webm, ogg or flac"


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording; `name` has the ending by which the service knows its type."""

    name: str
    content: bytes

    @classmethod
    def of(cls, content: bytes) -> "Sound":
        """Return a recording ready to be sent; one of a type that is not known goes as mp3.

        Raises InvokeBadRequestError for one that the service does not take.
        """
        if not content:
            raise bad_request("The recording is empty; record it again")
        if len(content) > _MOST_BYTES:
            raise bad_request(
                f"The recording has {len(content) / (1 << 20):.1f} MiB, and the service takes 25; "
                "cut it, or convert it to ogg at 32 kbit/s, of which an hour has 14"
            )
        ending = next((ending for start, ending in _TAKEN if start.match(content)), None)
        if ending is None:
            for start, name in _NOT_TAKEN:
                if start.match(content):
                    raise bad_request(f"The service does not take {name}; {_WAY_OUT}")
        return cls(f"recording.{ending or 'mp3'}", content)
