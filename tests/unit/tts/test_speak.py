"""A listener who goes away: what is still spoken ends, and every connection is closed."""

import logging

import gevent
import pytest

from models.attribution import Origin
from models.tts.manner import Manner
from models.tts.speak import speak
from tests.unit.endpoints import openai_at
from tests.wire.raw_server import HELD_OPEN, raw_server

SPEAKING = (
    b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2004\r\n\xff\xf3\xe4\xc4" + bytes(8192) + b"\r\n"
)
TEXT = "This is a sentence of a text that somebody wants to hear. " * 250


def test_nobody_speaks_on_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "models.usage_line")
    with raw_server(lambda _: [SPEAKING, HELD_OPEN]) as server:
        sound = speak(openai_at("tts-1", server.url), TEXT, Manner("alloy"), Origin("app"))
        assert next(sound).startswith(b"\xff\xf3")
        with gevent.Timeout(5):
            while server.opened < 3:
                gevent.sleep(0.01)
        sound.close()
        with gevent.Timeout(5):
            while server.open_connections:
                gevent.sleep(0.01)
        assert len(server.received) == 3
    assert '"error":"Abandoned"' in caplog.text
