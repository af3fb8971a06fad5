"""The command line: runs the demo's steps in their order and leaves nothing running."""

import argparse
import io
import os
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import groupby

from rich.console import Console

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from fakes.otlp_collector.process import CollectorProcess
from tools.command import run_command
from tools.demo.apps import CALLS, Call, with_new_ids
from tools.demo.evidence import Finding, find_records
from tools.demo.report import PIPE_WIDTH, Report
from tools.demo.services import DEFAULT_MODEL, Services, live_services, script
from tools.demo.traffic import PLUGIN_DIRECTORY, MadeCall, make_calls
from tools.demo.usage import usage_of

# How long a real service may take to list a completion that it has stored.
_LIVE_PATIENCE_SECONDS = 60.0
# How long metrics may take, which leave once a second.
_METRICS_SECONDS = 20.0
_COUNTED = "gen_ai.client.operation.duration"
# What a plugin needs of the environment to reach a real service from behind a proxy.
_NETWORK_VARIABLES = frozenset(
    {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"}
)
_DESCRIPTION = """\
Make calls for three Dify apps through the plugin, then find each app's requests
at the service. By default all of it runs on this machine, without keys.
"""
_EPILOG = """\
With --live the keys come from the environment; whichever is there is used:
  OpenAI        OPENAI_API_KEY (and OPENAI_BASE_URL for another address)
  Azure OpenAI  AZURE_OPENAI_API_KEY with AZURE_OPENAI_ENDPOINT and
                AZURE_OPENAI_DEPLOYMENT
It makes a dozen short calls, of which one searches the web; the service stores
those that name an app.

Exit code: 0 every record was found and names its app, 1 not so, 2 no keys or a
wrong option.
"""


def main() -> int:
    """Run the demo and return its exit code."""
    arguments = _parse_arguments()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Answers have characters that not every terminal can show.
        sys.stdout.reconfigure(errors="replace")
    return run_command(
        "demo", lambda: _run(Report(_console()), live=arguments.live, model=arguments.model)
    )


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.demo",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--live", action="store_true", help="use the real services, with your own keys"
    )
    parser.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="OpenAI model for --live (default: %(default)s)",
    )
    return parser.parse_args()


def _console() -> Console:
    """Return the console, as wide as the widest table where nothing tells how wide a pipe is."""
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(width=width)


def _run(report: Report, *, live: bool, model: str) -> int:
    real = live_services(os.environ, model) if live else {}
    calls = with_new_ids(CALLS) if live else CALLS
    report.headline()
    with ExitStack() as running:
        with report.waiting("Starting the service and the plugin"):
            # Both processes start at the same time.
            local = None if live else running.enter_context(ServiceProcess())
            collector = None if live else running.enter_context(CollectorProcess())
            environment = _metrics_to(collector) if collector else _network_settings()
            plugin = running.enter_context(PluginProcess(PLUGIN_DIRECTORY, environment=environment))
            services: Services = script(local, calls) if local else real
        names = " and ".join(service.name for service in services.values())
        kind = (
            "the real service, with your key" if live else "on this machine, with recorded answers"
        )
        report.step("Service", f"{names}: {kind}")
        report.step("Plugin", "started as the Dify daemon starts it")
        made = _make_calls(report, plugin, calls, services)
        with report.waiting("Reading the records back"):
            findings = find_records(made, patience=_LIVE_PATIENCE_SECONDS if live else 0.0)
        report.step("Evidence", _summary(findings))
        if collector:
            with report.waiting("Waiting for the metrics"):
                collector.await_calls(_COUNTED, len(made), _METRICS_SECONDS)
            by_app = collector.counts(_COUNTED, "dify.app_id")
            apps = len(by_app.keys() - {("",)})
            report.step("Metrics", f"{len(made)} calls of {apps} apps counted by OpenTelemetry")
        with report.waiting("Adding up what the apps used"):
            app_names = {call.app.id: call.app.name for call in calls if call.app}
            # A real account may have stored far more than these calls.
            used = usage_of(plugin.log, {} if live else services, app_names)
        report.table(findings)
        report.record(findings)
        report.usage(used)
        report.meaning(findings, services, live=live)
    return 0


def _make_calls(
    report: Report, plugin: PluginProcess, calls: Sequence[Call], services: Services
) -> tuple[MadeCall, ...]:
    made: tuple[MadeCall, ...] = ()
    for label, group in groupby(calls, lambda call: call.label):
        own = tuple(group)
        with report.waiting(f"Calling for {label}"):
            answered = make_calls(plugin, own, services)
        app_id = f", {own[0].sender.id}" if own[0].sender else ""
        per_service = Counter(call.service.short_name for call in answered)
        counts = ", ".join(f"{count} {name}" for name, count in per_service.items())
        report.step("" if made else "Calls", f"{label}{app_id}: {counts}")
        made += answered
    return made


def _summary(findings: Sequence[Finding]) -> str:
    """Say what was found; all of it was, else there would have been a DemoFailure."""
    absent = sum(finding.how == "not stored" for finding in findings)
    return (
        f"{len(findings) - absent} requests found, each with its app's id;"
        f" {absent} without: not stored"
    )


def _metrics_to(collector: CollectorProcess) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }


def _network_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.lower() in _NETWORK_VARIABLES}


if __name__ == "__main__":
    sys.exit(main())
