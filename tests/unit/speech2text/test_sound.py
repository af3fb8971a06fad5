"""The type of a recording is told by how it begins; what the service does not take is refused."""

import pytest
from dify_plugin.errors.model import InvokeBadRequestError

from models.speech2text.sound import Sound

REST = bytes(64)


@pytest.mark.parametrize(
    ("beginning", "ending"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "wav"),
        (b"fLaC\x00", "flac"),
        (b"OggS\x00\x02", "ogg"),
        (b"\x00\x00\x00\x1cftypM4A ", "m4a"),
        (b"\x00\x00\x00\x20ftypisom", "mp4"),
        (b"\x00\x00\x00\x20ftypmp42", "mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "webm"),
        (b"\x00\x00\x01\xba", "mpeg"),
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90\x64", "mp3"),
        (b"\xff\xf3\x40\xc0", "mp3"),
        (b"\xff\xe3\x18\xc4", "mp3"),
        (b"something else", "mp3"),
    ],
)
def test_a_type_is_told_by_the_content(beginning: bytes, ending: str) -> None:
    assert Sound.of(beginning + REST).name == f"recording.{ending}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"#!AMR\n" + REST, "AMR"),
        (b"#!AMR-WB\n" + REST, "AMR"),
        (b"\x00\x00\x00\x18ftyp3gp4" + REST, "3GP"),
        (b"\x00\x00\x00\x14ftypqt  " + REST, "QuickTime"),
        (b"\xff\xf1\x50\x80" + REST, "AAC"),
        (b"FORM\x00\x00\x00\x00AIFF" + REST, "AIFF"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + REST, "Windows Media"),
        (b"\x1a\x45\xdf\xa3matroska" + REST, "Matroska"),
        (b"ID3" + bytes(26_214_400), "25.0 MiB, and the service takes 25"),
    ],
)
def test_what_the_service_does_not_take_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=words):
        Sound.of(content)
