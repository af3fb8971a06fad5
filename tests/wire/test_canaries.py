"""Every fault of the local service on every route: what it quotes is in the one sentence, masked,
and nowhere else."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import get_args

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from fakes.dify_daemon.session import Session
from fakes.openai.steps import Fault
from tests.wire.ends import ROUTES, Wire

ROOT = Path(__file__).parents[2]
FAULTS: tuple[str, ...] = get_args(Fault.model_fields["kind"].annotation)
PROMPT = "canary-prompt-nobody-may-log"
ANSWER = "canary-answer-nobody-may-log"
HEADER = "canary-of-a-gateway-0123456789"
PASSWORD = "canary-password-0123456789"


@pytest.fixture(scope="module")
def careful_plugin() -> Iterator[PluginProcess]:
    """A process of its own, whose output holds these calls alone."""
    with PluginProcess(ROOT) as process:
        yield process


def told(session: Session) -> tuple[str, str]:
    """Return a failure's sentence and what is told beside it, two empty texts for an answer."""
    try:
        read_llm_answer(session)
    except PluginError as failure:
        return failure.message, " ".join(map(str, failure.details.values()))
    return "", ""


@pytest.mark.parametrize(
    ("route", "stream"), [*zip(ROUTES, cycle((True, False)), strict=False), ("openai-chat", False)]
)
def test_no_fault_lets_a_secret_or_a_prompt_out(
    wire: Wire, careful_plugin: PluginProcess, route: str, stream: bool
) -> None:
    wire = replace(wire, plugin=careful_plugin)
    secrets = (wire.key, HEADER, PASSWORD)
    quoted = f"Bearer {wire.key}, {HEADER}, {PROMPT}"
    address = str(wire.target(route).credentials["openai_api_base"])
    target = wire.target(
        route,
        openai_api_base=f"{address.replace('://', f'://user:{PASSWORD}@')}#{PASSWORD}",
        extra_headers=f"X-Gateway: {HEADER}",
        enable_request_metadata="enabled",
        max_attempts="1",
    )
    silent = replace(target, credentials={**target.credentials, "request_timeout": "1"})
    for step in [*[{"fault": fault, "text": quoted} for fault in FAULTS], {"text": ANSWER}]:
        wire.plan(step)
        messages = [user_message(PROMPT)]
        asked = silent if step.get("fault") == "timeout" else target
        sentence, beside = told(wire.open_call(asked, LLMOptions(stream=stream), messages=messages))
        assert bool(sentence) == ("fault" in step)
        assert not [secret for secret in secrets if secret in sentence + beside]
        # The SDK repeats the sentence; it is what the service says to the caller.
        assert not [text for text in (PROMPT, ANSWER) if text in beside.replace(sentence, "")]
    log = [record.message for record in careful_plugin.log]
    output = f"{log} {careful_plugin.errors} {careful_plugin.noise}"
    output += careful_plugin.child.stderr_tail
    assert len(log) >= len(FAULTS)
    assert not [text for text in (*secrets, PROMPT, ANSWER) if text in output]
