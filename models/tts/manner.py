"""How a text is to be spoken: the voice of the call, and what the settings add to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.failures.failure import bad_request
from models.failures.words import shown

INSTRUCTIONS, SPEED = "speech_instructions", "speech_speed"
# API reference, audio/speech: `speed`.
_SLOWEST, _FASTEST = 0.25, 4.0


@dataclass(frozen=True, slots=True)
class Manner:
    """A voice, words on how it speaks ("" for none), and how many times as fast as usual."""

    voice: str
    instructions: str = ""
    speed: float = 1.0

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str], voice: str) -> "Manner":
        """Read the two settings. Raises InvokeBadRequestError for what is no speed."""
        written = (credentials.get(SPEED) or "").strip()
        try:
            speed = float(written.replace(",", ".") or 1)
        except ValueError:
            speed = 0.0
        if not _SLOWEST <= speed <= _FASTEST:
            raise bad_request(
                f"The speed {shown(written)[:40]!r} of the speech settings is none that the "
                f"service takes; write a number from {_SLOWEST} to {_FASTEST:g}"
            )
        return cls(voice, (credentials.get(INSTRUCTIONS) or "").strip(), speed)
