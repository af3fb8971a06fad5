"""The echo plugin's model: streams the words of the last message, or does what it commands."""

import logging
import os
import re
import sys
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
    PromptMessageRole,
    PromptMessageTool,
)
from dify_plugin.errors.model import InvokeError, InvokeRateLimitError

_logger = logging.getLogger("echo")
_logger.setLevel(logging.INFO)
_logger.addHandler(plugin_logger_handler)

_USAGE = LLMUsage.empty_usage().model_copy(update={"total_price": Decimal("0.5")})


class EchoModel(LargeLanguageModel):
    """Echoes; a last message of the form `!command argument` does something else instead."""

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
        if stream:
            return _stream(model, text)
        message = AssistantPromptMessage(content=text)
        return LLMResult(model=model, message=message, usage=_USAGE)

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


def _stream(model: str, text: str) -> Generator[LLMResultChunk, None, None]:
    command, _, argument = text.partition(" ")
    pieces = _COMMANDS.get(command)
    for index, piece in enumerate(pieces(argument) if pieces else _words(text)):
        yield _chunk(model, index, piece)
        time.sleep(0)  # let the other sessions write in between
    end = _chunk(model, 0, "")
    end.delta.finish_reason = "stop"
    end.delta.usage = _USAGE
    yield end


def _chunk(model: str, index: int, content: str | None) -> LLMResultChunk:
    # Without validation, so that a command can send what no plugin should.
    message = AssistantPromptMessage.model_construct(
        role=PromptMessageRole.ASSISTANT, content=content
    )
    delta = LLMResultChunkDelta.model_construct(index=index, message=message)
    return LLMResultChunk.model_construct(model=model, delta=delta)


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
    print(text, flush=True)  # noqa: T201 - what a plugin must not do
    yield "printed"


def _pause(seconds: str) -> Iterator[str]:
    yield "pausing "
    time.sleep(float(seconds))
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
    "!pause": _pause,
    "!exit": _exit,
}
