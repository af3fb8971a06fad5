"""Whatever an upstream sends, a call ends in a sentence and the process keeps its size."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.raw_server import bomb, chunk, completion, open_call, raw_server, whole
from tests.wire.resident import at_most_larger_by

BAD_REQUEST, UNAVAILABLE = "InvokeBadRequestError", "InvokeServerUnavailableError"
NOT_SIGNED_IN = "InvokeAuthorizationError"
TOO_LONG = "longer than 16 MiB"
TOO_LONG_IN_ALL = "longer than 64 MiB"
TOO_LONG_ERROR = "longer than 256 KiB"
UNREADABLE = "cannot be decoded"
TOO_MANY = "more than 100,000 objects and lists"

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
STREAM = JSON.replace(b"application/json", b"text/event-stream")
REFUSED = JSON.replace(b"200 OK", b"401 No")
GZIP = b"Content-Encoding: gzip\r\n\r\n"
MEBIBYTE = 1 << 20
X = b"x" * MEBIBYTE
EVENTS = (b"data: " + chunk("lala" * 1000) + b"\n\n") * 250
SPACE = bomb(b" " * MEBIBYTE)
LINE = bomb(b"data: " + X)
PACKED = bomb(EVENTS)
SMALL = gzip.compress(EVENTS)
# head of the answer, what follows and how often, class, words
TOO_MUCH: dict[str, tuple[bytes, bytes, int, str, str]] = {
    "whole-bomb": (JSON + GZIP + SPACE[0], SPACE[1], 1024, BAD_REQUEST, TOO_LONG),
    "whole-space": (JSON + b"\r\n", b" " * MEBIBYTE, 200, BAD_REQUEST, TOO_LONG),
    "whole-packed-twice": (
        JSON + b"Content-Encoding: gzip, gzip\r\n\r\n",
        gzip.compress(SMALL),
        1,
        UNAVAILABLE,
        UNREADABLE,
    ),
    "whole-choices": (JSON + b'\r\n{"choices":[', b"{}," * 5000, 1000, BAD_REQUEST, TOO_MANY),
    "error-bomb": (REFUSED + GZIP + SPACE[0], SPACE[1], 1024, NOT_SIGNED_IN, TOO_LONG_ERROR),
    "error-plain": (REFUSED + b"\r\n", X, 300, NOT_SIGNED_IN, TOO_LONG_ERROR),
    "error-of-nonsense": (REFUSED + GZIP, X, 1, NOT_SIGNED_IN, UNREADABLE),
    "stream-bomb-of-space": (STREAM + GZIP + SPACE[0], SPACE[1], 1024, BAD_REQUEST, TOO_LONG),
    "stream-bomb-of-a-line": (STREAM + GZIP + LINE[0], LINE[1], 1024, BAD_REQUEST, TOO_LONG),
    "stream-bomb-of-events": (
        STREAM + GZIP + PACKED[0],
        PACKED[1],
        1024,
        BAD_REQUEST,
        TOO_LONG_IN_ALL,
    ),
    "stream-and-more": (STREAM + GZIP + SMALL, bytes(MEBIBYTE), 3072, UNAVAILABLE, UNREADABLE),
    "stream-line": (STREAM + b"\r\ndata: ", X, 200, BAD_REQUEST, TOO_LONG),
    "stream-lines": (STREAM + b"\r\n", b"data: " + X + b"\n", 200, BAD_REQUEST, TOO_LONG),
    "stream-events": (STREAM + b"\r\n", EVENTS, 300, BAD_REQUEST, TOO_LONG_IN_ALL),
    "stream-choices": (
        STREAM + b'\r\ndata: {"choices":[',
        b"{}," * 5000,
        1000,
        BAD_REQUEST,
        TOO_MANY,
    ),
}


@pytest.fixture
def bounded(plugin: PluginProcess) -> Iterator[PluginProcess]:
    """The plugin, which a test leaves at most 120 MiB larger than it was at any time."""
    with at_most_larger_by(120, plugin):
        yield plugin


@pytest.mark.parametrize("name", TOO_MUCH)
def test_a_body_that_is_too_much_ends_in_a_sentence(bounded: PluginProcess, name: str) -> None:
    head, piece, count, error_type, words = TOO_MUCH[name]
    options = LLMOptions(stream=name.startswith("stream"))
    sent = chain([head], repeat(piece, count))
    with raw_server(lambda _: sent) as server, pytest.raises(PluginError) as raised:
        read_llm_answer(open_call(bounded, server.target(), options))
    assert raised.value.error_type == error_type
    assert words in raised.value.message
    assert len(server.received) == 1


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "deflate", "identity, gzip"])
def test_a_packed_answer_is_read(plugin: PluginProcess, packing: str) -> None:
    long = "night " * 100_000
    pack = zlib.compress if packing == "deflate" else gzip.compress
    headers = f"Content-Encoding: {packing}\r\n".encode()
    with raw_server(lambda _: [whole(pack(completion(long)), headers=headers)]) as server:
        answer = read_llm_answer(open_call(plugin, server.target(), LLMOptions(stream=False)))
    assert answer.text == long
