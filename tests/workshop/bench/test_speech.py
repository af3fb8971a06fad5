"""The benchmark of speech runs both ends, and finds every sound to be that of its text."""

import subprocess
import sys
from pathlib import Path

from tools.bench.speech_upstream import FRAME_BYTES, FRAME_HEAD, sound_of

ROOT = Path(__file__).parents[3]


def test_the_command_measures_our_plugin() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.bench.speech", "--streams", "3", "--apart", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    head, _, *rows = ended.stdout.split("\n\n")[0].splitlines()
    assert head == "| 3 texts at once, 20 pieces of each 2 ms apart | ours |"
    assert rows[-1] == "| texts with other sound | 0 |"


def test_a_sound_is_frames_of_mp3_that_name_their_text() -> None:
    sound = sound_of("text 7")
    frames = [sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)]
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert all(frame.startswith(FRAME_HEAD) for frame in frames)
    marks = list(dict.fromkeys(frame[len(FRAME_HEAD) :].lstrip(b"\0") for frame in frames))
    assert marks == [f"text 7, piece {number}".encode() for number in range(20)]
