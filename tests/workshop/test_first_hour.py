"""An operator's first hour: the commands of the pages pasted in order, until tokens are told.

Only three things are not as on an operator's machine: the local service has the addresses of the
real ones, `docker` prints the log of a plugin that runs here, and `curl` need not be installed.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fakes.dify_daemon.log_lines import text_line
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from tests.workshop.usage.daemon_lines import FOREIGN
from tools.demo.apps import CALLS
from tools.demo.services import Services, script
from tools.demo.traffic import MadeCall, make_calls

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
_, _, FIRST_HOUR = README.partition("\n## Install it in Dify\n")
FENCED = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PRINTED = re.compile(r"^```\n(usage \{.*\})\n```$", re.MULTILINE)
(APP_ID,) = re.findall(r"^APP_ID=([0-9a-f-]{36})$", FIRST_HOUR, re.MULTILINE)
ENDED = "-- end of a block --"
SECONDS = 120
PROVIDERS = ("openai", "azure_openai")
DOCKER = """\
#!/bin/sh
set -eu
case "$*" in
    "compose --project-directory $HOME/dify/docker logs --no-log-prefix plugin_daemon") ;;
    *) echo "docker: $*: no log of the plugin daemon" >&2; exit 1 ;;
esac
cat "$HOME/daemon.log"
"""
CURL = f"""\
#!{sys.executable}
import sys
import httpx2
options, url, header, value = sys.argv[1:]
# Without -g curl takes the brackets for a range.
assert (options, header) == ("-sg", "-H"), sys.argv
answer = httpx2.get(url, headers=[tuple(value.split(": ", 1))], trust_env=False)
print(answer.raise_for_status().text)
"""


def blocks_of(page: str) -> list[str]:
    """Return what a page says to paste."""
    return FENCED.findall(page)


def section_of(page: str, title: str) -> str:
    """Return the text below a heading of the second level, up to the next one."""
    _, _, after = (ROOT / page).read_text("utf-8").partition(f"\n## {title}\n")
    return after.partition("\n## ")[0]


@dataclass(frozen=True, slots=True)
class Machine:
    """An operator's machine: a clone, a home with the daemon's log in it, and what was called."""

    clone: Path
    home: Path
    made: tuple[MadeCall, ...]
    services: Services
    address: str

    @property
    def of_app(self) -> list[MadeCall]:
        """The calls of README's app."""
        return [made for made in self.made if made.call.app and made.call.app.id == APP_ID]

    def paste(self, blocks: list[str]) -> list[str]:
        """Paste blocks into one shell that ends with the first failure; return what each prints."""
        pasted = "".join(f"{block}\necho '{ENDED}'\n" for block in blocks)
        for name in ("api.openai.com", "RESOURCE.openai.azure.com"):
            pasted = pasted.replace(f"https://{name}", self.address)
        ended = subprocess.run(  # noqa: S603 - our own pages
            ["bash", "-euo", "pipefail", "-c", pasted],  # noqa: S607
            cwd=self.clone,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
        *printed, rest = ended.stdout.split(f"{ENDED}\n")
        assert rest == ""
        return printed

    def _environment(self) -> dict[str, str]:
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        own = Path(sys.executable).parent
        return {
            "UV_CACHE_DIR": str(Path(caches, "uv")),
            **os.environ,
            "HOME": str(self.home),
            "PATH": os.pathsep.join((str(self.home / "bin"), str(own), os.environ["PATH"])),
            # The tests' environment has every group.
            "UV_PROJECT_ENVIRONMENT": sys.prefix,
            "UV_NO_SYNC": "1",
            "OPENAI_API_KEY": self.services["openai"].api_key,
            "AZURE_OPENAI_API_KEY": self.services["azure_openai"].api_key,
        }


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Return a machine whose Dify has three apps, one of them README's, and their calls made."""
    folder = tmp_path_factory.mktemp("machine")
    clone, home = folder / "clone", folder / "home"
    for made in (clone, home / "bin"):
        made.mkdir(parents=True)
    for name in {path.split("/")[0] for path in _tracked()}:
        (clone / name).symlink_to(ROOT / name)
    for name, text in {"docker": DOCKER, "curl": CURL}.items():
        (home / "bin" / name).write_text(text, "utf-8")
        (home / "bin" / name).chmod(0o755)
    with ServiceProcess() as service, PluginProcess(ROOT) as plugin:
        first = CALLS[0].app
        assert first is not None
        app = replace(first, id=APP_ID)
        calls = [replace(call, app=app) if call.app == first else call for call in CALLS]
        services = script(service, calls)
        answered = make_calls(plugin, calls, services)
        lines = [
            text_line(record, message_first=bool(number % 2))
            for number, record in enumerate(plugin.log)
        ]
        log = "\n".join((*FOREIGN, *lines, *FOREIGN, ""))
        (home / "daemon.log").write_text(log, "utf-8")
        yield Machine(clone, home, answered, services, service.url)


def _tracked() -> list[str]:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return [path.name for path in ROOT.iterdir() if path.name[0] != "."]
    listed = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    return listed.stdout.splitlines()


def usage_lines(printed: str) -> list[dict[str, object]]:
    """Return the usage lines that were printed, one on each line."""
    return [json.loads(line.removeprefix("usage ")) for line in printed.splitlines()]


def row_of_app(report: str) -> dict[str, str]:
    """Return the app's row of a printed report, by the titles of its columns."""
    rows = [re.split(r" {2,}", line.strip()) for line in report.splitlines()]
    (titles,) = (row for row in rows if row[0] == "App")
    (row,) = (row for row in rows if row[0] == APP_ID)
    return dict(zip(titles, row, strict=True))


def assert_the_apps_answers_are_listed(machine: Machine, provider: str, printed: str) -> None:
    """Hold a printed list against the calls that were made on Chat Completions."""
    due = {
        made.usage.id
        for made in machine.of_app
        if made.service.provider == provider and made.usage.api == "chat"
    }
    assert due
    assert {record["id"] for record in json.loads(printed)["data"]} == due


def assert_tokens_are_told(machine: Machine, report: str) -> None:
    """Hold a printed report against the calls that were made."""
    row, usages = row_of_app(report), [made.usage for made in machine.of_app]
    told = [int(row[title].replace(",", "")) for title in ("Calls", "Input", "Output")]
    summed = [sum(usage.input for usage in usages), sum(usage.output for usage in usages)]
    assert told == [len(usages), *summed]
    assert float(row["Cost"]) > 0
    page = (machine.clone / "usage.html").read_text("utf-8")
    assert "<table" in page
    assert APP_ID in page


@pytest.fixture(scope="module")
def hour(machine: Machine) -> list[str]:
    """Paste README's blocks and return what each prints."""
    return machine.paste(blocks_of(FIRST_HOUR))


def test_readme_leads_from_nothing_to_an_apps_tokens(machine: Machine, hour: list[str]) -> None:
    built, at_openai, at_azure, used, logged = hour
    assert "openai-suite-1.0.0.difybndl" in built
    assert_the_apps_answers_are_listed(machine, "openai", at_openai)
    assert_the_apps_answers_are_listed(machine, "azure_openai", at_azure)
    assert f"standard input: {len(CALLS)} read\n" in used
    assert_tokens_are_told(machine, used)
    lines = usage_lines(logged)
    assert [line["id"] for line in lines] == [made.usage.id for made in machine.made]
    (shown,) = PRINTED.findall(FIRST_HOUR)
    assert usage_lines(shown)[0].keys() == lines[0].keys()


@pytest.mark.usefixtures("hour")
def test_what_is_built_is_signed_for_the_daemon_as_the_page_of_installing_says(
    machine: Machine,
) -> None:
    (said,) = machine.paste(blocks_of(section_of("docs/install.md", "Signatures")))
    assert "openai-suite-1.0.0.signed.difybndl: signed as " in said
    keys = machine.home / "dify/docker/volumes/plugin_daemon/public_keys"
    assert (keys / "team.public.pem").read_bytes() == (
        machine.home / "team.public.pem"
    ).read_bytes()


def test_the_page_of_the_report_has_readmes_commands() -> None:
    page = blocks_of(section_of("docs/usage.md", "Three commands"))
    (readme,) = (block for block in blocks_of(FIRST_HOUR) if "report --html" in block)
    assert [line.strip() for block in page for line in block.splitlines()] == readme.splitlines()


def page_after_installing(provider: str) -> str:
    """Return the page that Dify shows of an installed package."""
    return (ROOT / f"provider/README_{provider}.md").read_text("utf-8")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_page_after_an_installation_leads_to_an_apps_tokens(
    machine: Machine, provider: str
) -> None:
    for left in machine.clone.glob("usage.*"):
        left.unlink()
    listed, logged, used = machine.paste(blocks_of(page_after_installing(provider)))
    assert_the_apps_answers_are_listed(machine, provider, listed)
    assert [line["id"] for line in usage_lines(logged)] == [made.usage.id for made in machine.made]
    assert_tokens_are_told(machine, used)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_page_after_an_installation_has_readmes_commands(provider: str) -> None:
    page = blocks_of(page_after_installing(provider))
    readme = [line for block in blocks_of(FIRST_HOUR) for line in block.splitlines()]
    assert {line for block in page for line in block.splitlines()} < {*readme}
