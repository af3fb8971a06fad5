"""What is measured of a call, under which names, and how many series that may make."""

from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from models.telemetry.cardinality import OTHER, Bounds
from models.telemetry.facts import CallFacts
from models.telemetry.instruments import Instruments

CALL: CallFacts = {
    "provider": "azure_openai",
    "api": "responses",
    "model": "gpt-6.2-sol",
    "asked": "my-deployment",
    "app_id": "app",
    "tier": "flex",
    "input": 100,
    "cached": 60,
    "cache_write": 10,
    "output": 30,
    "reasoning": 20,
    "error": None,
    "ms": 2500,
    "first_ms": 400,
    "tags": {"team": "search"},
    "host": "name.openai.azure.com",
    "port": 443,
}
ATTRIBUTES = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "azure.ai.openai",
    "gen_ai.request.model": "my-deployment",
    "gen_ai.response.model": "gpt-6.2-sol",
    "openai.api.type": "responses",
    "openai.response.service_tier": "flex",
    "server.address": "name.openai.azure.com",
    "server.port": 443,
    "dify.app_id": "app",
    "dify.source": "dify",
    "dify.tag.team": "search",
}


def measured(*calls: CallFacts, newest: bool = False) -> dict[str, list[Any]]:
    """Return the points of each metric: attributes and the sum."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    instruments = Instruments(provider.get_meter("test"), newest=newest)
    for call in calls:
        instruments.record(call)
    data = reader.get_metrics_data()
    assert data is not None
    (scope,) = data.resource_metrics[0].scope_metrics
    return {
        metric.name: [
            (dict(point.attributes or {}), getattr(point, "sum", getattr(point, "value", None)))
            for point in metric.data.data_points
        ]
        for metric in scope.metrics
    }


def test_a_call_by_the_names_of_1_41() -> None:
    typed = [
        ({**ATTRIBUTES, "gen_ai.token.type": kind}, 100 if kind == "input" else 30)
        for kind in ("input", "output")
    ]
    priced: CallFacts = {**CALL, "cost": "0.00125"}
    assert measured(priced) == {
        "gen_ai.client.operation.duration": [(ATTRIBUTES, 2.5)],
        "gen_ai.client.operation.time_to_first_chunk": [(ATTRIBUTES, 0.4)],
        "gen_ai.client.token.usage": typed,
        "gen_ai.client.inference.usage.cache_read.input_tokens": [(ATTRIBUTES, 60)],
        "gen_ai.client.inference.usage.cache_write.input_tokens": [(ATTRIBUTES, 10)],
        "gen_ai.client.inference.usage.reasoning.output_tokens": [(ATTRIBUTES, 20)],
        "dify.model.cost": [(ATTRIBUTES, 0.00125)],
    }


def test_a_call_by_the_newest_names() -> None:
    heard: CallFacts = {**CALL, "audio_input": 40}
    text = {**ATTRIBUTES, "gen_ai.token.modality": "unknown"}
    audio = {**ATTRIBUTES, "gen_ai.token.modality": "audio"}
    assert measured(heard, newest=True) == {
        "gen_ai.client.inference.duration": [(ATTRIBUTES, 2.5)],
        "gen_ai.client.inference.time_to_first_chunk": [(ATTRIBUTES, 0.4)],
        "gen_ai.client.inference.operation.input_tokens": [(ATTRIBUTES, 100)],
        "gen_ai.client.inference.operation.output_tokens": [(ATTRIBUTES, 30)],
        "gen_ai.client.inference.usage.input_tokens": [(text, 60), (audio, 40)],
        "gen_ai.client.inference.usage.output_tokens": [(text, 30)],
        "gen_ai.client.inference.usage.cache_read.input_tokens": [(ATTRIBUTES, 60)],
        "gen_ai.client.inference.usage.cache_write.input_tokens": [(ATTRIBUTES, 10)],
        "gen_ai.client.inference.usage.reasoning.output_tokens": [(ATTRIBUTES, 20)],
    }


def test_embeddings_have_newest_names_of_their_own() -> None:
    call: CallFacts = {**CALL, "api": "embeddings", "output": 0, "first_ms": None}
    names = {name for name in measured(call, newest=True) if ".usage." not in name}
    assert names == {
        "gen_ai.client.embeddings.duration",
        "gen_ai.client.embeddings.operation.input_tokens",
    }


def test_a_failure_has_its_class_and_no_tokens() -> None:
    failed: CallFacts = {**CALL, "input": 0, "output": 0, "error": "InvokeRateLimitError"}
    points = measured({**failed, "cost": None})
    ((attributes, _),) = points["gen_ai.client.operation.duration"]
    assert attributes["error.type"] == "InvokeRateLimitError"
    assert "gen_ai.response.model" not in attributes
    assert not points.keys() & {"gen_ai.client.token.usage", "dify.model.calls_without_price"}


def test_an_unknown_price_is_counted_and_never_zero() -> None:
    points = measured({**CALL, "cost": None}, {**CALL, "cost": "0"})
    assert points["dify.model.calls_without_price"] == [(ATTRIBUTES, 1)]
    assert points["dify.model.cost"] == [(ATTRIBUTES, 0)]


def test_calls_that_could_not_be_told_are_counted() -> None:
    points = measured({**CALL, "dropped": 7}, CALL)
    assert points["dify.telemetry.calls_dropped"] == [({}, 7)]


@pytest.mark.parametrize(
    ("attribute", "most"), [("dify.app_id", 1000), ("gen_ai.request.model", 100)]
)
def test_values_beyond_the_first_ones_are_others(attribute: str, most: int) -> None:
    bounds = Bounds()
    values = [bounds.kept({attribute: f"value {number}"})[attribute] for number in range(2000)]
    assert values[:most] == [f"value {number}" for number in range(most)]
    assert set(values[most:]) == {OTHER}
    assert bounds.kept({attribute: "value 1"}) == {attribute: "value 1"}


def test_long_values_are_cut_and_tags_are_bounded() -> None:
    bounds = Bounds()
    assert bounds.kept({"a": "x" * 1000, "b": "", "c": None}) == {"a": "x" * 128}
    for number in range(20):
        kept = bounds.kept_tags({f"tag{number}": "v"})
        assert len(kept) == (number < 13)


def test_sums_stay_right_beyond_all_bounds() -> None:
    calls = [{**CALL, "app_id": f"app {number}"} for number in range(1010)]
    points = measured(*calls)  # type: ignore[arg-type] # still calls
    assert sum(total for _, total in points["gen_ai.client.token.usage"]) == 1010 * 130
    by_app = {
        attributes["dify.app_id"]: total
        for attributes, total in points["gen_ai.client.operation.duration"]
    }
    assert len(by_app) == 1001
    assert by_app[OTHER] == 10 * 2.5
