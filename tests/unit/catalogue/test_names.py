"""Which model a name stands for: the resolved matrix of names, known and of tomorrow."""

import pytest

from models.catalogue.model import Service
from models.catalogue.names import (
    base_name,
    base_of_deployment,
    known_model,
    model_behind,
    model_or_relative,
)

SAME = {
    "gpt-6-luna": "gpt-6-luna",
    "gpt-5.6": "gpt-5.6",
    # Snapshots, also of days that nobody listed.
    "gpt-5-2025-08-07": "gpt-5-2025-08-07",
    "gpt-6.2-sol-2026-11-17": "gpt-6.2-sol",
    "o1-2024-12-17": "o1-2024-12-17",
    # Gateways' names: cline/cline#12902.
    "openai/gpt-5-mini": "gpt-5-mini",
    "openai/gpt-5:online": "gpt-5",
    "azure/o4-mini": "o4-mini",
    "openrouter/openai/gpt-5": "gpt-5",
    # Azure's own names.
    "gpt-35-turbo": "gpt-35-turbo",
    "gpt-5.1-chat": "gpt-5.1-chat",
    "gpt-chat-latest": "gpt-chat-latest",
    "whisper": "whisper",
}
# ft:BASE:ORGANISATION:SUFFIX:ID, the step of a checkpoint behind it.
FINE_TUNES = {
    "ft:gpt-4.1-nano:acme::abc": "gpt-4.1-nano",
    "ft:gpt-4.1:acme:mine:B1dXy2Za": "gpt-4.1",
    "ft:gpt-4.1-2025-04-14:acme::abc": "gpt-4.1-2025-04-14",
    "ft:gpt-4.1-mini-2025-04-14:acme:support:C9": "gpt-4.1-mini-2025-04-14",
    "ft:gpt-4.1-nano-2025-04-14:personal::D0": "gpt-4.1-nano-2025-04-14",
    "ft:gpt-4o-2024-08-06:acme:mine:E1:ckpt-step-100": "gpt-4o-2024-08-06",
    "ft:gpt-4o-mini-2024-07-18:acme::F2:ckpt-step-7": "gpt-4o-mini-2024-07-18",
    "ft:gpt-4o-mini:acme": "gpt-4o-mini",
    "ft:gpt-3.5-turbo-0125:acme:mine:G3": "gpt-3.5-turbo-0125",
    "ft:gpt-3.5-turbo:acme::H4": "gpt-3.5-turbo",
    "ft:gpt-4-0613:acme::I5": "gpt-4-0613",
    "ft:o4-mini-2025-04-16:acme:mine:abc:ckpt-step-90": "o4-mini-2025-04-16",
    "ft:o4-mini:acme::J6": "o4-mini",
    "ft:o3-mini-2025-01-31:acme::K7": "o3-mini-2025-01-31",
    "ft:gpt-5-2025-08-07:acme::L8": "gpt-5-2025-08-07",
    "ft:gpt-6-luna:acme:team-a.b:M9": "gpt-6-luna",
    # Azure's way to write one.
    "gpt-4o-mini-2024-07-18.ft-b0472800cdcb485b84785029bf88e1dc": "gpt-4o-mini-2024-07-18",
    "gpt-4.1-2025-04-14.ft-0123abcd-support": "gpt-4.1-2025-04-14",
    "litellm/ft:o4-mini-2025-04-16:acme::abc": "o4-mini-2025-04-16",
    "openai/ft:gpt-4.1-mini-2025-04-14:acme::N0:ckpt-step-3": "gpt-4.1-mini-2025-04-14",
    "gateway/openai/ft:gpt-4o-mini:acme::O1": "gpt-4o-mini",
    "azure/ft:gpt-4.1-nano-2025-04-14:acme::P2": "gpt-4.1-nano-2025-04-14",
}
TOMORROW = {
    "gpt-6.3-sol": "gpt-6.2-sol",
    "gpt-6.2-sol-mini": "gpt-6.2-sol",
    "gpt-6.5-terra": "gpt-6.1-terra",
    "gpt-6.3-luna": "gpt-6-luna",
    "gpt-6.3-astra": "gpt-6.2-astra",
    "gpt-6.3-cyber": "gpt-6-cyber",
    "gpt-6.9-astra-law": "gpt-6.2-astra-law",
    "gpt-7-luna": "gpt-6-luna",
    "gpt-7-sol": "gpt-6.2-sol",
    "gpt-7.1-sol-2027-05-01": "gpt-6.2-sol",
    "gpt-10-terra": "gpt-6.1-terra",
    "openai/gpt-6.4-luna:online": "gpt-6-luna",
    "ft:gpt-6.3-luna:acme::abc": "gpt-6-luna",
    # A kind that nobody knows is like the newest model of its line ...
    "gpt-6.4-nova": "gpt-6.2-sol",
    "gpt-7": "gpt-6.2-sol",
    "gpt-8-nova-mini": "gpt-6.2-sol",
    # ... and not like one that came after it.
    "gpt-5.6-astra": "gpt-5.6",
    "gpt-5.7": "gpt-5.6",
    "gpt-5.10": "gpt-5.6",
    "gpt-5.3": "gpt-5.2",
    "gpt-5.6-mini": "gpt-5.4-mini",
    "gpt-6-nano": "gpt-5.4-nano",
    "gpt-5.7-pro": "gpt-5.5-pro",
    "gpt-6-codex": "gpt-5.3-codex",
    "gpt-5.4-codex": "gpt-5.3-codex",
    "gpt-5.5-chat-latest": "gpt-5.3-chat-latest",
    "gpt-5.4-chat": "gpt-5.3-chat",
    "gpt-4.2": "gpt-4.1",
    "gpt-4.7-mini": "gpt-4.1-mini",
    "gpt-4o-next": "gpt-4o",
    "gpt-4o-mini-2027-01-01": "gpt-4o-mini",
    "o5": "o4-mini",
    "o5-mini": "o4-mini",
    "o4": "o4-mini",
    "o4-pro": "o3-pro",
    "o4-deep-research": "o3-deep-research",
    "gpt-audio-2": "gpt-audio",
    "gpt-audio-1.5-2027-02-01": "gpt-audio-1.5",
    "gpt-audio-mini-2": "gpt-audio-mini",
    "gpt-oss-120b-2": "gpt-oss-120b",
    "chat-latest-2": "chat-latest",
    "gpt-transcribe-2": "gpt-transcribe",
}
UNKNOWN = (
    "llama-4",
    "ollama",
    "o",
    "omni-1",
    "my-gpt-5",
    "meta-llama/o-1",
    "gpt-2",
    "ft:",
    "/",
    "",
)
DEPLOYMENTS = {
    "gpt-4o": "gpt-4o",
    "prod-gpt-4o-mini-eu": "gpt-4o-mini",
    "my_gpt-5_deployment": "gpt-5",
    "contoso.gpt-6.2-sol": "gpt-6.2-sol",
    "GPT-4O": "gpt-4o",
    "gpt4o": "gpt-4o",
    "gpt5-mini": "gpt-5-mini",
    "gpt-54": "gpt-5.4",
    "gpt-5-4-mini": "gpt-5.4-mini",
    "gpt-41-mini": "gpt-4.1-mini",
    "gpt-6-2-sol": "gpt-6.2-sol",
    "gpt-5-1-codex": "gpt-5.1-codex",
    "gpt-35-turbo-eastus": "gpt-35-turbo",
    "gpt-4-turbo-2024-04-09": "gpt-4-turbo-2024-04-09",
    "team7-o3-mini": "o3-mini",
    "gpt-6.3-luna-test": "gpt-6-luna",
    "gpt-oss-120b-swedencentral": "gpt-oss-120b",
    "model-router-1": "model-router",
    "whisper-eu": "whisper",
    "text-embedding-3-large-2": "text-embedding-3-large",
    # A fine-tune under the name that Azure gives it.
    "gpt-4o-mini-2024-07-18.ft-0ab3f80e4f22": "gpt-4o-mini-2024-07-18",
    "gpt-35-turbo-0125.ft-0ab3f80e4f22": "gpt-35-turbo",
    "gpt-4.1-2025-04-14.ft-5f9c": "gpt-4.1-2025-04-14",
}


def found(name: str, service: Service = "openai") -> str:
    """Return the name of the model that is found, "" for none."""
    model = model_or_relative(name, service)
    return model.name if model else ""


@pytest.mark.parametrize("name", SAME)
def test_a_known_name_stands_for_its_model(name: str) -> None:
    assert found(name) == SAME[name]
    model = known_model(name)
    assert model is not None
    assert model.name == SAME[name]


def test_twenty_fine_tunes_stand_for_their_base() -> None:
    assert len(FINE_TUNES) >= 20
    known = {name: known_model(name) for name in FINE_TUNES}
    assert {name: model and model.name for name, model in known.items()} == FINE_TUNES


def test_forty_names_of_tomorrow_are_like_their_newest_relatives() -> None:
    assert len(TOMORROW) >= 40
    assert {name: found(name) for name in TOMORROW} == TOMORROW


def test_any_other_name_is_one_that_nobody_described() -> None:
    assert [name for name in UNKNOWN if model_behind(name).name or known_model(name)] == []


def test_a_model_of_another_type_is_not_what_a_name_stands_for() -> None:
    assert model_behind("whisper-1", kind="speech2text").name == "whisper-1"
    assert model_behind("whisper-1").name == ""
    assert model_behind("gpt-6-luna", kind="text-embedding").type == "text-embedding"


def test_twenty_deployments_are_known_by_the_model_that_they_name() -> None:
    assert len(DEPLOYMENTS) >= 20
    named = {name: found(base_of_deployment(name, None), "azure_openai") for name in DEPLOYMENTS}
    assert named == DEPLOYMENTS


def test_a_deployment_is_what_was_chosen_for_it_until_that_is_taken_back() -> None:
    assert base_of_deployment("gpt-4o", " o3 ") == "o3"
    for nothing in (None, "", " ", "not_listed"):
        assert base_of_deployment("prod-o4-mini", nothing) == "o4-mini"
        assert base_of_deployment("prod-01", nothing) == "prod-01"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("ft:gpt-4.1:acme::x", "gpt-4.1"),
        ("ft:", "ft:"),
        ("ft:gpt-4", "ft:gpt-4"),
        ("a:b", "a:b"),
        ("openai/gpt-5:free", "gpt-5"),
        ("openai/ft:gpt-4.1-2025-04-14:acme::x", "gpt-4.1-2025-04-14"),
        ("azure/", "azure"),
        ("", ""),
    ],
)
def test_a_fine_tune_or_a_gateways_model_is_known_by_its_base(name: str, base: str) -> None:
    assert base_name(name) == base
