"""The only file that compares model names: which API, which token limit, what a model refuses.

Patterns are anchored and read from the most special to the most general; a name that no row
knows is treated as a plain chat model, which every service and compatible server understands.
"""

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Family:
    """What holds for all models of a kind, on both services.

    on_chat, on_responses: the API serves the model at all.
    prefers_responses: the API to use when nobody chose one.
    reasons: thinks before it answers. Such a model refuses sampling parameters and `stop`; on Chat
        Completions its token limit is `max_completion_tokens`, on Responses it hands over
        encrypted reasoning.
    """

    on_chat: bool = True
    on_responses: bool = True
    prefers_responses: bool = False
    reasons: bool = False

    def refused_parameters(self, api: Literal["chat", "responses"]) -> frozenset[str]:
        """Return the parameters that the service answers with a 400 for such a model."""
        refused = _NOT_ON_RESPONSES if api == "responses" else frozenset[str]()
        return refused | _SAMPLING if self.reasons else refused


_SAMPLING = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty"})
# The schema of POST /responses has none of these.
_NOT_ON_RESPONSES = frozenset({"presence_penalty", "frequency_penalty", "seed"})

_PLAIN = Family()
_CHAT_ONLY = Family(on_responses=False)
_REASONING = Family(reasons=True)
_GPT_5 = Family(reasons=True, prefers_responses=True)
_RESPONSES_ONLY = Family(on_chat=False, reasons=True, prefers_responses=True)

_FAMILIES: tuple[tuple[re.Pattern[str], Family], ...] = tuple(
    (re.compile(pattern), family)
    for pattern, family in (
        (r"gpt-audio|gpt-4o(-mini)?-audio", _CHAT_ONLY),
        (r"o\d+-pro", _RESPONSES_ONLY),
        (r"o\d+(-|$)", _REASONING),
        (r"gpt-5(\.\d+)?-chat", _PLAIN),
        (r"gpt-5(\.\d+)?-(pro|codex)", _RESPONSES_ONLY),
        (r"gpt-5(\.\d+)?(-|$)", _GPT_5),
    )
)


def base_name(model: str) -> str:
    """Return the model that a fine-tune was made from, any other name unchanged.

    A fine-tune is called `ft:BASE:ORGANISATION:SUFFIX:ID` (API reference, fine-tuning jobs).
    """
    return model.split(":", 2)[1] if model.startswith("ft:") and ":" in model[3:] else model


def family_of(model: str) -> Family:
    """Return the family of a model, fine-tune or Azure base model by its name."""
    name = base_name(model)
    return next((family for pattern, family in _FAMILIES if pattern.match(name)), _PLAIN)
