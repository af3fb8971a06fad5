"""Plays AI GO!'s part of a conversation: calls the snippet and echoes its last message.

The snippet's text is executed, as AI GO! does; the echo is made by AI GO!'s own function.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from latticeflow.core.dtypes import (
    ChatCompletionInput,
    ChatCompletionOutputMessage,
    OpenResponsesModelOutput,
    model_output_to_message,
)

from fakes.openai.json_types import JsonObject

SNIPPET = Path(__file__).parents[2] / "integrations" / "aigo" / "run_inference.py"
_NEW_PROCESS_SECONDS = 30
_NEW_PROCESS = """
import json, sys
call = json.load(sys.stdin)
namespace = {}
exec(call.pop("snippet"), namespace)
sys.stdout.write(namespace["run_inference"](**call))
"""

type Inference = Callable[[str, JsonObject], str]


def load_snippet() -> JsonObject:
    """Return the names that the snippet's text defines, executed on its own."""
    namespace: JsonObject = {}
    exec(SNIPPET.read_text(encoding="utf-8"), namespace)  # noqa: S102 - our own file
    return namespace


def infer_in_this_process(body: str, environment: JsonObject) -> str:
    """Execute the snippet's text anew for this call alone."""
    return str(load_snippet()["run_inference"](body, environment))


def infer_in_a_new_process(body: str, environment: JsonObject) -> str:
    """Execute the snippet's text in a process that has seen nothing before."""
    call = {
        "snippet": SNIPPET.read_text(encoding="utf-8"),
        "body": body,
        "environment": environment,
    }
    answered = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _NEW_PROCESS],
        input=json.dumps(call),
        capture_output=True,
        check=True,
        text=True,
        timeout=_NEW_PROCESS_SECONDS,
    )
    return answered.stdout


@dataclass(slots=True)
class Dialogue:
    """A multi-turn sample: everything that is known between two turns is `messages`."""

    environment: JsonObject
    infer: Inference = infer_in_this_process
    messages: list[Any] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Say something and return the text that would be scored."""
        self.messages.append({"role": "user", "content": text})
        body = ChatCompletionInput(messages=self.messages).model_dump_json()
        output = self.infer(body, self.environment)
        message = model_output_to_message(OpenResponsesModelOutput.model_validate_json(output))
        assert isinstance(message, ChatCompletionOutputMessage)
        self.messages.append(message)
        return str(message.content)

    @property
    def extras(self) -> JsonObject:
        """The extra fields of the last answer, as they are echoed."""
        return dict(self.messages[-1].model_extra)

    def forget_extras(self) -> None:
        """Drop the extra fields of every answer, as some helpers between the turns do."""
        self.messages = [
            message
            if isinstance(message, dict)
            else {"role": "assistant", "content": message.content}
            for message in self.messages
        ]
