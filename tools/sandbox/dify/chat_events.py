"""The stream of a chat app, and the endings that every app without a workflow shares."""

from tools.sandbox.dify.answers import Script
from tools.sandbox.dify.errors import DifyError
from tools.sandbox.dify.turn import Turn
from tools.sandbox.json_types import JsonObject


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
