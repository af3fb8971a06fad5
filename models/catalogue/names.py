"""Which model a name stands for: its own, a snapshot's, a fine-tune's, a gateway's, or the newest
known relative of one that nobody described yet."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from models.catalogue.model import Model, ModelKind, Service
from models.catalogue.tables import as_type, line, table

# The value of the form's choice of a base model that takes a choice back.
NOT_LISTED = "not_listed"

# The snapshots of one model differ in nothing that is told here (API reference, models).
_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
# `gpt-6.2-sol`, `gpt-4o-mini`, `o3`: a line, its number, and the kind of model.
_NUMBERED = re.compile(r"(gpt-|o)(\d{1,2})(?:\.(\d+))?(o?)(?:-(.+))?")
# A fine-tune on Azure: `gpt-4o-mini-2024-07-18.ft-0123abcd` (Azure OpenAI, fine-tuning).
_TUNED_ON_AZURE = re.compile(r"(.+?)\.ft-[0-9a-f]+(-.+)?")
_BORDER = re.compile(r"[^a-z0-9.]+|(?<!\d)\.|\.(?!\d)")


def base_name(model: str) -> str:
    """Return the model that a fine-tune or a gateway's name stands for, any other name unchanged.

    A fine-tune is called `ft:BASE:ORGANISATION:SUFFIX:ID` (API reference, fine-tuning jobs). A
    gateway puts who serves a model before its name, `openrouter/openai/gpt-5`, and OpenRouter how
    it does so behind it, `openai/gpt-5:online`.
    """
    path, slash, name = model.rpartition("/")
    if tuned := _TUNED_ON_AZURE.fullmatch(name):
        return tuned[1]
    if is_fine_tune(name):
        return name.split(":", 2)[1]
    return (name.partition(":")[0] if slash else name) or path or model


def is_fine_tune(model: str) -> bool:
    """Return whether a name, also a gateway's, is that of a fine-tune."""
    name = model.rpartition("/")[2]
    if _TUNED_ON_AZURE.fullmatch(name):
        return True
    return name.startswith("ft:") and ":" in name[3:]


@lru_cache(512)
def known_model(name: str, service: Service = "openai") -> Model | None:
    """Return the model that a name stands for, None for one that no service is known to have.

    A model that both services have comes as `service` has it.
    """
    base = base_name(name)
    for candidate in (base, _DATE.sub("", base)):
        for owner in (service, *_others(service)):
            if found := table(owner).models.get(candidate):
                return found
    return None


@lru_cache(512)
def model_or_relative(name: str, service: Service = "openai") -> Model | None:
    """Return the model that a name stands for, or the newest known one that it is like.

    `gpt-6.3-sol` is like gpt-6.2-sol and `gpt-7-luna` like gpt-6-luna; a kind that nobody knows is
    like the newest model of its line. Any other name is like the known one that it begins with.
    None for a name of no known line.
    """
    if found := known_model(name, service):
        return found
    base = _DATE.sub("", base_name(name))
    if wanted := _NUMBERED.fullmatch(base):
        return _relative(wanted, service)
    while "-" in base:
        base = base.rpartition("-")[0]
        if found := known_model(base, service):
            return found
    return None


def model_behind(name: str, service: Service = "openai", kind: ModelKind = "llm") -> Model:
    """Return the model of a type that a name stands for or is like; for any other name what is
    taken for granted of that type."""
    found = model_or_relative(name, service)
    known = found and as_type(found, kind)
    return known or line("unknown" if kind == "llm" else kind)


def base_of_deployment(deployment: str, chosen: str | None) -> str:
    """Return the base model of an Azure deployment: the form's choice, else what its name says."""
    chosen = (chosen or "").strip()
    return chosen if chosen and chosen != NOT_LISTED else _named_in(deployment)


@lru_cache(512)
def _named_in(deployment: str) -> str:
    """Return the model whose name an Azure deployment bears within its own, as in
    `prod-gpt-4o-mini-eu`; the deployment's name where it bears none."""
    words = [word for word in _BORDER.split(deployment.lower()) if word]
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            name = _as_services_write("-".join(words[start : start + length]))
            if model_or_relative(name, "azure_openai"):
                return name
    return deployment


def _as_services_write(name: str) -> str:
    """Return a name with the dot and the hyphen that Azure's own forms invite to leave out."""
    name = re.sub(r"^gpt(?=\d)", "gpt-", name)
    name = re.sub(r"^gpt-(\d)-?([1-9])(?=-|$)", r"gpt-\1.\2", name)
    return "gpt-35-turbo" if name.startswith("gpt-3.5") else name


def _relative(wanted: re.Match[str], service: Service) -> Model | None:
    family, version, kind = _parsed(wanted)
    older = [
        (parsed, model)
        for parsed, model in _numbered_models(service)
        if parsed[0] == family and parsed[1] <= version
    ]
    while kind:
        if alike := [each for each in older if each[0][2] == kind]:
            return _newest(alike)
        kind = kind.rpartition("-")[0]
    same_number = [each for each in older if not each[0][2] and each[0][1][0] == version[0]]
    return _newest(same_number or older)


type _Parsed = tuple[str, tuple[int, int], str]


def _newest(models: list[tuple[_Parsed, Model]]) -> Model | None:
    return max(models, key=lambda each: each[0][1])[1] if models else None


def _numbered_models(service: Service) -> Iterator[tuple[_Parsed, Model]]:
    models = chain(*(table(owner).models.values() for owner in (service, *_others(service))))
    for model in models:
        if model.type == "llm" and (found := _NUMBERED.fullmatch(model.name)):
            yield _parsed(found), model


def _parsed(name: re.Match[str]) -> _Parsed:
    family, major, minor, o, kind = name.groups()
    if major == "35":  # Azure's spelling of gpt-3.5
        major, minor = "3", "5"
    return f"{family}{o}", (int(major), int(minor or 0)), kind or ""


def _others(service: Service) -> tuple[Service, ...]:
    return ("azure_openai",) if service == "openai" else ("openai",)
