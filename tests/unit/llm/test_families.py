"""The resolved matrix of model names: a change of a pattern shows here."""

import pytest

from models.llm.families import family_of
from models.llm.reply import Api
from models.llm.stop_words import native_stop_words

# name: (on Chat, on Responses, prefers Responses, reasons)
MATRIX = {
    "gpt-4o-mini": (True, True, False, False),
    "gpt-4.1": (True, True, False, False),
    "gpt-4": (True, True, False, False),
    "gpt-35-turbo": (True, True, False, False),
    "gpt-5": (True, True, True, True),
    "gpt-5-2025-08-07": (True, True, True, True),
    "gpt-5-mini": (True, True, True, True),
    "gpt-5.6": (True, True, True, True),
    "gpt-5.6-sol": (True, True, True, True),
    "gpt-5-chat-latest": (True, True, False, False),
    "gpt-5.1-chat": (True, True, True, True),
    "gpt-5.2-chat-latest": (True, True, True, True),
    "gpt-5.3-chat-latest": (True, True, True, True),
    "chat-latest": (True, True, True, True),
    "gpt-5-pro": (False, True, True, True),
    "gpt-5.4-pro-2026-03-05": (False, True, True, True),
    "gpt-5.1-codex-max": (False, True, True, True),
    "o3": (True, True, False, True),
    "o4-mini": (True, True, False, True),
    "o3-pro": (False, True, True, True),
    "gpt-audio-1.5": (True, False, False, False),
    "gpt-4o-audio-preview": (True, False, False, False),
    "ft:gpt-4.1-nano:acme::abc": (True, True, False, False),
    "ft:o4-mini:acme::abc": (True, True, False, True),
    "ft:gpt-4.1-2025-04-14:acme::abc": (True, True, False, False),
    "ft:o4-mini-2025-04-16:acme:mine:abc:ckpt-step-90": (True, True, False, True),
    # Behind a gateway: cline/cline#12902.
    "openai/gpt-5-mini": (True, True, True, True),
    "openai/gpt-5:online": (True, True, True, True),
    "azure/o4-mini": (True, True, False, True),
    "openrouter/openai/gpt-5": (True, True, True, True),
    "openai/gpt-5.1-chat": (True, True, True, True),
    "openai/gpt-5-pro": (True, True, True, True),
    "openai/gpt-4.1": (True, True, False, False),
    "litellm/ft:o4-mini-2025-04-16:acme::abc": (True, True, False, True),
    "gpt-6-luna": (True, True, True, True),
    "gpt-6.2-sol": (True, True, True, True),
    "gpt-7-luna": (True, True, True, True),
    "gpt-6-cyber": (False, True, True, True),
    # An ended model of another type is no reason to refuse a language model of that name.
    "whisper-1": (True, True, False, False),
    "gpt-5/llama": (True, True, False, False),
    "meta-llama/o-1": (True, True, False, False),
    "/": (True, True, False, False),
    # Names that only begin alike are plain models.
    "ollama": (True, True, False, False),
    "o": (True, True, False, False),
    "omni-1": (True, True, False, False),
    "my-gpt-5": (True, True, False, False),
    "": (True, True, False, False),
}


@pytest.mark.parametrize("name", MATRIX)
def test_the_family_of_a_name(name: str) -> None:
    family = family_of(name)
    found = (family.on_chat, family.on_responses, family.prefers_responses, family.reasons)
    assert found == MATRIX[name]


SAMPLING = {"temperature", "top_p", "presence_penalty", "frequency_penalty"}
REASONING = {"reasoning_effort", "reasoning_summary", "reasoning_mode", "reasoning_context"}


@pytest.mark.parametrize(
    ("name", "effort", "refused"),
    [
        ("gpt-4.1", None, REASONING),
        ("o3", "low", SAMPLING),
        ("gpt-5", "none", SAMPLING),
        ("gpt-5.1-chat-latest", "none", SAMPLING),
        ("gpt-5.3-chat", None, SAMPLING),
        ("gpt-5-chat-latest", None, REASONING),
        ("gpt-5.1", None, SAMPLING),
        ("gpt-5.1", "none", set()),
        ("gpt-5.6", "none", set()),
        ("gpt-5.6", "high", SAMPLING),
        ("gpt-6-luna", "none", set()),
        ("gpt-6.2-sol", "none", SAMPLING),
        ("gpt-6.2-astra", None, SAMPLING),
    ],
)
def test_what_a_family_refuses(name: str, effort: str | None, refused: set[str]) -> None:
    assert family_of(name).refused_parameters(effort) == refused


@pytest.mark.parametrize(
    ("name", "refused_with"),
    [
        ("gpt-4.1", []),
        ("o3", []),
        ("gpt-5", []),
        ("gpt-5.3", []),
        ("gpt-5.4", ["low"]),
        ("gpt-5.4-mini-2026-03-17", ["low"]),
        ("gpt-5.5", [None, "low"]),
        ("gpt-5.6-sol", [None, "low"]),
        ("gpt-5.10", [None, "low"]),
        ("gpt-6-luna", [None, "low"]),
        ("gpt-6.2-sol", [None, "none", "low"]),
    ],
)
def test_where_chat_completions_refuses_tools(name: str, refused_with: list[str | None]) -> None:
    refuses = family_of(name).chat_refuses_tools
    assert [effort for effort in (None, "none", "low") if refuses(effort)] == refused_with


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("gpt-5.6", True),
        ("gpt-5.4-pro", True),
        ("gpt-5.5-pro-2026-04-23", False),
        ("o3-pro", False),
        ("openai/o3-pro", True),
        ("gpt-audio-1.5", True),
        ("gpt-audio-mini-2025-12-15", False),
    ],
)
def test_which_models_answer_in_one_piece_only(name: str, streams: bool) -> None:
    assert family_of(name).streams is streams


@pytest.mark.parametrize(
    ("model", "api", "words", "native"),
    [
        ("gpt-4o-mini", "chat", ["a", "b", "c", "d"], True),
        ("gpt-4o-mini", "chat", ["a", "b", "c", "d", "e"], False),
        ("gpt-4o-mini", "responses", ["a"], False),
        ("gpt-5", "chat", ["a"], False),
        ("o3", "chat", ["a"], False),
    ],
)
def test_the_service_applies_stop_words_where_it_can(
    model: str, api: Api, words: list[str], native: bool
) -> None:
    assert native_stop_words(words, family_of(model), api) == (words if native else [])
