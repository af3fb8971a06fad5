"""Every kind of call that the plugin makes, at a local server whose bytes a property decides.

Each call passes all layers, from the class that the SDK calls down to the socket.
"""

import io
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import override

import gevent
from dify_plugin.entities.model.message import UserPromptMessage
from dify_plugin.errors.model import CredentialsValidateFailedError, InvokeError

from models.failures.failure import Kind
from models.llm.credential_check import check_key
from models.llm.openai_llm import OpenAILargeLanguageModel
from models.moderation.openai_moderation import OpenAIModerationModel
from models.service import openai
from models.speech2text.openai_speech2text import OpenAISpeech2TextModel
from models.text_embedding.openai_text_embedding import OpenAITextEmbeddingModel
from models.tts.openai_tts import OpenAITTSModel
from tests.declarations.test_clip import one_second
from tests.properties.outcomes import assert_readable
from tests.wire.raw_server import CLOSED, RawServer, completion, raw_server, whole

# A server may quote them wherever it likes. No pattern of a key matches the first.
KEY = "Canary.Of.A.Key.0123456789"
PROMPT = "a prompt that nobody else may see"
# What a call may take at most; the least that a form can set.
_LIMIT_SECONDS = 1
# A call that is still running after so long does not keep to its limit.
_HANGS_SECONDS = 60
_LONGEST_SENTENCE = 3000
_SOUND = one_second()
_ERRORS = {*(kind.value for kind in Kind), CredentialsValidateFailedError}

type Credentials = dict[str, str]


def _ask_llm(credentials: Credentials, *, stream: bool, protocol: str) -> str:
    chunks = OpenAILargeLanguageModel([]).invoke(
        "gpt-4o-mini",
        {**credentials, "api_protocol": protocol},
        [UserPromptMessage(content=PROMPT)],
        {},
        stream=stream,
    )
    return "".join(chunk.model_dump_json() for chunk in chunks)


def _embed(credentials: Credentials) -> str:
    model = OpenAITextEmbeddingModel([])
    return model.invoke("text-embedding-3-small", credentials, [PROMPT]).model_dump_json()


def _moderate(credentials: Credentials) -> str:
    verdict = OpenAIModerationModel([]).invoke("omni-moderation-latest", credentials, PROMPT)
    assert isinstance(verdict, bool)
    return str(verdict)


def _transcribe(credentials: Credentials, model: str) -> str:
    return OpenAISpeech2TextModel([]).invoke(model, credentials, io.BytesIO(_SOUND))


def _speak(credentials: Credentials, model: str) -> str:
    # Too short to be compared with what a model says that it has read.
    said = OpenAITTSModel([]).invoke(model, "tenant", credentials, "Hi", "alloy")
    assert not isinstance(said, bytes)
    return b"".join(said).hex()


def _list_models(credentials: Credentials) -> str:
    name = "gpt-4o-mini"
    check_key(lambda: openai.from_credentials(name, credentials), offered={name})
    return ""


# Each makes a call and returns what Dify gets for it.
CALLS: Mapping[str, Callable[[Credentials], str]] = {
    "chat": lambda credentials: _ask_llm(credentials, stream=False, protocol="chat"),
    "chat-stream": lambda credentials: _ask_llm(credentials, stream=True, protocol="chat"),
    "responses": lambda credentials: _ask_llm(credentials, stream=False, protocol="responses"),
    "responses-stream": lambda credentials: _ask_llm(
        credentials, stream=True, protocol="responses"
    ),
    "embeddings": _embed,
    "moderations": _moderate,
    "transcriptions": lambda credentials: _transcribe(credentials, "whisper-1"),
    "transcriptions-stream": lambda credentials: _transcribe(
        credentials, "gpt-4o-transcribe-diarize"
    ),
    "speech": lambda credentials: _speak(credentials, "tts-1"),
    "speech-by-chat": lambda credentials: _speak(credentials, "gpt-audio-1.5"),
    "models": _list_models,
}


class _Lines(logging.Handler):
    """Keeps what the plugin would hand to the daemon's log."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Upstream:
    """The server, and what becomes of calls to it."""

    server: RawServer
    answer: Sequence[bytes | float] = ()
    log: _Lines = field(default_factory=_Lines)

    def call(self, kind: str, *answer: bytes | float) -> str:
        """Make a call that is answered like this; return what Dify gets, or is told.

        Checks what holds of every call: it is answered, or fails in one sentence of one of Dify's
        errors, in time; and no key or prompt gets into the log, no key into the error.
        """
        self.answer = answer
        self.log.lines.clear()
        outcome = self._outcome(kind)
        assert outcome.encode("utf-8") is not None
        logged = "\n".join(self.log.lines)
        assert KEY not in logged
        assert PROMPT not in logged
        return outcome

    def check_next_call(self) -> None:
        """Check that the next call gets its own answer, whatever the one before has left."""
        if CLOSED in self.answer:
            # Of a connection that is closed while a request is on its way nobody can tell why.
            with gevent.Timeout(_HANGS_SECONDS, AssertionError("the server is still answering")):
                while self.server.open_connections:
                    gevent.sleep(0)
        assert "of this call" in self.call("chat", whole(completion("of this call")))

    def _outcome(self, kind: str) -> str:
        credentials = {
            "openai_api_key": KEY,
            "openai_api_base": self.server.url,
            "request_timeout": str(_LIMIT_SECONDS),
            "max_attempts": "1",
        }
        try:
            with gevent.Timeout(_HANGS_SECONDS, AssertionError("the call hangs")):
                return CALLS[kind](credentials)
        except (InvokeError, CredentialsValidateFailedError) as told:
            error = told
        sentence = str(error)
        assert type(error) in _ERRORS, (sentence, self.log.lines)
        assert_readable(sentence)
        assert len(sentence) < _LONGEST_SENTENCE
        assert KEY not in "".join(traceback.format_exception(error))
        return sentence


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run a server on loopback for the body of a `with` block."""
    loggers = [logging.getLogger(name) for name in ("models", "provider")]
    with raw_server(lambda _: made.answer) as server:
        made = Upstream(server)
        for logger in loggers:
            logger.setLevel(logging.INFO)
            logger.addHandler(made.log)
        try:
            yield made
        finally:
            for logger in loggers:
                logger.removeHandler(made.log)
