"""Plays AI GO!'s part of a conversation: calls the snippet and echoes its last message.

The echo is made by AI GO!'s own function.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from latticeflow.core.dtypes import ChatCompletionInput

from integrations.aigo import run_inference as snippet
from tests.connector.dify_events import Json
from tests.connector.turns import SNIPPET, Turn

_NEW_PROCESS_SECONDS = 30
_NEW_PROCESS = """
import json, sys
call = json.load(sys.stdin)
namespace = {}
exec(call.pop("snippet"), namespace)
sys.stdout.write(namespace["run_inference"](**call))
"""

type Inference = Callable[[str, Json], str]


def infer_in_a_new_process(body: str, environment: Json) -> str:
    """Execute the snippet's text in a process that has seen nothing before."""
    text = SNIPPET.read_text(encoding="utf-8")
    answered = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _NEW_PROCESS],
        input=json.dumps({"snippet": text, "body": body, "environment": environment}),
        capture_output=True,
        check=True,
        text=True,
        timeout=_NEW_PROCESS_SECONDS,
    )
    return answered.stdout


@dataclass(slots=True)
class Dialogue:
    """A multi-turn sample: everything that is known between two turns is `messages`."""

    environment: Json
    infer: Inference = snippet.run_inference
    messages: list[Any] = field(default_factory=list)

    def say(self, text: str) -> Turn:
        """Say something."""
        self.messages.append({"role": "user", "content": text})
        body = ChatCompletionInput(messages=self.messages).model_dump_json()
        turn = Turn(self.infer(body, self.environment))
        self.messages.append(turn.message)
        return turn

    def forget_extras(self) -> None:
        """Drop the extra fields of every answer, as some helpers between the turns do."""
        self.messages = [
            message
            if isinstance(message, dict)
            else {"role": "assistant", "content": message.content}
            for message in self.messages
        ]
