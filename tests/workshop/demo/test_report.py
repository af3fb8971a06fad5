"""The report fits the terminal, with and without colours."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from tools.demo.apps import CALLS
from tools.demo.evidence import Finding, find_records
from tools.demo.report import Report
from tools.demo.services import Services, script
from tools.demo.traffic import make_calls


@pytest.fixture(scope="module")
def services(local_service: ServiceProcess) -> Services:
    return script(local_service, CALLS)


@pytest.fixture(scope="module")
def findings(services: Services, plugin: PluginProcess) -> tuple[Finding, ...]:
    return find_records(make_calls(plugin, CALLS, services))


def reported(
    findings: tuple[Finding, ...], services: Services, width: int, *, live: bool = False
) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=True, color_system=None)
    report = Report(console)
    report.table(findings)
    report.meaning(findings, services, live=live)
    return output.getvalue()


def test_no_line_is_wider_than_the_terminal_and_a_wide_one_shows_whole_ids(
    services: Services, findings: tuple[Finding, ...]
) -> None:
    for width in (60, 80, 100, 120, 200):
        output = reported(findings, services, width)
        assert max(map(cell_len, output.splitlines())) <= width
        for call in CALLS:
            assert call.sender is None or (call.sender.id in output) == (width >= 116)


def test_a_live_run_says_that_the_records_stay(
    services: Services, findings: tuple[Finding, ...]
) -> None:
    output = " ".join(reported(findings, services, 200, live=True).split())
    assert "which keeps these prompts and answers until they expire or you delete them" in output
    assert "on this machine" not in output
