"""Where metrics go, as the form says it; what cannot be used is told in one sentence."""

import re

import pytest
from dify_plugin.errors.model import InvokeBadRequestError

from models.service.telemetry import destination_of_the_form
from models.telemetry.destination import Destination, is_off, named_by, speaks_grpc
from tests.unit.endpoints import azure_at, openai_at


def of_the_form(endpoint: str, headers: str = "") -> Destination | None:
    return destination_of_the_form(
        {"otlp_endpoint": endpoint, "otlp_headers": headers}, service="OpenAI"
    )


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("https://collector.example:4318", "https://collector.example:4318/v1/metrics"),
        (" https://collector.example:4318/ ", "https://collector.example:4318/v1/metrics"),
        ("https://vendor.example/otlp", "https://vendor.example/otlp/v1/metrics"),
        ("https://vendor.example/otlp/v1/metrics", "https://vendor.example/otlp/v1/metrics"),
        ("http://user:hunter2@[::1]:4318", "http://[::1]:4318/v1/metrics"),
    ],
)
def test_addresses(written: str, url: str) -> None:
    assert of_the_form(written) == Destination(url)


@pytest.mark.parametrize(
    ("written", "headers"),
    [
        ("Authorization=Bearer%20abc==,x-team=a", {"Authorization": "Bearer abc==", "x-team": "a"}),
        ("Authorization: Bearer abc==", {"Authorization": "Bearer abc=="}),
        ('{"api-key": "a=b:c"}', {"api-key": "a=b:c"}),
        ("api-key=a:b", {"api-key": "a:b"}),
        ("", {}),
    ],
)
def test_headers_as_people_write_them(written: str, headers: dict[str, str]) -> None:
    destination = of_the_form("http://collector.example:4318", written)
    assert destination is not None
    assert dict(destination.headers) == headers
    assert "abc" not in repr(destination)


@pytest.mark.parametrize(
    ("endpoint", "headers", "sentence"),
    [
        (
            "collector:4318",
            "",
            "OpenAI: the telemetry endpoint 'collector:4318' is no address of a receiver of OTLP "
            "over HTTP; write it as https://HOST:4318",
        ),
        ("http://[::1", "", "is no address of a receiver"),
        ("https://h.example/?key=hunter2", "", "the telemetry endpoint 'https://h.example/' is no"),
        (
            "http://h.example",
            "a secret",
            "OpenAI: an OTLP header's name is not one; write a line `Name: value` for each",
        ),
        ("http://h.example", "k=" + "x" * 2000, "the OTLP headers have more than 2000 characters"),
        ("http://h.example", "{", "the OTLP headers are not JSON"),
    ],
)
def test_what_cannot_be_used_is_told(endpoint: str, headers: str, sentence: str) -> None:
    with pytest.raises(InvokeBadRequestError, match=re.escape(sentence)) as told:
        of_the_form(endpoint, headers)
    assert "secret" not in str(told.value)
    assert "hunter2" not in str(told.value)


def test_without_an_endpoint_nobody_counts() -> None:
    assert of_the_form("", "Authorization=unused") is None
    assert openai_at().report is None
    assert azure_at().report is None
    assert azure_at(otlp_endpoint="http://h.example").report is not None


def test_a_receiver_of_grpc_is_known_by_its_variables() -> None:
    everything = {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    assert speaks_grpc(everything)
    assert not speaks_grpc({**everything, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf"})
    assert not speaks_grpc({})


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://h:4318/v1/metrics"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_METRICS_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", "OTEL_SDK_DISABLED": "True"}, False),
        # The daemon's own, which has a value also where its telemetry is off.
        ({"OTLP_BASE_ENDPOINT": "http://localhost:4318"}, False),
    ],
)
def test_the_standard_variables(variables: dict[str, str], named: bool) -> None:
    assert named_by(variables) == (Destination() if named else None)
    assert is_off(variables) == ("OTEL_SDK_DISABLED" in variables)
