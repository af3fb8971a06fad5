"""Who takes part: plugins, and the raw openai client in a plugin's environment."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from tools.bench.errors import BenchFailure
from tools.bench.measures import MEASURES, NEEDS_UPSTREAM, RAW_MEASURES, Metrics
from tools.bench.scale import Scale
from tools.bench.stage import Stage
from tools.bench.subject import APIS, Api, Subject
from tools.bench.upstream_process import UpstreamProcess

_RAW_CLIENT = Path(__file__).with_name("raw_client.py")
_RAW_SECONDS = 180.0


class Contender(Protocol):
    """Whatever can be measured: a column of the table."""

    @property
    def title(self) -> str:
        """Its name in results."""
        ...

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        ...

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs it is measured with."""
        ...

    def takes(self, measure: str) -> bool:
        """Return whether a measure says anything about it."""
        ...

    def run(self, measure: str, api: Api) -> Metrics:
        """Measure once, in a fresh process. Raises BenchFailure."""
        ...


@dataclass(frozen=True, slots=True)
class PluginContender:
    """A plugin as the daemon runs it."""

    subject: Subject
    upstream: UpstreamProcess
    scale: Scale
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Its name in results."""
        return self.subject.title

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.subject.python

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs it is measured with."""
        return self.subject.apis

    def takes(self, measure: str) -> bool:
        """Return whether a measure says anything about it."""
        return not (self.subject.answers_itself and measure in NEEDS_UPSTREAM)

    def run(self, measure: str, api: Api) -> Metrics:
        """Measure once, in a fresh process. Raises BenchFailure."""
        stage = Stage(self.upstream, self.scale, self.subject, api, self.environment)
        return MEASURES[measure](stage)

    def compile(self) -> None:
        """Start it once, so that no measured start compiles its modules."""
        self.run("start", self.apis[0])


@dataclass(frozen=True, slots=True)
class RawClient:
    """The openai package with one reused client, without plugin, SDK or gevent."""

    title: str
    python: Path
    upstream: UpstreamProcess
    scale: Scale
    apis: tuple[Api, ...] = APIS

    def takes(self, measure: str) -> bool:
        """Return whether a measure says anything about it."""
        return measure in RAW_MEASURES

    def run(self, measure: str, api: Api) -> Metrics:
        """Measure once, in a fresh process. Raises BenchFailure."""
        tls = measure == "tls_call"
        environment = {"PATH": os.environ.get("PATH", "")}
        if tls:
            environment["SSL_CERT_FILE"] = str(self.upstream.authorities)
        settings = {
            "measure": measure,
            "api": api,
            "url": self.upstream.tls_url if tls else self.upstream.url,
            **asdict(self.scale),
        }
        ended = subprocess.run(
            [self.python, _RAW_CLIENT, json.dumps(settings)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_RAW_SECONDS,
            check=False,
        )
        if ended.returncode:
            last_line = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
            raise BenchFailure(f"The raw client failed; its stderr ends with: {last_line}")
        return dict(json.loads(ended.stdout))
