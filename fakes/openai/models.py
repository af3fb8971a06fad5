"""What the service knows of a model by its name: its snapshot, family, APIs and end."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain

from fakes.openai.model_facts import (
    AZURE_NAMES,
    FAMILIES,
    NEWER_NAMES,
    NOT_ON_CHAT,
    ONLY_ON_RESPONSES,
    SHUTDOWNS,
    Family,
)
from fakes.openai.schema import PublishedSchema

_OTHER_REQUESTS = (
    "CreateEmbeddingRequest",
    "CreateModerationRequest",
    "CreateTranscriptionRequest",
    "CreateSpeechRequest",
)
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
# A gateway's prefix may stand before a model's name (github.com/cline/cline/issues/12902).
_FINE_TUNE = re.compile(r"ft:([^:]+):")
_NEWER = tuple(" ".join(NEWER_NAMES.values()).split())
ON_AZURE = tuple(" ".join(AZURE_NAMES.values()).split())
_ENDS = {
    name: date.fromisoformat(day) for day, names in SHUTDOWNS.items() for name in names.split()
}


@dataclass(frozen=True, slots=True)
class PublishedModels:
    """The model names of the published schema, and the newer ones."""

    names: tuple[str, ...]
    responses_only: frozenset[str]

    @classmethod
    def from_schema(cls, schema: PublishedSchema) -> "PublishedModels":
        """Read the names that the published schema enumerates, and add the newer ones."""
        text = schema.enumerated("ModelIdsResponses")
        others = (schema.enumerated(name, "properties", "model") for name in _OTHER_REQUESTS)
        names = tuple(dict.fromkeys((*text, *_NEWER, *chain(*others))))
        return cls(names, frozenset(text) - frozenset(schema.enumerated("ModelIdsShared")))

    def dated_name(self, model: str) -> str:
        """Return the first published snapshot of a model, the name itself when there is none."""
        for name in self.names:
            if name != model and _DATE.sub("", name) == model:
                return name
        return model

    def not_on_chat(self, model: str) -> str:
        """Return the words with which Chat Completions refuses a model, empty if it serves it."""
        family = family_of(model)
        if family and family.not_on_chat:
            return family.not_on_chat
        return ONLY_ON_RESPONSES if base_name(model) in self.responses_only else ""


def base_name(model: str) -> str:
    """Return the name of the model behind a fine-tune or a gateway's name, others unchanged."""
    name = model.rpartition("/")[2]
    tuned = _FINE_TUNE.match(name)
    return tuned.group(1) if tuned else name


def undated(model: str) -> str:
    """Return the base name of a model without the date of a snapshot."""
    return _DATE.sub("", base_name(model))


@cache
def family_of(model: str) -> Family | None:
    """Return the family of a model, None where no document tells of its name."""
    name = undated(model)
    return next((family for family in FAMILIES if re.fullmatch(family.names, name)), None)


def shutdown_date(model: str) -> date | None:
    """Return when a model and its fine-tunes end at OpenAI, None where that is not announced.

    A gateway's name says that another server has the model.
    """
    if "/" in model:
        return None
    return _ENDS.get(base_name(model)) or _ENDS.get(undated(model))


def is_reasoning_model(model: str) -> bool:
    """Return whether a model can reason."""
    family = family_of(model)
    return family is not None and bool(family.efforts)


def reasons(model: str, effort: object) -> bool:
    """Return whether a request to this model reasons.

    Effort `none` switches it off where the model has it. An unset effort counts as reasoning: some
    of these models default to `none`, but a request that relies on it breaks with the next one.
    """
    family = family_of(model)
    off = effort == "none" and family is not None and "none" in family.efforts
    return is_reasoning_model(model) and not off


def efforts(model: str, *, chat: bool) -> tuple[str, ...]:
    """Return the efforts that an API takes for a model, none where they are not told."""
    family = family_of(model)
    told = family.efforts if family else ()
    return tuple(effort for effort in told if not (chat and effort == NOT_ON_CHAT))


def refuses_chat_tools(model: str, effort: object) -> bool:
    """Return whether Chat Completions refuses function tools with this effort."""
    family = family_of(model)
    match family.tools_on_chat if family else "always":
        case "without effort":
            return effort not in {None, "none"}
        case "with none":
            return effort != "none"
        case "never":
            return True
        case _:
            return False
