"""Speech side by side: many texts spoken at once, by a service that sends mp3 while it speaks.

Run as `python -m tools.bench.speech --against DIR`. Each plugin is called as Dify calls it when it
reads an answer aloud; every text is short enough for one request, whose sound comes in 20 pieces.
Every sound is compared with what was sent for its text.
"""

import sys
import time
from functools import partial
from statistics import fmean, median

from fakes.dify_daemon.requests import invoke_tts
from tools.bench.side_by_side import Comparison, Running, compare, options, text_count
from tools.bench.speech_upstream import PIECES, sound_of

# What to expect of one plugin: a start with its first text, and each of those that follow.
_SECONDS_BEFORE, _SECONDS_A_TEXT = 5.0, 0.05


def measure(streams: int, ideal_seconds: float, running: Running) -> tuple[dict[str, str], int]:
    """Let one text be spoken, and then many at once. Return the cells, and how many were wrong."""

    def speak(text: str) -> tuple[float, list[str]]:
        """Return when the first piece came, in ms, and all pieces as Dify gets them."""
        first_ms, pieces = 0.0, []
        started = time.monotonic()
        for result in running.process.open_session(invoke_tts(running.target, text)):
            first_ms = first_ms or (time.monotonic() - started) * 1e3
            pieces.append(str(result["result"]))
        return first_ms, pieces

    speak("before the others")
    first_mib = running.memory_mib()
    texts = [f"This is text number {number}." for number in range(streams)]
    spoken, wall, cpu = running.at_once(speak, texts, streams)
    firsts = sorted(first_ms for first_ms, _ in spoken)
    sounds = [bytes.fromhex("".join(pieces)) for _, pieces in spoken]
    wrong = sum(sound != sound_of(text) for sound, text in zip(sounds, texts, strict=True))
    cells = {
        "pieces a text": f"{fmean(len(pieces) for _, pieces in spoken):.0f}",
        "first piece, p50, ms": f"{median(firsts):.0f}",
        "first piece, p99, ms": f"{firsts[streams * 99 // 100]:.0f}",
        f"all spoken (ideal {ideal_seconds:.1f} s), s": f"{wall:.2f}",
        "CPU of it, s": f"{cpu:.2f}",
        **running.memory_cells(first_mib),
    }
    return cells, wrong


def main() -> int:
    """Measure and print the table."""
    parser = options("speech", __doc__ or "")
    add = parser.add_argument
    add("--streams", type=text_count, default=50, metavar="N", help="texts at once (default: 50)")
    add("--apart", type=int, default=50, metavar="MS", help="between pieces (default: 50)")
    arguments = parser.parse_args()
    streams, apart_ms = arguments.streams, arguments.apart
    comparison = Comparison(
        what=f"{streams:,} texts at once, {PIECES} pieces of each {apart_ms} ms apart",
        model="tts-1",
        model_type="tts",
        upstream=("tools.bench.speech_upstream", str(apart_ms)),
        measure=partial(measure, streams, PIECES * apart_ms / 1000),
        wrong="texts with other sound",
        seconds=_SECONDS_BEFORE + streams * _SECONDS_A_TEXT,
    )
    return compare(comparison, arguments)


if __name__ == "__main__":
    sys.exit(main())
