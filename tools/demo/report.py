"""What the person sees: a line per step, one table, one record, and what it means."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.demo.apps import Api, Provider
from tools.demo.evidence import Finding, How
from tools.demo.services import Services
from tools.usage.measures import usd
from tools.usage.summary import Summary
from tools.usage.terminal import table_grid

# From this width on there is room for whole ids.
_WIDE = 116
_MOST_WIDTH = 140
PIPE_WIDTH = 120
_SHORT_ID_LENGTH = 8
_TITLE_WIDTH = 10
_MARK = "✓"
_USED = ("calls", "input", "output", "cost")

_APIS: dict[Api, str] = {"chat": "Chat", "responses": "Responses"}
_HOW: dict[How, str] = {"listed": "listed", "fetched": "by id", "not stored": "not stored"}
_HOW_WIDE = {**_HOW, "listed": "listed by metadata", "fetched": "fetched by id"}
_ACCOUNTS: dict[Provider, str] = {
    "openai": "one OpenAI key",
    "azure_openai": "one Azure OpenAI resource",
}
_PAGES: dict[Provider, str] = {
    "openai": "at platform.openai.com/logs (OpenAI)",
    "azure_openai": "under Stored completions at ai.azure.com (Azure)",
}


class Report:
    """Writes to a console; plain lines where it is no terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def headline(self) -> None:
        """Say what this is about."""
        self._print(Text("Which Dify app sent that request?", "bold"))

    def waiting(self, what: str) -> AbstractContextManager[object]:
        """Show that something is going on, where there is a terminal to show it on."""
        return self._console.status(what)

    def step(self, title: str, result: str) -> None:
        """Say what a step did; an empty title goes on with the step before."""
        self._print(Text.assemble((title.ljust(_TITLE_WIDTH), "bold cyan"), result))

    def table(self, findings: Sequence[Finding]) -> None:
        """Print a row per app, in it two lines per API: what was asked first, and the answer."""
        wide = self._width >= _WIDE
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
        table.add_column("App, dify_app_id", no_wrap=True)
        table.add_column("Calls", no_wrap=True)
        table.add_column("Tokens\nin / out", justify="right", no_wrap=True)
        table.add_column("Found at\nthe service" if wide else "Found", no_wrap=True)
        table.add_column("First question\nand its answer", no_wrap=True, ratio=1)
        for app_findings in _grouped(findings, lambda finding: finding.made.call.label):
            sender = app_findings[0].made.call.sender
            lines = _grouped(app_findings, lambda finding: finding.made.usage.api)
            # All that was due was found, else there were no table.
            name = f"{_MARK} {app_findings[0].made.call.label}"
            columns = [(name, f"  {_shown_id(sender.id, wide)}") if sender else (name,)]
            columns += zip(*(cells for line in lines for cells in _cells(line, wide)), strict=True)
            table.add_row(
                *(Text("\n".join(column)) for column in columns),
                style="" if sender else "dim",
                end_section=sender is not None,
            )
        self._console.print(table, width=self._width)

    def record(self, findings: Sequence[Finding]) -> None:
        """Print what the service tells of one request."""
        shown = next(finding for finding in findings if finding.how == "listed")
        call = shown.made.call
        self._print(Text(f"One of the records, as {shown.made.service.name} lists it:"))
        record = {"id": shown.made.usage.id, "metadata": dict(shown.metadata)}
        self._console.print(json.dumps(record, indent=2), soft_wrap=True)
        self._print(Text(f"dify_app_id is the id of {call.label} in Dify.\n"))

    def usage(self, used: Summary) -> None:
        """Print what each app used and cost."""
        (by_app,) = used.tables
        totals = used.totals
        cost = "unknown" if totals.cost is None else f"{usd(totals.cost)} USD"
        unpriced = f", {totals.unpriced} without a known price" if totals.unpriced else ""
        self._print(Text("What each app used, as `python -m tools.usage report` adds it up:"))
        grid = table_grid(self._width, used, by_app, len(by_app.groups), _USED)
        grid.title = None
        self._console.print(grid, width=self._width)
        self._print(
            Text(
                f"In all {totals.calls} calls, {totals.input} tokens in, {totals.output} out,"
                f" {cost}{unpriced}. Usage lines name the app with the switch off, too.\n"
            )
        )

    def meaning(self, findings: Sequence[Finding], services: Services, *, live: bool) -> None:
        """Say what was shown, where it happened, where to look and what to do next."""
        requests = sum(finding.how != "not stored" for finding in findings)
        shown = (
            f"Three apps share {_joined(_ACCOUNTS, services)}, and each of their {requests}"
            " requests says which app sent it: the plugin put the app's id into its metadata."
            " Chat Completions were listed by GET /v1/chat/completions?metadata[dify_app_id]=ID;"
            " Responses, which web search and reasoning summaries need, cannot be listed, so they"
            " were fetched by the ids in the plugin's usage lines."
        )
        where = (
            "The calls went to the real service, which keeps these prompts and answers until they"
            f" expire or you delete them: see them {_joined(_PAGES, services)}."
            if live
            else "All of it ran on this machine: the local service replayed recorded answers, and"
            " nothing was sent anywhere."
        )
        following = "Next: README.md says how to turn the switch on" + (
            "."
            if live
            else f"; your requests then appear {_joined(_PAGES, services)}. `--live` repeats this"
            " run with your own keys."
        )
        for paragraph in (shown, where, following):
            self._print(Text(paragraph))

    @property
    def _width(self) -> int:
        return min(self._console.width, _MOST_WIDTH)

    def _print(self, text: Text) -> None:
        # Who reads a pipe has a width of their own.
        in_pipe = not self._console.is_terminal
        self._console.print(text, width=None if in_pipe else self._width, soft_wrap=in_pipe)


def _grouped(findings: Sequence[Finding], key: Callable[[Finding], str]) -> list[Sequence[Finding]]:
    """Return the findings in groups of the same key, in the order of first appearance."""
    keys = dict.fromkeys(map(key, findings))
    return [[finding for finding in findings if key(finding) == wanted] for wanted in keys]


def _cells(findings: Sequence[Finding], wide: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return both lines of all cells but the first of the calls that one app made to one API."""
    count, first = len(findings), findings[0]
    usages = [finding.made.usage for finding in findings]
    tokens = f"{sum(usage.input for usage in usages)} / {sum(usage.output for usage in usages)}"
    how = (_HOW_WIDE if wide else _HOW)[first.how]
    found = how if first.how == "not stored" else f"{count} {how}"
    asked = _one_line(first.made.call.prompt)
    answered = _one_line(first.made.answer.rpartition("</think>")[2])
    calls = f"{count} {_APIS[first.made.usage.api]}"
    return (calls, tokens, found, asked), ("", "", "", f"→ {answered}")


def _shown_id(app_id: str, wide: bool) -> str:
    return app_id if wide else f"{app_id[:_SHORT_ID_LENGTH]}..."


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _joined(texts: dict[Provider, str], services: Services) -> str:
    return " and ".join(texts[provider] for provider in services)
