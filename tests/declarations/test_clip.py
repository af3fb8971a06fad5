"""The clip that checks speech credentials is what this makes: run the file to make it anew.

`uv run -q python -m tests.declarations.test_clip`
"""

import io
import math
import struct
import wave

from models.speech2text.sound import Sound
from tests.declarations.declaration_files import ASSETS

CLIP = ASSETS / "one_second.wav"
HERTZ, TONE = 8000, 440


def one_second() -> bytes:
    """Return a tone of one second, softer at both ends: a WAV file of 16-bit samples."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(HERTZ)
        for at in range(HERTZ):
            loudness = 8000 * math.sin(math.pi * at / HERTZ)
            sample = round(loudness * math.sin(math.tau * TONE * at / HERTZ))
            sound.writeframesraw(struct.pack("<h", sample))
    return target.getvalue()


def test_the_clip_is_a_tone_of_one_second() -> None:
    assert CLIP.read_bytes() == one_second()
    assert Sound.of(one_second()).name == "recording.wav"


if __name__ == "__main__":
    CLIP.write_bytes(one_second())
