"""What the catalogue's facts of a model mean for a request: which API, what a model refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from models.catalogue.model import ChatTools
from models.catalogue.names import known_model, model_behind

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
        ("prompt_cache_ttl", ("prompt_cache_options", "ttl"), ("prompt_cache_options", "ttl")),
    )
}
# Values that Responses alone takes (livekit/agents#7169; the openai package 3.57.0,
# types/responses/response_create_params.py).
ON_RESPONSES_ALONE = {
    "reasoning_effort": "max",
    "service_tier": "ultrafast",
    "prompt_cache_ttl": "12h",
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
    always_searches: searches the web for every answer, and does not say so.
    chat_tools: with which reasoning effort Chat Completions takes tools.
    """

    on_chat: bool = True
    on_responses: bool = True
    prefers_responses: bool = False
    reasons: bool = False
    streams: bool = True
    samples_without_reasoning: bool = False
    chat_tools: ChatTools = "always"
    always_searches: bool = False

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
            case "always":
                return False
            case "unless_an_effort_is_set":
                return effort is not None and effort != "none"
            case "without_reasoning":
                return effort != "none"
            case "never":
                return True


def is_legacy_completion(model: str) -> bool:
    """Return whether a name is that of a model of legacy completions, which nobody serves."""
    known = known_model(model)
    return known is not None and known.type == "completion"


@lru_cache(256)
def family_of(model: str) -> Family:
    """Return the family of a model, fine-tune or Azure base model by its name."""
    known = model_behind(model)
    family = Family(
        on_chat="chat" in known.apis,
        on_responses="responses" in known.apis,
        prefers_responses=known.apis[:1] == ("responses",),
        reasons=known.reasons,
        streams=known.streams,
        samples_without_reasoning=known.sampling == "without_reasoning",
        chat_tools=known.chat_tools,
        always_searches=known.always_searches,
    )
    if "/" in model and not family.on_chat:
        # A gateway serves on Chat Completions, and in pieces, what OpenAI itself does not.
        return replace(family, on_chat=True, streams=True)
    return family
