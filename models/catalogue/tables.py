"""The tables of models, and all other YAML beside this file, read once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from models.catalogue.model import Model, ModelKind, Service

_FOLDER = Path(__file__).parent
# What is said of one model and of no other that is like it.
_OWN = ("ends", "then", "snapshots")

type _Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """The models of a service by name, in the order of its file.

    as_of: what "now" is to it. searches: USD for a thousand web searches, None where nobody knows.
    regional_hosts: a pattern of its hosts that keep data in a region, None where none is told.
    """

    as_of: date
    models: Mapping[str, Model]
    searches: Decimal | None
    regional_hosts: str | None


@cache
def table(service: Service) -> Table:
    """Return the models that a service has, or had, with their snapshots."""
    written = written_in(service)
    rows = written["models"]
    return Table(
        written["as_of"],
        {
            model.name: model
            for name, row in rows.items()
            for model in _with_snapshots(_model(name, row, rows, service))
        },
        None if written["searches"] is None else Decimal(written["searches"]),
        written["regional_hosts"],
    )


@cache
def offered(kind: ModelKind | None = None) -> tuple[Model, ...]:
    """Return the models of a type, or of all, that Dify lists of OpenAI: those that end last."""
    openai = table("openai")
    models = sorted(openai.models.values(), key=lambda model: model.ends is not None)
    return tuple(
        model
        for listed in models
        if (model := listed if kind is None else as_type(listed, kind)) is not None
        and model.type != "completion"
        and not model.gated
        and (model.ends is None or model.ends > openai.as_of)
    )


def as_type(model: Model, kind: ModelKind) -> Model | None:
    """Return a model as it is used as one of a type, None if it is none of that."""
    if model.type == kind:
        return model
    if kind not in model.also:
        return None
    own = {field: getattr(model, field) for field in ("prices", "ends", "then", "gated")}
    return Model(name=model.name, service=model.service, **_line(model.also[kind]) | own)


@cache
def line(name: str) -> Model:
    """Return what models of a line have in common, as a model without a name of its own."""
    return Model(name="", service="openai", **_line(name))


@cache
def written_in(name: str) -> _Row:
    """Return what one of the YAML files beside this one says, as it stands."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    written: _Row = yaml.safe_load(text)
    return written


def _model(name: str, row: _Row, rows: Mapping[str, _Row], service: Service) -> Model:
    return Model(name=name, service=service, **_whole(name, row, rows, service))


def _whole(name: str, row: _Row, rows: Mapping[str, _Row], service: Service) -> _Row:
    """Return all facts of a row: those of what it starts from, and over them its own."""
    own = {field: value for field, value in row.items() if field not in {"line", "like"}}
    if "line" in row:
        return _line(row["line"]) | own
    like = row.get("like", name)
    if like in rows and like != name:
        start = _whole(like, rows[like], rows, service)
    else:
        # Azure's models are OpenAI's, under their own name or another.
        start = _facts_at_openai(like)
    return {field: value for field, value in start.items() if field not in _OWN} | own


def _facts_at_openai(name: str) -> _Row:
    model = table("openai").models[name]
    return model.model_dump(exclude={"name", "service"}, exclude_unset=True)


def _line(name: str) -> _Row:
    row = dict(written_in("lines")[name])
    start = row.pop("line", None)
    return (_line(start) if start else {}) | row


def _with_snapshots(model: Model) -> Iterator[Model]:
    yield model
    for day in model.snapshots:
        yield model.model_copy(update={"name": f"{model.name}-{day}", "snapshots": ()})
