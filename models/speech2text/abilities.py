"""What a transcription model takes and gives, by its name.

API reference, `audio/transcriptions`: `languages` and `keywords` are of gpt-transcribe alone, the
model that tells speakers apart takes no prompt and needs to cut the sound, whisper streams nothing.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Abilities:
    """streams: it can write while it listens. speakers: it says who speaks. several_hints: it takes
    several languages, and keywords. takes_prompt: it takes a text to go by."""

    streams: bool = False
    speakers: bool = False
    several_hints: bool = False
    takes_prompt: bool = True


_ABILITIES = (
    (re.compile(r".*-diarize"), Abilities(streams=True, speakers=True, takes_prompt=False)),
    (re.compile(r"(.*/)?gpt-transcribe"), Abilities(streams=True, several_hints=True)),
    (re.compile(r"(.*/)?gpt-4o(-mini)?-transcribe"), Abilities(streams=True)),
)
# Of whisper, and of a model that nobody described.
_LEAST = Abilities()


def abilities_of(model: str) -> Abilities:
    """Return what a model takes and gives."""
    return next((found for name, found in _ABILITIES if name.match(model.lower())), _LEAST)
