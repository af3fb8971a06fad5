"""The upstream of the speech benchmark: mp3 in pieces, as it is spoken; each frame names its text.

Run as `python -m tools.bench.speech_upstream APART_MS`; it says on its first line where it listens
and ends when its stdin does.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from functools import partial

from tools.bench.small_upstream import serve

PIECES = 20
_FRAMES_A_PIECE = 25
# 24 ms each in the form of tts-1's (recording `speech-tts-1`): MPEG 2 layer III, 24 kHz, mono, 160
# kbit/s. They are silent, and what follows a frame's sound is ancillary data (ISO/IEC 11172-3).
FRAME_HEAD, FRAME_BYTES = b"\xff\xf3\xe4\xc4", 480


def piece_of(text: str, number: int) -> bytes:
    """Return one of the pieces in which a text is spoken."""
    mark = f"{text}, piece {number}".encode()
    return (FRAME_HEAD + mark.rjust(FRAME_BYTES - len(FRAME_HEAD), b"\0")) * _FRAMES_A_PIECE


def sound_of(text: str) -> bytes:
    """Return all that is sent for a text."""
    return b"".join(piece_of(text, number) for number in range(PIECES))


async def _answer(seconds_apart: float, body: bytes) -> AsyncIterator[bytes]:
    text, loop = json.loads(body)["input"], asyncio.get_running_loop()
    started = loop.time()
    yield (b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n")
    for number in range(PIECES):
        # On an absolute schedule: a late piece does not delay the next one.
        await asyncio.sleep(started + (number + 1) * seconds_apart - loop.time())
        piece = piece_of(text, number)
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


if __name__ == "__main__":
    serve(partial(_answer, float(sys.argv[1]) / 1000))
