"""Where the metrics of an endpoint's calls go: what the environment or a credential form says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

METRICS_PATH = "/v1/metrics"
# OpenTelemetry specification: "OTLP exporter configuration", "SDK configuration".
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


@dataclass(frozen=True, slots=True)
class Destination:
    """A receiver of OTLP over HTTP. url: the whole address, "" for the one of the environment.

    headers go with every request to it and are secret.
    """

    url: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@cache
def of_the_environment() -> Destination | None:
    """Return the destination that this process's variables name, None where they name none."""
    return named_by(os.environ)


def named_by(environment: Mapping[str, str]) -> Destination | None:
    """Return the destination that the standard variables name, None where they name none."""
    if is_off(environment) or environment.get("OTEL_METRICS_EXPORTER", "").strip() == "none":
        return None
    return Destination() if _first(environment, _ENDPOINTS) else None


def is_off(environment: Mapping[str, str]) -> bool:
    """Return whether the environment wants no telemetry from anything, whoever asks for it."""
    return environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def speaks_grpc(environment: Mapping[str, str]) -> bool:
    """Return whether the variables are for a receiver that the exporter over HTTP cannot reach."""
    return _first(environment, _PROTOCOLS).lower() == "grpc"


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next(filter(None, (environment.get(name, "").strip() for name in names)), "")
