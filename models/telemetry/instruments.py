"""What is measured of a call, under the names of OpenTelemetry's conventions for generative AI.

The conventions are still in development and their names changed in 2026. By default metrics have
those of version 1.41, which dashboards know; with `gen_ai_latest_experimental` in the variable
OTEL_SEMCONV_STABILITY_OPT_IN those of the newest state (semantic-conventions-genai, pull requests
374 and 521). docs/telemetry.md has both in a table.
"""

from collections.abc import Mapping

from opentelemetry.metrics import Counter, Histogram, Meter

from models.telemetry.cardinality import Bounds
from models.telemetry.facts import CallFacts

# The conventions' own boundaries end at 82 s; a call of ours may take 590.
_SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
_SECONDS += [163.84, 327.68, 590.0]
_TOKENS = [4**power for power in range(14)]
_MILLISECONDS = 1000

_PROVIDERS = {"openai": "openai", "azure_openai": "azure.ai.openai"}
# The operation, and of language models the API. Of what they have no name for the conventions
# leave the choice.
_OPERATIONS = {
    "chat": ("chat", "chat_completions"),
    "responses": ("chat", "responses"),
    "embeddings": ("embeddings", None),
    "moderations": ("moderation", None),
    "transcriptions": ("transcription", None),
    "speech": ("speech", None),
}
type Attributes = Mapping[str, str | int]


class Instruments:
    """The instruments of one destination."""

    def __init__(self, meter: Meter, *, newest: bool) -> None:
        self._bounds = Bounds()
        self._newest = newest
        self._meter = meter
        self._histograms: dict[str, Histogram] = {}
        self._counters: dict[str, Counter] = {}

    def record(self, call: CallFacts) -> None:
        """Count one call."""
        attributes = self._attributes(call)
        self._record_times(call, attributes)
        if self._newest:
            self._record_newest_tokens(call, attributes)
        else:
            self._record_tokens(call, attributes)
        for part, tokens in (
            ("cache_read.input", call["cached"]),
            ("cache_write.input", call["cache_write"]),
            ("reasoning.output", call["reasoning"]),
        ):
            if tokens:
                name = f"gen_ai.client.inference.usage.{part}_tokens"
                self._add(name, tokens, attributes)
        if call.get("cost") is not None:
            self._add("dify.model.cost", float(call["cost"] or 0), attributes, "{USD}")
        elif "cost" in call and call.get("error") is None:
            self._add("dify.model.calls_without_price", 1, attributes, "{call}")
        if dropped := call.get("dropped", 0):
            self._add("dify.telemetry.calls_dropped", dropped, {}, "{call}")

    def _record_times(self, call: CallFacts, attributes: Attributes) -> None:
        seconds = call["ms"] / _MILLISECONDS
        embeddings = call["api"] == "embeddings"
        kind = ("embeddings" if embeddings else "inference") if self._newest else "operation"
        self._observe(f"gen_ai.client.{kind}.duration", seconds, attributes)
        first = call.get("first_ms")
        if first is not None:
            kind = "inference" if self._newest else "operation"
            name = f"gen_ai.client.{kind}.time_to_first_chunk"
            self._observe(name, first / _MILLISECONDS, attributes)

    def _record_tokens(self, call: CallFacts, attributes: Attributes) -> None:
        for kind, tokens in (("input", call["input"]), ("output", call["output"])):
            if tokens:
                typed = {**attributes, "gen_ai.token.type": kind}
                self._observe("gen_ai.client.token.usage", tokens, typed)

    def _record_newest_tokens(self, call: CallFacts, attributes: Attributes) -> None:
        kind = "embeddings" if call["api"] == "embeddings" else "inference"
        sides = (
            ("input", call["input"], call.get("audio_input", 0)),
            ("output", call["output"], call.get("audio_output", 0)),
        )
        for side, tokens, audio in sides:
            if tokens:
                self._observe(f"gen_ai.client.{kind}.operation.{side}_tokens", tokens, attributes)
            # Text and images are one count at the service.
            for modality, part in (("unknown", tokens - audio), ("audio", audio)):
                if part or modality == "unknown":
                    typed = {**attributes, "gen_ai.token.modality": modality}
                    self._add(f"gen_ai.client.inference.usage.{side}_tokens", part, typed)

    def _attributes(self, call: CallFacts) -> Attributes:
        error = call.get("error")
        operation, api = _OPERATIONS.get(call["api"], (call["api"], None))
        app_id = call.get("app_id")
        texts = {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": _PROVIDERS.get(call["provider"], call["provider"]),
            "gen_ai.request.model": call.get("asked"),
            "gen_ai.response.model": None if error else call["model"],
            "openai.api.type": api,
            "openai.response.service_tier": call.get("tier"),
            "error.type": error,
            "server.address": call.get("host"),
            "dify.app_id": app_id,
            "dify.source": "dify" if app_id else None,
        }
        tags = self._bounds.kept_tags(call.get("tags") or {})
        return {**self._bounds.kept(texts), "server.port": call.get("port", 0), **tags}

    def _observe(self, name: str, value: float, attributes: Attributes) -> None:
        histogram = self._histograms.get(name)
        if histogram is None:
            tokens = "token" in name
            histogram = self._histograms[name] = self._meter.create_histogram(
                name,
                unit="{token}" if tokens else "s",
                explicit_bucket_boundaries_advisory=_TOKENS if tokens else _SECONDS,
            )
        histogram.record(value, attributes)

    def _add(self, name: str, value: float, attributes: Attributes, unit: str = "{token}") -> None:
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._meter.create_counter(name, unit=unit)
        counter.add(value, attributes)
