"""The tables hold together: what they name exists, and what they leave out nobody needs."""

from datetime import date

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
