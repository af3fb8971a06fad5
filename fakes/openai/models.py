"""What the service knows of a model by its name: its snapshot, whether it reasons, its APIs."""

import re
from dataclasses import dataclass
from itertools import chain

from fakes.openai.schema import PublishedSchema

_OTHER_REQUESTS = (
    "CreateEmbeddingRequest",
    "CreateModerationRequest",
    "CreateTranscriptionRequest",
    "CreateSpeechRequest",
)
_LEFT_OUT = ("gpt-5.6",)  # by the published schema, which has its variants
# Of the chat variants only gpt-5-chat does not reason, and the later ones cannot do without
# (github.com/HKUDS/DeepTutor/issues/141, github.com/Aider-AI/aider/issues/4707).
_REASONING = re.compile(r"o\d|gpt-5(?!-chat)")
_REASONING_ALWAYS = re.compile(r"o\d|gpt-5(?!\.)|gpt-5\.\d+-chat")
_CHAT_VARIANT = re.compile(r"gpt-5\.\d+-chat")
_VERSION = re.compile(r"gpt-5\.(\d+)")
_NO_CHAT_TOOLS_SINCE, _REASONS_BY_DEFAULT_SINCE = 4, 5
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
# A gateway's prefix may stand before a model's name (github.com/cline/cline/issues/12902).
_FINE_TUNE = re.compile(r"ft:([^:]+):")


@dataclass(frozen=True, slots=True)
class PublishedModels:
    """The model names of the published schema."""

    names: tuple[str, ...]
    responses_only: frozenset[str]

    @classmethod
    def from_schema(cls, schema: PublishedSchema) -> "PublishedModels":
        """Read the names that the published schema enumerates."""
        text = schema.enumerated("ModelIdsResponses")
        others = (schema.enumerated(name, "properties", "model") for name in _OTHER_REQUESTS)
        names = tuple(dict.fromkeys((*text, *_LEFT_OUT, *chain(*others))))
        return cls(names, frozenset(text) - frozenset(schema.enumerated("ModelIdsShared")))

    def dated_name(self, model: str) -> str:
        """Return the first published snapshot of a model, the name itself when there is none."""
        for name in self.names:
            if name != model and _DATE.sub("", name) == model:
                return name
        return model


def family_name(model: str) -> str:
    """Return the name of the model behind a fine-tune or a gateway's name, others unchanged."""
    name = model.rpartition("/")[2]
    tuned = _FINE_TUNE.match(name)
    return tuned.group(1) if tuned else name


def is_reasoning_model(model: str) -> bool:
    """Return whether a model can reason: o-series and gpt-5, without gpt-5-chat."""
    return _REASONING.match(family_name(model)) is not None


def reasons(model: str, effort: object) -> bool:
    """Return whether a request to this model reasons.

    From gpt-5.1 on effort `none` switches it off; o-series and gpt-5 cannot be switched off. An
    unset effort counts as reasoning: some of these models default to `none`, but a request that
    relies on it breaks with the next one.
    """
    always = _REASONING_ALWAYS.match(family_name(model)) is not None
    return is_reasoning_model(model) and (always or effort != "none")


def refuses_chat_tools(model: str, effort: object) -> bool:
    """Return whether Chat Completions refuses function tools: reasoning from gpt-5.4 on.

    From gpt-5.5 on the service's own default effort is enough.
    """
    version = _VERSION.match(family_name(model))
    minor = int(version.group(1)) if version and is_reasoning_model(model) else 0
    reasoning = effort is not None or minor >= _REASONS_BY_DEFAULT_SINCE
    return minor >= _NO_CHAT_TOOLS_SINCE and reasoning and effort != "none"


def refuses_effort(model: str, effort: object) -> bool:
    """Return whether a model refuses this effort: the later chat variants have one alone.

    (github.com/pydantic/pydantic-ai, profiles/openai.py, tried there on the service in 2026-07.)
    """
    name = family_name(model)
    return effort not in {None, "medium"} and _CHAT_VARIANT.match(name) is not None
