"""The process that counts calls and sends the counts: `python -m models.telemetry.worker`.

The plugin writes a line of JSON for each call to its stdin (`feed`); it ends with that. What the
plugin should log goes to stdout, a level and a sentence a line. It is ordinary Python, without the
SDK of Dify and gevent, so that OpenTelemetry's library works as its authors mean it to.
"""

import os

# Calls come first, already before what takes half a second to import.
os.nice(10)

import contextlib  # noqa: E402
import json  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
import uuid  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, override  # noqa: E402
from urllib.parse import urlsplit  # noqa: E402

import requests  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter  # noqa: E402
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider  # noqa: E402
from opentelemetry.sdk.metrics.export import (  # noqa: E402
    CardinalityLimits,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource  # noqa: E402

from models.telemetry.cardinality import MOST_SERIES  # noqa: E402
from models.telemetry.instruments import Instruments  # noqa: E402

_NAME = "dify-openai-suite"
_END_SECONDS = 10.0
_SHORTEST_INTERVAL_MS, _USUAL_INTERVAL_MS = 500.0, 60_000.0
_SAY_AGAIN_SECONDS = 600.0
_MOST_ANSWER_BYTES = 1 << 16
# What the operator set for their own receiver, which one that a form names must not get to see.
_OF_THE_OPERATOR = ("OTEL_EXPORTER_OTLP_", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME")


class _Session(requests.Session):
    """Remembers how the last request ended, and reads no more of an answer than is useful."""

    outcome = ""

    @override
    def request(self, *arguments: Any, **named: Any) -> requests.Response:
        try:
            response = super().request(*arguments, **{**named, "stream": True})
            next(response.iter_content(_MOST_ANSWER_BYTES), b"")
        except requests.RequestException as fault:
            self.outcome = f"cannot be reached ({type(fault).__name__})"
            raise
        self.outcome = f"answers {response.status_code}"
        response.close()
        return response


class _Exporter(OTLPMetricExporter):
    """The library's exporter, which says how it fares when that changes."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._own_session = _Session()
        super().__init__(endpoint=url or None, headers=headers, session=self._own_session)
        parts = urlsplit(self._endpoint)
        self._where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._said = ""
        self._said_at = 0.0

    @override
    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **named: Any
    ) -> MetricExportResult:
        result = super().export(metrics_data, timeout_millis, **named)
        if result is MetricExportResult.SUCCESS:
            if self._said:
                _say("INFO", f"Metrics arrive at {self._where} again.")
                self._said = ""
        else:
            self._complain(self._own_session.outcome or "cannot be sent to")
        return result

    def _complain(self, outcome: str) -> None:
        now = time.monotonic()
        if outcome == self._said and now - self._said_at < _SAY_AGAIN_SECONDS:
            return
        self._said, self._said_at = outcome, now
        _say(
            "WARNING",
            f"Metrics do not arrive: {self._where} {outcome}; calls are not affected. Check the "
            "endpoint and its headers.",
        )


class _Receiver:
    """One destination: its counts, and the thread that sends them."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        with _without_the_operators(hidden=bool(url)):
            resource = _resource()
            exporter = _Exporter(url, headers)
        reader = PeriodicExportingMetricReader(
            exporter,
            export_interval_millis=_interval_ms(),
            cardinality_limits=CardinalityLimits({Counter: MOST_SERIES, Histogram: MOST_SERIES}),
        )
        self._provider = MeterProvider(
            metric_readers=[reader], resource=resource, shutdown_on_exit=False
        )
        newest = "gen_ai_latest_experimental" in re.split(
            r"[\s,]+", os.environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "")
        )
        self.record = Instruments(self._provider.get_meter(_NAME), newest=newest).record

    def end(self) -> threading.Thread:
        """Send what there is and stop, in a thread that is returned."""
        thread = threading.Thread(
            target=self._provider.shutdown, args=[_END_SECONDS * 1000], daemon=True
        )
        thread.start()
        return thread


def main() -> None:
    """Count what stdin tells until it ends."""
    # A stop of the whole group ends the plugin, and that this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    receivers: dict[int, _Receiver] = {}
    try:
        for line in sys.stdin.buffer:
            _take(json.loads(line), receivers)
    finally:
        ends_at = time.monotonic() + _END_SECONDS
        for thread in [receiver.end() for receiver in receivers.values()]:
            thread.join(max(0.0, ends_at - time.monotonic()))
        # A request that still waits must not hold the process.
        os._exit(0)


def _take(message: dict[str, Any], receivers: dict[int, _Receiver]) -> None:
    number = message["to"]
    if "url" in message:
        receivers[number] = _Receiver(message["url"], message["headers"])
    elif "end" in message:
        receivers.pop(number).end()
    else:
        receivers[number].record(message)  # type: ignore[arg-type] # as `feed` makes it


@contextlib.contextmanager
def _without_the_operators(*, hidden: bool) -> Iterator[None]:
    taken = {
        name: os.environ.pop(name)
        for name in (list(os.environ) if hidden else ())
        if name.startswith(_OF_THE_OPERATOR)
    }
    try:
        yield
    finally:
        os.environ.update(taken)


def _resource() -> Resource:
    """Return what is said of this process. No two have the same `service.instance.id`: the sums of
    several would overwrite each other."""
    given = OTELResourceDetector().detect().attributes
    return Resource.create(
        {
            SERVICE_NAME: given.get(SERVICE_NAME, _NAME),
            "service.version": _version(),
            "service.instance.id": str(uuid.uuid4()),
        }
    )


def _version() -> str:
    with contextlib.suppress(OSError):
        text = (Path(__file__).parents[2] / "manifest.yaml").read_text("utf-8")
        if found := re.search(r"^version:\s*\W?([\w.+-]+)", text, re.MULTILINE):
            return found[1]
    return ""


def _interval_ms() -> float:
    try:
        written = float(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL") or _USUAL_INTERVAL_MS)
    except ValueError:
        return _USUAL_INTERVAL_MS
    return max(written, _SHORTEST_INTERVAL_MS) if written < float("inf") else _USUAL_INTERVAL_MS


def _say(level: str, text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(1, f"{level} {text}\n".encode(errors="replace"))


if __name__ == "__main__":
    main()
