"""One turn with the connector, read as AI GO! reads it: with the SDK's own data types."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from latticeflow.core.dtypes import ChatCompletionOutputMessage, OpenResponsesModelOutput
from latticeflow.core.dtypes._model_io import model_output_to_message
from latticeflow.core.dtypes._solver_output import SolverTrace
from latticeflow.core.dtypes._trace import Trace

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.replies import Reply, to_bytes
from integrations.aigo import run_inference as snippet
from tests.connector.dify_events import Json

KEY = "app-the-key-of-the-app"
SNIPPET = Path(snippet.__file__)


@dataclass(frozen=True, slots=True)
class Tool:
    """A call in the trace, with its output where it has one."""

    name: str
    arguments: Json
    output: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What `run_inference` returned."""

    text: str

    @property
    def output(self) -> Json:
        """The JSON that was returned."""
        output = json.loads(self.text)
        assert isinstance(output, dict)
        return output

    @property
    def items(self) -> list[Json]:
        """The items of the trace."""
        return list(self.output["items"])

    @property
    def kinds(self) -> list[str]:
        """The types of the items, in order."""
        return [item["type"] for item in self.items]

    @property
    def message(self) -> ChatCompletionOutputMessage:
        """The message that AI GO! makes of the turn and sends back with the next one."""
        parsed = OpenResponsesModelOutput.model_validate_json(self.text)
        message = model_output_to_message(parsed)
        assert isinstance(message, ChatCompletionOutputMessage)
        return message

    @property
    def echo(self) -> Json:
        """The fields of that message."""
        return self.message.model_dump()

    @property
    def answer(self) -> str:
        """The text that is scored."""
        return str(self.echo["content"])

    @property
    def part(self) -> Json:
        """The content part of the answer, with what is bulky about it."""
        (part,) = self.items[-1]["content"]
        assert isinstance(part, dict)
        return part

    @property
    def texts(self) -> list[str]:
        """The texts of all messages of the trace."""
        messages = [item for item in self.items if item["type"] == "message"]
        return [part["text"] for message in messages for part in message["content"]]

    @property
    def tools(self) -> list[Tool]:
        """The calls of the trace, joined with their outputs."""
        outputs = {
            item["call_id"]: item["output"]
            for item in self.items
            if item["type"] == "function_call_output"
        }
        return [
            Tool(
                item["name"],
                json.loads(item["arguments"]),
                outputs.get(item["call_id"]),
                item["status"],
            )
            for item in self.items
            if item["type"] == "function_call"
        ]


def trace_of(*turns: Turn) -> SolverTrace:
    """Return what a scorer is given after these turns."""
    question = {
        "type": "message",
        "id": "",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": "A question."}],
    }
    items = [item for turn in turns for item in (question, *turn.items)]
    parsed = OpenResponsesModelOutput.model_validate({"items": items})
    return SolverTrace(trace=Trace.from_items(parsed.items), raw_outputs=[])


def user(text: str) -> Json:
    """Return a user's message."""
    return {"role": "user", "content": text}


def body_of(*messages: Json) -> str:
    """Return the body of a request; a single question if nothing is given."""
    return json.dumps({"messages": messages or [user("What is the weather?")]})


def environment_of(app: DifyApp, **settings: Any) -> Json:
    """Return an environment for an app; a setting is named without `DIFY_`."""
    named = {f"DIFY_{name.upper()}": value for name, value in settings.items()}
    return {"DIFY_URL": app.url, "DIFY_API_KEY": app.key, "DIFY_RETRIES": 0, **named}


def ask(app: DifyApp, *messages: Json, sample: Json | None = None, **settings: Any) -> Turn:
    """Take one turn."""
    environment = environment_of(app, **settings)
    return Turn(snippet.run_inference(body_of(*messages), environment, sample))


def reply_of(*events: Json, **options: Any) -> Reply:
    """Return a reply with these events."""
    return Reply((to_bytes(events),), **options)


def converse(app: DifyApp, events: Sequence[Json], **settings: Any) -> Turn:
    """Take one turn that is answered with `events`."""
    app.plan(reply_of(*events))
    return ask(app, **settings)
