"""The echo plugin's model: says the last message's words, or does what it asks for, from memory."""

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from decimal import Decimal
from typing import Any, override

from dify_plugin import LargeLanguageModel, get_current_session
from dify_plugin.config.logger_format import plugin_logger_handler
from dify_plugin.entities.model.llm import (
    LLMResult,
    LLMResultChunk,
    LLMResultChunkDelta,
    LLMUsage,
)
from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    PromptMessageTool,
)
from dify_plugin.errors.model import InvokeError, InvokeRateLimitError

_logger = logging.getLogger("echo")
_logger.setLevel(logging.INFO)
_logger.addHandler(plugin_logger_handler)

_USAGE = LLMUsage.empty_usage().model_copy(update={"total_price": Decimal("0.5")})
# The benchmark's words (tools/bench/script.py).
_SCRIPT = re.compile(r"\[(\d+) deltas, (\d+) ms apart(?:, mark (\d+), cut after 0)?\]")
_MARK = 10**10
_SHORT_ANSWER = "A short answer to a short question."
_LONGEST_WAIT_SECONDS = 30.0
_released = threading.Event()


class EchoModel(LargeLanguageModel):
    """Echoes.

    A last message of the form `!command argument` does something else instead, and one that holds
    `[N deltas, M ms apart]`, marked or not, is answered as the benchmark's upstream answers it.
    """

    @override
    def _invoke(
        self,
        model: str,
        credentials: dict[str, Any],
        prompt_messages: list[PromptMessage],
        model_parameters: dict[str, Any],
        tools: list[PromptMessageTool] | None = None,
        stop: list[str] | None = None,
        stream: bool = True,
        user: str | None = None,
    ) -> LLMResult | Generator[LLMResultChunk, None, None]:
        text = str(prompt_messages[-1].content)
        script = _SCRIPT.search(text)
        if not stream:
            message = AssistantPromptMessage(content=_SHORT_ANSWER if script else text)
            return LLMResult(model=model, message=message, usage=_USAGE)
        if script:
            return _chunks(model, _stamps(*map(int, script.groups("0"))))
        command, _, argument = text.partition(" ")
        read = _COMMANDS.get(command)
        return _chunks(model, _yielding(read(argument) if read else _words(text)))

    @override
    def get_num_tokens(
        self,
        model: str,
        credentials: dict[str, Any],
        prompt_messages: list[PromptMessage],
        tools: list[PromptMessageTool] | None = None,
    ) -> int:
        """Count words."""
        return sum(len(str(message.content).split()) for message in prompt_messages)

    @override
    def validate_credentials(self, model: str, credentials: Mapping[str, Any]) -> None:
        """Accept any credentials."""

    @property
    @override
    def _invoke_error_mapping(self) -> dict[type[InvokeError], list[type[Exception]]]:
        return {}


def _chunks(model: str, pieces: Iterator[str | None]) -> Generator[LLMResultChunk, None, None]:
    for index, piece in enumerate(pieces):
        message = AssistantPromptMessage(content=piece)
        yield LLMResultChunk(model=model, delta=LLMResultChunkDelta(index=index, message=message))
    message = AssistantPromptMessage(content="")
    delta = LLMResultChunkDelta(index=0, message=message, usage=_USAGE, finish_reason="stop")
    yield LLMResultChunk(model=model, delta=delta)


def _stamps(deltas: int, apart_ms: int, mark: int) -> Iterator[str]:
    """Yield moments on an absolute schedule; the end is as far from the last as they are apart."""
    started, seconds_apart = time.monotonic(), apart_ms / 1000
    for index in range(deltas):
        if seconds_apart:
            _sleep_until(started + index * seconds_apart)
        stamp = time.monotonic_ns() if seconds_apart else 0
        yield f"{mark * _MARK + index if mark else stamp:020d}"
    if seconds_apart:
        _sleep_until(started + deltas * seconds_apart)


def _sleep_until(moment: float) -> None:
    # Also when it is late: gevent lets the other streams run.
    time.sleep(max(0.0, moment - time.monotonic()))


def _yielding(pieces: Iterator[str | None]) -> Iterator[str | None]:
    for piece in pieces:
        yield piece
        time.sleep(0)  # let the other sessions write in between


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"\s*\S+", text)


def _report_app_id(count: str) -> Iterator[str]:
    for _ in range(int(count)):
        session = get_current_session()
        yield f"{session.app_id if session else None} "


def _raise_rate_limit(text: str) -> Iterator[str]:
    yield "before "
    raise InvokeRateLimitError(text)


def _send_null(_argument: str) -> Iterator[str | None]:
    yield "before "
    yield None


def _write_log(text: str) -> Iterator[str]:
    _logger.info(text)
    yield "logged"


def _print_stray_line(text: str) -> Iterator[str]:
    print(text, flush=True)  # what a plugin must not do
    yield "printed"


def _wait(_argument: str) -> Iterator[str]:
    yield "waiting "
    yield "released" if _released.wait(_LONGEST_WAIT_SECONDS) else "forgotten"


def _release(_argument: str) -> Iterator[str]:
    _released.set()
    yield "done"


def _exit(code: str) -> Iterator[str]:
    yield "leaving"
    sys.stderr.write("leaving now\n")
    sys.stderr.flush()
    os._exit(int(code))


_COMMANDS: dict[str, Callable[[str], Iterator[str | None]]] = {
    "!app-id": _report_app_id,
    "!rate-limit": _raise_rate_limit,
    "!null-content": _send_null,
    "!log": _write_log,
    "!print": _print_stray_line,
    "!wait": _wait,
    "!release": _release,
    "!exit": _exit,
}
