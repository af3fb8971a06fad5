"""Sound as it reaches Dify: mp3 and nothing else, in pieces of 8 to 32 KiB."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from pydantic_core import from_json

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.service.streaming import read_whole

# A line of the daemon holds a piece in twice as many letters. Half a second of speech has 8 KiB.
_LEAST, _MOST = 8 << 10, 32 << 10
# A tag, or a frame's first bits with a layer in them.
_MP3 = re.compile(rb"ID3|\xff[\xe2-\xe7\xea-\xef\xf2-\xf7\xfa-\xff]")
_OTHERS = {b"RIFF": "wav", b"OggS": "ogg", b"fLaC": "flac", b"\xff\xf1": "aac", b"\xff\xf9": "aac"}
_TAG = b"ID3"
_TAG_HEAD = 10


def mp3_pieces(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a body in pieces as it arrives; only the last one may be smaller.

    Without the tag before it: the next body follows it, and in the middle of a sound some players
    stop at one.

    Raises ServiceError for one that is no mp3, ValueError for what is neither sound nor an error:
    Dify ends an answer whose sound is of another type than was declared.
    """
    arriving = iter(content)
    held = b""
    for piece in arriving:
        held += piece
        if len(held) >= _TAG_HEAD:
            break
    if not _MP3.match(held):
        raise _no_mp3(held, arriving)
    tag = _tag_length(held)
    for piece in chain([b""], arriving):
        held += piece
        held, tag = held[tag:], max(0, tag - len(held))
        while len(held) >= _LEAST:
            yield held[:_MOST]
            held = held[_MOST:]
    if held:
        yield held


def _tag_length(beginning: bytes) -> int:
    """Return how many bytes a tag has, 0 without one (ID3v2.4, section 3.1: of each byte of its
    size seven bits count)."""
    if not beginning.startswith(_TAG) or len(beginning) < _TAG_HEAD:
        return 0
    return _TAG_HEAD + sum(
        byte << 7 * place for place, byte in enumerate(reversed(beginning[6:_TAG_HEAD]))
    )


def hand_on(sound: Iterable[bytes], listener: Callable[[bytes], None]) -> None:
    """Give all of a sound to a listener. What fails after its first piece is not tried again: the
    same words would be heard twice."""
    begun = False
    try:
        for piece in sound:
            listener(piece)
            begun = True
    except ServiceError as failure:
        failure.retryable = failure.retryable and not begun
        raise


def _no_mp3(beginning: bytes, rest: Iterable[bytes]) -> ServiceError:
    if beginning.lstrip().startswith(b"{"):
        return from_error_body(from_json(read_whole(chain([beginning], rest))))
    name = next((name for start, name in _OTHERS.items() if beginning.startswith(start)), None)
    if name is None and beginning:
        raise ValueError("neither sound nor an error")
    words = f"the sound is {name}, and mp3 was asked for" if name else "the answer has no sound"
    advice = "Choose a model that speaks mp3, or check the server behind the API base URL."
    return ServiceError(Kind.SERVER, Said(words), advice=advice)
