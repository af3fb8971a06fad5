"""The only file that compares model names: which API, which parameters, what a model refuses.

Patterns are anchored and read from the most special to the most general; a name that no row
knows is treated as a plain chat model, which every service and compatible server understands.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

# Where a parameter stands in a request of each API; None: the API has no such parameter
# (API reference, POST /chat/completions and POST /responses).
PLACES: Mapping[str, Mapping[Literal["chat", "responses"], tuple[str, ...] | None]] = {
    name: {"chat": chat, "responses": responses}
    for name, chat, responses in (
        ("temperature", ("temperature",), ("temperature",)),
        ("top_p", ("top_p",), ("top_p",)),
        ("presence_penalty", ("presence_penalty",), None),
        ("frequency_penalty", ("frequency_penalty",), None),
        ("seed", ("seed",), None),
        ("reasoning_effort", ("reasoning_effort",), ("reasoning", "effort")),
        ("reasoning_summary", None, ("reasoning", "summary")),
        ("reasoning_mode", None, ("reasoning", "mode")),
        ("reasoning_context", None, ("reasoning", "context")),
        ("verbosity", ("verbosity",), ("text", "verbosity")),
        ("service_tier", ("service_tier",), ("service_tier",)),
    )
}
_SAMPLING = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty"})
_REASONING = frozenset(
    {"reasoning_effort", "reasoning_summary", "reasoning_mode", "reasoning_context"}
)


@dataclass(frozen=True, slots=True)
class Family:
    """What holds for all models of a kind, on both services.

    on_chat, on_responses: the API serves the model at all.
    prefers_responses: the API to use when nobody chose one.
    reasons: thinks before it answers. Such a model refuses `stop`; on Chat Completions its token
        limit is `max_completion_tokens`, on Responses it hands over encrypted reasoning.
    streams: can answer in pieces.
    samples_without_reasoning: takes sampling parameters, but only with reasoning effort `none`.
    chat_tools: which reasoning Chat Completions refuses together with tools.
    """

    on_chat: bool = True
    on_responses: bool = True
    prefers_responses: bool = False
    reasons: bool = False
    streams: bool = True
    samples_without_reasoning: bool = False
    chat_tools: Literal["any", "unset_or_none", "none"] = "any"

    def refused_parameters(self, effort: object) -> frozenset[str]:
        """Return the parameters that the service answers with a 400, given a reasoning effort."""
        if not self.reasons:
            return _REASONING
        if self.samples_without_reasoning and effort == "none":
            return frozenset()
        return _SAMPLING

    def chat_refuses_tools(self, effort: object) -> bool:
        """Return whether Chat Completions refuses tools with this reasoning effort."""
        match self.chat_tools:
            case "any":
                return False
            case "unset_or_none":
                return effort is not None and effort != "none"
            case "none":
                return effort != "none"


_PLAIN = Family()
_CHAT_ONLY = Family(on_responses=False)
_O_SERIES = Family(reasons=True)
_RESPONSES_ONLY = Family(on_chat=False, reasons=True, prefers_responses=True)
_RESPONSES_ONLY_WHOLE = Family(on_chat=False, reasons=True, prefers_responses=True, streams=False)
_GPT_5 = Family(reasons=True, prefers_responses=True)
_GPT_5_1 = Family(reasons=True, prefers_responses=True, samples_without_reasoning=True)
_GPT_5_4 = Family(
    reasons=True,
    prefers_responses=True,
    samples_without_reasoning=True,
    chat_tools="unset_or_none",
)
_GPT_5_5 = Family(
    reasons=True, prefers_responses=True, samples_without_reasoning=True, chat_tools="none"
)

_FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"gpt-audio-mini-2025-12-15$", Family(on_responses=False, streams=False)),
        (r"gpt-audio|gpt-4o(-mini)?-audio", _CHAT_ONLY),
        (r"o\d+-pro|gpt-5\.5-pro", _RESPONSES_ONLY_WHOLE),
        (r"o\d+(-|$)", _O_SERIES),
        (r"gpt-5-chat", _PLAIN),
        # gpt-5.1-chat and later: always at one effort (pydantic/pydantic-ai, profiles/openai.py).
        (r"gpt-5\.\d+-chat", _GPT_5),
        (r"gpt-5(\.\d+)?-(pro|codex)", _RESPONSES_ONLY),
        (r"gpt-5(-|$)", _GPT_5),
        (r"gpt-5\.[1-3](-|$)", _GPT_5_1),
        (r"gpt-5\.4(-|$)", _GPT_5_4),
        (r"gpt-5\.\d+(-|$)", _GPT_5_5),
    )
)


# The snapshots of one model differ in nothing that is told here (API reference, models).
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def base_name(model: str) -> str:
    """Return the model that a fine-tune or a gateway's name stands for, any other name unchanged.

    A fine-tune is called `ft:BASE:ORGANISATION:SUFFIX:ID` (API reference, fine-tuning jobs). A
    gateway puts who serves a model before its name, `openrouter/openai/gpt-5`, and OpenRouter how
    it does so behind it, `openai/gpt-5:online`.
    """
    path, slash, name = model.rpartition("/")
    if is_fine_tune(name):
        return name.split(":", 2)[1]
    return (name.partition(":")[0] if slash else name) or path or model


def is_fine_tune(model: str) -> bool:
    """Return whether a name, also a gateway's, is that of a fine-tune."""
    name = model.rpartition("/")[2]
    return name.startswith("ft:") and ":" in name[3:]


def model_line(model: str) -> str:
    """Return the model of which a name is a snapshot, a fine-tune or a gateway's name."""
    return _DATE.sub("", base_name(model))


@lru_cache(256)
def family_of(model: str) -> Family:
    """Return the family of a model, fine-tune or Azure base model by its name."""
    name = base_name(model)
    family = next((family for pattern, family in _FAMILIES if pattern.match(name)), _PLAIN)
    if "/" in model and not family.on_chat:
        # A gateway serves on Chat Completions, and in pieces, what OpenAI itself does not.
        return replace(family, on_chat=True, streams=True)
    return family
