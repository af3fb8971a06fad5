"""The order of the checks, a line for each, and what the daemon's log holds afterwards."""

import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import yaml
from rich.console import Console

from fakes.dify_daemon.errors import PluginFailure
from fakes.openai.audio import TRANSCRIPT
from fakes.openai.process import ServiceProcess
from tools.check.errors import CheckFailure
from tools.check.host import calls, packages
from tools.check.host.daemon_client import DaemonClient
from tools.check.host.run import ROOT, HostOptions, HostRun
from tools.package.archive import read_archive
from tools.package.build import build
from tools.package.bundle import packages_in
from tools.progress import Progress

_CHECK_SECONDS = 20.0  # to expect
_FORBIDDEN = {
    "a key": re.compile(r"sk-local-[0-9a-f]{32}"),
    "a prompt or an answer": re.compile("canary"),
    "what was heard": re.compile(re.escape(TRANSCRIPT)),
    "a chained exception": re.compile("During handling of the above|direct cause of the follow"),
}


def check_host(console: Console, options: HostOptions) -> None:
    """Install the packages in a workspace of their own, make every check, remove them.

    Raises:
        CheckFailure: a check does not hold, or the packages could not be installed.
    """
    log_begin = options.log.stat().st_size if options.log else 0
    with DaemonClient.at(options.daemon, options.key) as daemon, ServiceProcess() as service:
        daemon.plugins()  # is it one, and is the key right?
        with tempfile.TemporaryDirectory() as folder:
            made = build(ROOT, Path(folder), lambda *_: None).artifacts
        bundle = next(artifact.content for artifact in made if artifact.path.endswith(".difybndl"))
        by_provider = {
            str(yaml.safe_load(read_archive(package).files["manifest.yaml"])["name"]): package
            for package in packages_in(bundle)
        }
        run = HostRun(daemon, service, options, bundle, by_provider, log_begin)
        failed = []
        with Progress(len(_CHECKS) * _CHECK_SECONDS) as progress:
            for name, check in _CHECKS.items():
                progress.step(name, _CHECK_SECONDS)
                if not _holds(console, run, name, check):
                    failed.append(name)
    if failed:
        raise CheckFailure(f"not as it should be: {', '.join(failed)}")


def _holds(console: Console, run: HostRun, name: str, check: Callable[[HostRun], str]) -> bool:
    """Make one check and print its line; without plugins there is nothing to go on with."""
    try:
        words, holds = check(run), True
    except (CheckFailure, PluginFailure) as failure:
        if name == _INSTALLATION:
            raise
        words, holds = str(failure), False
    line = f"{'ok' if holds else 'NOT SO':6}  {name}: {words}"
    style = "" if holds else "red"
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    return holds


def _log(run: HostRun) -> str:
    """Search what the daemon has logged meanwhile."""
    text = run.log_text()
    if text is None:
        return "not looked at; give --log FILE"
    if not text:
        raise CheckFailure(f"the daemon has written nothing to {run.options.log}")
    found = {what: len(pattern.findall(text)) for what, pattern in _FORBIDDEN.items()}
    if any(found.values()):
        raise CheckFailure(", ".join(f"{what} {times} times" for what, times in found.items()))
    return f"no key, prompt or answer in {len(text) / 1e6:.1f} MB"


_INSTALLATION = "installation"
_CHECKS: Mapping[str, Callable[[HostRun], str]] = {
    "signatures": packages.signatures,
    _INSTALLATION: packages.installation,
    "icons": packages.icons,
    "providers": packages.providers,
    "validation": calls.validation,
    "invocations": calls.invocations,
    "model types": calls.model_types,
    "apps at once": calls.apps_at_once,
    "long answers": calls.long_answers,
    "faults": calls.faults,
    "upgrade under calls": packages.upgrade,
    "log": _log,
}
