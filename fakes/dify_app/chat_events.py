"""The stream of a chat app, and the endings that every app without a workflow shares."""

from fakes.dify_app.answers import Script
from fakes.dify_app.errors import DifyError
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject


def body(turn: Turn, script: Script) -> list[JsonObject]:
    """Return the deltas of the answer."""
    return [
        turn.text_event("message", piece, from_variable_selector=None) for piece in script.pieces
    ]


def closing(turn: Turn, _script: Script, answer: str) -> list[JsonObject]:
    """Return what follows a whole answer."""
    return [turn.message_end(answer)]


def stopped(turn: Turn, answer: str) -> list[JsonObject]:
    """Return what follows a stopped answer: the same as after a whole one."""
    return [turn.message_end(answer)]


def failed(turn: Turn, failure: DifyError) -> list[JsonObject]:
    """Return what ends a stream that failed."""
    return [turn.error(failure.to_json())]
