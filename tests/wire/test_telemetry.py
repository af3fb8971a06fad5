"""Metrics by OpenTelemetry: what arrives, what a broken collector changes, and that off is off."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.child_process import ChildProcess
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from fakes.otlp_collector.process import CollectorProcess
from tests.unit.telemetry.test_instruments import CALL
from tests.wire.conftest import ROOT
from tests.wire.ends import USER, Wire
from tools.check.telemetry import children
from tools.check.telemetry_calls import DURATION, STEPS, ask, differences, kinds, usage_lines

SECRET = "telemetry-secret"
PATIENCE = 30.0


@pytest.fixture(scope="module")
def collector() -> Iterator[CollectorProcess]:
    """Start a collector that counts for all tests, so each looks at its own app."""
    with CollectorProcess() as process:
        yield process


def test_off_starts_nothing_and_a_form_starts_one_process_that_may_die(
    wire: Wire, collector: CollectorProcess
) -> None:
    plugin = wire.plugin.child.pid
    wire.ask(wire.target("openai-chat"))
    assert children(plugin) == []
    target = wire.target("azure-chat", otlp_endpoint=collector.url)
    wire.ask(target)
    (worker,) = children(plugin)
    os.kill(worker, signal.SIGKILL)
    wire.plugin.wait_for_log(lambda record: "that sends metrics has ended" in record.message)
    assert wire.ask(target).text
    mapped = Path(f"/proc/{plugin}/maps").read_text("utf-8")
    assert "google/_upb" not in mapped  # which OpenTelemetry's exporter loads


def test_a_form_that_cannot_be_used_says_so(wire: Wire) -> None:
    target = wire.target("openai-chat", otlp_endpoint="collector:4318")
    with pytest.raises(PluginError, match="telemetry endpoint 'collector:4318' is no address"):
        wire.ask(target)


def test_sums_equal_the_usage_lines_also_where_the_collector_failed(
    service: ServiceProcess,
) -> None:
    account = service.new_account(plan=[step for _ in range(5) for step in STEPS])
    every = dict.fromkeys(kinds())
    with CollectorProcess() as collector:
        environment = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "500",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,service.instance.id=same",
        }
        with PluginProcess(ROOT, environment=environment) as plugin:
            for told in ({}, {"status": 503, "retry_after": 1}, {"status": 401}):
                collector.behave(**told)
                for number, kind in enumerate(every):
                    ask(plugin, account, kind, f"app-{number % 3}" if number % 5 else None)
            said = (
                f"Metrics do not arrive: {collector.url}/v1/metrics answers 401; calls are not "
                "affected. Check the endpoint and its headers."
            )
            plugin.wait_for_log(lambda record: record.message == said, PATIENCE)
            collector.behave()
            lines = usage_lines(plugin)
            collector.await_calls(DURATION, len(lines), PATIENCE)
            assert len(lines) == 3 * len(every)
            assert sum(line["error"] is not None for line in lines) > 10
            assert differences(lines, collector) == []
            assert plugin.noise == []
        received = collector.received()
    assert received["misfits"] == []
    (resource,) = received["resources"].values()
    assert resource["service.name"] == "dify-openai-suite"
    assert resource["deployment.environment.name"] == "test"
    assert resource["service.instance.id"] != "same"
    everything = str([received["series"], received["resources"]])
    assert USER not in everything
    assert account.key not in everything


def test_the_counting_process_sends_what_it_has_when_its_plugin_is_gone(
    collector: CollectorProcess,
) -> None:
    environment = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_HEADERS": f"x-operator={SECRET}",
        "OTEL_RESOURCE_ATTRIBUTES": f"operators.own={SECRET}",
        "OTEL_METRIC_EXPORT_INTERVAL": "3600000",
    }
    headers = {"authorization": "Bearer a-token"}
    command = (sys.executable, "-m", "models.telemetry.worker")
    with ChildProcess(command, ROOT, environment) as worker:
        for line in (
            {"to": 1, "url": "", "headers": {}},
            {"to": 2, "url": f"{collector.url}/v1/metrics", "headers": headers},
            {**CALL, "to": 1},
            {**CALL, "to": 2, "app_id": "of the gone", "ms": 1250},
        ):
            worker.stdin.write(json.dumps(line).encode() + b"\n")
        worker.stdin.close()
        assert worker.wait(PATIENCE) == 0
        said = worker.stdout.read().decode()
    assert "Metrics do not arrive: http://127.0.0.1:9/v1/metrics cannot be reached" in said
    received = collector.received()
    assert collector.totals(DURATION, "dify.app_id")["of the gone",] == 1.25
    # What the operator set for their own receiver is not told to another one.
    assert received["headers"]["authorization"] == "Bearer a-token"
    assert SECRET not in f"{received}{said}"
