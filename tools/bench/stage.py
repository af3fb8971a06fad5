"""Where a measure takes place: the upstream, the counts, and ready-made plugins and requests."""

import time
import uuid
from contextlib import closing
from dataclasses import dataclass

from fakes.dify_daemon.connection import request_line
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, invoke_llm
from tools.bench.driven_plugin import Batch, DrivenPlugin
from tools.bench.errors import BenchFailure
from tools.bench.recording import Trace
from tools.bench.scale import Scale
from tools.bench.script import Script
from tools.bench.subject import Api, Subject
from tools.bench.upstream_process import UpstreamProcess


@dataclass(frozen=True, slots=True)
class Stage:
    """One plugin, called through one API.

    tls: whether it is called over TLS.
    """

    upstream: UpstreamProcess
    scale: Scale
    subject: Subject
    api: Api
    tls: bool = False

    def start(self) -> closing[DrivenPlugin]:
        """Start a fresh process of the plugin for a `with` block."""
        trust = {"SSL_CERT_FILE": str(self.upstream.authorities)} if self.tls else {}
        return closing(DrivenPlugin(self.subject, trust))

    def batch(
        self,
        count: int,
        script: Script | None = None,
        *,
        prompt_bytes: int = 0,
        after: float = 0.0,
    ) -> Batch:
        """Return `count` equal requests: streams of a script, or plain calls without one."""
        url = self.upstream.tls_url if self.tls else self.upstream.url
        request = invoke_llm(
            self.subject.target(self.api, url),
            [user_message((script or Script(1)).to_prompt(prompt_bytes))],
            LLMOptions(stream=script is not None),
        )
        sessions = (str(uuid.uuid4()) for _ in range(count))
        return Batch({session: request_line(session, request) for session in sessions}, after)

    def ask(
        self, plugin: DrivenPlugin, script: Script | None = None, *, prompt_bytes: int = 0
    ) -> Trace:
        """Make one call and return its trace."""
        batch = self.batch(1, script, prompt_bytes=prompt_bytes)
        (trace,) = plugin.exchange([batch]).values()
        return checked(trace, script)

    def warm_up(self, plugin: DrivenPlugin, script: Script | None = None) -> None:
        """Make the calls that pay what only the first of their kind pay, and let it settle."""
        for _ in range(self.scale.warm_up_calls):
            self.ask(plugin, script)
        time.sleep(self.scale.settle_seconds)


def checked(trace: Trace, script: Script | None) -> Trace:
    """Return the trace of a complete answer.

    Raises:
        BenchFailure: something is missing: a fast answer must still be the whole answer.
    """
    if trace.error:
        raise BenchFailure(trace.error)
    if script is None and not any(text for _, text in trace.chunks):
        raise BenchFailure("A plain call was answered without any text.")
    if script is not None and (arrived := len(trace.delays_ms)) != script.deltas:
        raise BenchFailure(f"A stream of {script.deltas} deltas arrived with {arrived}.")
    if script is not None and script.mark and trace.stamps != script.marks:
        raise BenchFailure("A stream has deltas of another one, or not in their order.")
    return trace
