"""What arrived: requests parsed strictly, and the newest state of every series."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
)

type Attributes = Mapping[str, str | int]
type _Key = tuple[tuple[str, str | int], ...]
_INSTANCE = "service.instance.id"
_INFLATE = 32 + zlib.MAX_WBITS  # gzip or zlib, as the header says


class Misfit(Exception):  # noqa: N818 - what was wrong
    """What a receiver must refuse, in one sentence."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of one process. count: of a histogram's values; of a sum it is 0."""

    metric: str
    unit: str
    instance: str
    attributes: Attributes
    total: float
    count: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as the control plane shows it."""
        return {name: getattr(self, name) for name in Series.__slots__}


@dataclass(slots=True)
class Received:
    """The newest point of each series, and what the processes say of themselves."""

    requests: int = 0
    resources: dict[str, Attributes] = field(default_factory=dict)
    _series: dict[tuple[str, str, _Key], Series] = field(default_factory=dict)

    def take(self, request: ExportMetricsServiceRequest) -> None:
        """Add a request. Raises Misfit for what is no cumulative sum or histogram."""
        self.requests += 1
        for part in request.resource_metrics:
            resource = _attributes(part.resource.attributes)
            instance = str(resource.get(_INSTANCE, ""))
            if not instance:
                raise Misfit(f"The resource has no {_INSTANCE}.")
            self.resources[instance] = resource
            for scope in part.scope_metrics:
                for metric in scope.metrics:
                    self._take_metric(metric, instance)

    def series(self) -> list[Series]:
        """Return every series in its newest state."""
        return list(self._series.values())

    def _take_metric(self, metric: Metric, instance: str) -> None:
        for point in _points(metric):
            attributes = _attributes(point.attributes)
            key = (instance, metric.name, tuple(sorted(attributes.items())))
            if isinstance(point, HistogramDataPoint):
                total, count = point.sum, point.count
            else:
                total, count = point.as_double or point.as_int, 0
            name, unit = metric.name, metric.unit
            self._series[key] = Series(name, unit, instance, attributes, total, count)


def parsed(content: bytes, content_type: str, encoding: str) -> ExportMetricsServiceRequest:
    """Read a request's body. Raises Misfit for one that the schema does not know whole."""
    request = ExportMetricsServiceRequest()
    try:
        body = zlib.decompress(content, _INFLATE) if encoding else content
        if content_type.startswith("application/json"):
            Parse(body, request)  # it refuses unknown fields
        else:
            request.ParseFromString(body)
    except (zlib.error, DecodeError, ParseError) as fault:
        raise Misfit(f"The body cannot be read: {fault}.") from fault
    for message in _messages(request):
        if len(UnknownFieldSet(message)):
            raise Misfit(f"A {message.DESCRIPTOR.name} has a field that its schema does not know.")
    return request


def _points(metric: Metric) -> list[NumberDataPoint | HistogramDataPoint]:
    kind = metric.WhichOneof("data")
    if kind not in {"sum", "histogram"}:
        raise Misfit(f"{metric.name} is a {kind}, no sum or histogram.")
    data = metric.sum if kind == "sum" else metric.histogram
    if data.aggregation_temporality != AGGREGATION_TEMPORALITY_CUMULATIVE:
        raise Misfit(f"{metric.name} is not cumulative.")
    return list(data.data_points)


def _attributes(pairs: Any) -> dict[str, str | int]:
    return {pair.key: _value(pair) for pair in pairs}


def _value(pair: KeyValue) -> str | int:
    kind = pair.value.WhichOneof("value")
    if kind not in {"string_value", "int_value"}:
        raise Misfit(f"{pair.key} is a {kind}, no text or number.")
    return pair.value.string_value if kind == "string_value" else pair.value.int_value


def _messages(message: Message) -> Iterator[Message]:
    """Yield a message and all that it holds."""
    yield message
    for known, value in message.ListFields():
        if known.message_type is not None:
            for part in value if known.is_repeated else (value,):
                yield from _messages(part)
