"""The echo plugin's model: yields what the prompt asks for, made in memory.

The chunks are those of a real answer, the text of each delta is the moment at which it was yielded
(`tools/bench/stamps.py`), and a paced stream keeps an absolute schedule as the upstream does.
"""

import re
import time
from collections.abc import Generator, Mapping
from typing import Any, override

from dify_plugin import LargeLanguageModel
from dify_plugin.entities.model.llm import (
    LLMResultChunk,
    LLMResultChunkDelta,
    LLMUsage,
)
from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    PromptMessageTool,
)
from dify_plugin.errors.model import InvokeError

_SCRIPT = re.compile(r"\[(\d+) deltas, (\d+) ms apart\]")
_USAGE = LLMUsage.empty_usage()


class EchoModel(LargeLanguageModel):
    """Answers without any upstream."""

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
    ) -> Generator[LLMResultChunk, None, None]:
        script = _SCRIPT.search(str(prompt_messages[-1].content))
        if not stream or script is None:
            return _answer(model)
        return _stream(model, int(script[1]), int(script[2]) / 1000)

    @override
    def get_num_tokens(
        self,
        model: str,
        credentials: dict[str, Any],
        prompt_messages: list[PromptMessage],
        tools: list[PromptMessageTool] | None = None,
    ) -> int:
        """Count nothing."""
        return 0

    @override
    def validate_credentials(self, model: str, credentials: Mapping[str, Any]) -> None:
        """Accept any credentials."""

    @property
    @override
    def _invoke_error_mapping(self) -> dict[type[InvokeError], list[type[Exception]]]:
        return {}


def _answer(model: str) -> Generator[LLMResultChunk, None, None]:
    yield _last_chunk(model, "A short answer to a short question.")


def _stream(model: str, deltas: int, seconds_apart: float) -> Generator[LLMResultChunk, None, None]:
    started = time.monotonic()
    for index in range(deltas):
        if seconds_apart:
            _sleep_until(started + index * seconds_apart)
        stamp = time.monotonic_ns() if seconds_apart else 0
        message = AssistantPromptMessage(content=f"{stamp:020d}")
        yield LLMResultChunk(model=model, delta=LLMResultChunkDelta(index=0, message=message))
    if seconds_apart:
        _sleep_until(started + deltas * seconds_apart)
    yield _last_chunk(model, "")


def _sleep_until(moment: float) -> None:
    # Also when it is late: gevent lets the other streams run.
    time.sleep(max(0.0, moment - time.monotonic()))


def _last_chunk(model: str, text: str) -> LLMResultChunk:
    message = AssistantPromptMessage(content=text)
    delta = LLMResultChunkDelta(index=0, message=message, usage=_USAGE, finish_reason="stop")
    return LLMResultChunk(model=model, delta=delta)
