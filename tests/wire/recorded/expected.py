"""What Dify must be given for a recorded answer, read by the openai package's own models.

Nothing here comes from the plugin. The package's `construct` reads as its client does: it keeps
what it does not know and complains about nothing.
"""

from dataclasses import dataclass, replace
from itertools import groupby

from pydantic import JsonValue

from tests.wire.turns import Call

type Json = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the service counted; `input` includes `cached` and `cache_write`."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the answer in its order: a text, or a summary of the model's reasoning."""

    text: str
    thought: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success. `tokens` is None where the service reported none."""

    id: str
    model: str
    pieces: tuple[Piece, ...]
    finish: str
    tokens: Tokens | None
    calls: tuple[Call, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    """Title and URL of each web page that the text cites, each URL once."""
    opaque_body: JsonValue = None

    @property
    def text(self) -> str:
        """The text with the reasoning before it, as Dify shows it."""
        return "".join(
            _thought([piece.text for piece in group])
            if thought
            else "".join(piece.text for piece in group)
            for thought, group in groupby(self.pieces, key=lambda piece: piece.thought)
        )

    @property
    def text_with_sources(self) -> str:
        """The text with the list of cited pages, for a call that asked for a web search."""
        if not self.pages:
            return self.text
        lines = [f"{n}. [{title}]({url})" for n, (title, url) in enumerate(self.pages, start=1)]
        return f"{self.text}\n\nSources:\n" + "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error, by the name of Dify's class for it."""

    error_type: str


type Expected = Answer | Failure

BAD_REQUEST = Failure("InvokeBadRequestError")
UNAVAILABLE = Failure("InvokeServerUnavailableError")
RATE_LIMIT = Failure("InvokeRateLimitError")

_BY_STATUS = {
    401: Failure("InvokeAuthorizationError"),
    403: Failure("InvokeAuthorizationError"),
    408: UNAVAILABLE,
    409: UNAVAILABLE,
    429: RATE_LIMIT,
}
_BY_CODE = {
    "insufficient_quota": RATE_LIMIT,
    "rate_limit_exceeded": RATE_LIMIT,
    "server_error": UNAVAILABLE,
}
# The legacy word for a call, and an answer that says it called but has no call that can be read.
_CALLED = {"tool_calls": "stop", "function_call": "stop"}
_CUT_OFF = {"length", "content_filter"}


def failure_of_status(status: int) -> Failure:
    """Return the failure of an HTTP status from 400 on."""
    return _BY_STATUS.get(status, UNAVAILABLE if status >= 500 else BAD_REQUEST)


def failure_of_code(code: str | None) -> Failure:
    """Return the failure of an error that came inside an answer."""
    return _BY_CODE.get(code or "", BAD_REQUEST)


def handed_over(answer: Answer) -> Expected:
    """Apply what holds for every answer: calls decide the finish, and nothing is no success."""
    if answer.finish in _CUT_OFF:
        answer = replace(answer, calls=())
    elif answer.calls:
        answer = replace(answer, finish="tool_calls")
    else:
        answer = replace(answer, finish=_CALLED.get(answer.finish, answer.finish))
    nothing = not answer.calls and not answer.text
    return BAD_REQUEST if nothing and answer.finish in _CUT_OFF else answer


def _thought(summaries: list[str]) -> str:
    return "<think>\n" + "\n\n".join(summaries) + "\n</think>\n"
