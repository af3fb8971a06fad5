"""The tables hold together: what they name exists, and what they leave out nobody needs."""

import re
from datetime import date
from pathlib import Path
from typing import get_args

import openai
from openai.types import AudioModel, ChatModel, EmbeddingModel
from openai.types.audio import SpeechModel

from models.catalogue.model import Service
from models.catalogue.tables import table, written_in

SERVICES: tuple[Service, ...] = ("openai", "azure_openai")


def test_every_fact_of_a_language_model_is_told() -> None:
    for service in SERVICES:
        for name, model in table(service).models.items():
            if model.type != "llm":
                continue
            assert model.apis, name
            assert 0 < model.output <= model.context, name
            assert model.limit > 0, name
            assert model.features or name in {"gpt-35-turbo-instruct"}, name
            assert bool(model.efforts) == model.reasons, name
            assert model.effort in {None, *model.efforts}, name
            assert {*model.parameters, *model.more} <= set(written_in("parameters")), name
            assert not set(model.parameters) & set(model.more), name


def test_every_end_of_openai_names_a_replacement_that_goes_on() -> None:
    models = table("openai").models
    for name, model in models.items():
        assert (model.ends is None) == (model.then is None), name
        if model.then is not None:
            assert models[model.then].ends is None, name


def test_prices_follow_each_other_in_time() -> None:
    for service in SERVICES:
        for name, model in table(service).models.items():
            days = [price.since or date.min for price in model.prices]
            assert days == sorted(set(days)), name
            assert all(price.model_fields_set - {"since"} for price in model.prices), name


def test_a_snapshot_is_its_model_under_another_name() -> None:
    for service in SERVICES:
        models = table(service).models
        for name, model in models.items():
            for day in model.snapshots:
                twin = models[f"{name}-{day}"]
                assert twin.model_dump(exclude={"name", "snapshots"}) == model.model_dump(
                    exclude={"name", "snapshots"}
                )


def test_azures_models_are_openais_but_for_their_end() -> None:
    ours = table("azure_openai").models["gpt-5.4"].model_dump(exclude={"service", "ends", "then"})
    theirs = table("openai").models["gpt-5.4"].model_dump(exclude={"service", "ends", "then"})
    assert ours == theirs | {"snapshots": ()}


def test_the_first_model_is_current_cheap_and_stays() -> None:
    # Where no default model is set, Dify takes the first, for titles and suggestions too.
    first = next(iter(table("openai").models.values()))
    price = first.price_on(table("openai").as_of)
    assert first.ends is None
    assert first.streams
    assert price is not None
    assert price.output is not None
    assert price.output < 1


def announced() -> dict[str, date]:
    """Return the ends that the installed openai package repeats from the service's own page."""
    types = Path(openai.__file__).parent / "types"
    ends: dict[str, date] = {}
    for file in ("shared/chat_model.py", "audio_model.py", "audio/speech_model.py"):
        text = " ".join((types / file).read_text("utf-8").split())
        for names, day in re.findall(
            r'- ((?:"[^"]+",? ?)+): Announced shutdown date: (\S+)\.', text
        ):
            ends |= dict.fromkeys(re.findall(r'"([^"]+)"', names), date.fromisoformat(day))
    return ends


def test_the_ends_are_those_that_the_official_package_repeats() -> None:
    ends = announced()
    assert len(ends) > 50
    models = table("openai").models
    missing = {name: day for name, day in ends.items() if name not in models}
    assert not {name: day for name, day in missing.items() if day > table("openai").as_of}
    told = {name: models[name].ends for name in ends if name in models}
    assert told == {name: day for name, day in ends.items() if name in models}


def test_every_current_model_of_the_official_package_is_in_the_table() -> None:
    named = {
        *get_args(ChatModel),
        *get_args(EmbeddingModel),
        *get_args(SpeechModel),
        *get_args(AudioModel),
    }
    # "Not a supported model ID", says its docstring.
    named -= {
        "gpt-5.1-mini",
        *(name for name, day in announced().items() if day <= table("openai").as_of),
    }
    assert sorted(named - set(table("openai").models)) == []
