"""What the local collector takes, what it refuses, and what it adds up."""

import gzip

import pytest
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics

from fakes.otlp_collector.received import Misfit, Received, parsed

PROTOBUF, JSON = "application/x-protobuf", "application/json"


def request(
    *values: int, instance: str = "one", delta: bool = False
) -> ExportMetricsServiceRequest:
    """Return a request with a sum that has one series for each value."""
    made = ExportMetricsServiceRequest()
    part = made.resource_metrics.add()
    part.resource.attributes.add(key="service.instance.id").value.string_value = instance
    metric = part.scope_metrics.add().metrics.add(name="calls", unit="{call}")
    metric.sum.aggregation_temporality = (
        metrics.AGGREGATION_TEMPORALITY_DELTA
        if delta
        else metrics.AGGREGATION_TEMPORALITY_CUMULATIVE
    )
    for number, value in enumerate(values):
        point = metric.sum.data_points.add(as_int=value)
        point.attributes.add(key="app").value.string_value = f"app {number}"
    return made


def test_the_newest_state_of_each_process_counts() -> None:
    received = Received()
    for sent in (request(1, 2), request(5, 2), request(7, instance="another")):
        received.take(sent)
    totals = [
        (series.instance, series.attributes["app"], series.total) for series in received.series()
    ]
    assert totals == [("one", "app 0", 5), ("one", "app 1", 2), ("another", "app 0", 7)]


@pytest.mark.parametrize(
    ("content", "kind", "encoding"),
    [
        (request(3).SerializeToString(), PROTOBUF, ""),
        (gzip.compress(request(3).SerializeToString()), PROTOBUF, "gzip"),
        (MessageToJson(request(3)).encode(), JSON, ""),
    ],
    ids=["protobuf", "gzip", "json"],
)
def test_both_encodings_are_read(content: bytes, kind: str, encoding: str) -> None:
    assert parsed(content, kind, encoding) == request(3)


def test_a_field_that_the_schema_does_not_know_is_refused_at_any_depth() -> None:
    unknown = b"\xfa\x07\x01x"  # field 127, one byte
    point = request(3).resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points[0]
    spoilt = request(3)
    spoilt.resource_metrics[0].scope_metrics[0].metrics[0].sum.data_points[0].ParseFromString(
        point.SerializeToString() + unknown
    )
    for content in (spoilt.SerializeToString(), request(3).SerializeToString() + unknown):
        with pytest.raises(Misfit, match="has a field that its schema does not know"):
            parsed(content, PROTOBUF, "")
    with pytest.raises(Misfit, match='no field named "more"'):
        parsed(b'{"more": 1}', JSON, "")


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"\xff", ""), (b"plain", "gzip")], ids=["no message", "no gzip"]
)
def test_what_cannot_be_read_is_refused(content: bytes, encoding: str) -> None:
    with pytest.raises(Misfit, match="cannot be read"):
        parsed(content, PROTOBUF, encoding)


def test_sums_that_could_not_be_compared_are_refused() -> None:
    with pytest.raises(Misfit, match="calls is not cumulative"):
        Received().take(request(1, delta=True))
    with pytest.raises(Misfit, match=r"has no service\.instance\.id"):
        Received().take(request(1, instance=""))
