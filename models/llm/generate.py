"""The one join: an invocation and an endpoint -> the events of the answer.

Every call of all four routes passes here: the API is chosen, the answer made, failures told in
Dify's words, and the usage line written. One attempt at an answer is in `answer`.
"""

from collections.abc import Generator

from models.failures.failure import ServiceError, empty_answer, told_to_dify
from models.llm.answer import AnswerAttempts
from models.llm.invocation import Invocation
from models.llm.parameters import wants_stream
from models.llm.reply import Reply, ReplyEvent, ReplyFinished
from models.service.endpoint import Endpoint

# In the usage line, for a call whose answer nobody read to its end.
_ABANDONED = "Abandoned"


def generate(
    invocation: Invocation, endpoint: Endpoint, *, may_be_empty: bool = False
) -> Generator[ReplyEvent]:
    """Yield the answer's text and then, once and last, its end.

    Raises one of Dify's Invoke errors and nothing else. An answer that was cut off before it said
    anything is one of them, unless it `may_be_empty`.
    """
    with told_to_dify(endpoint.service, lambda: endpoint.connection.secrets):
        yield from events_of(invocation, endpoint, may_be_empty=may_be_empty)


def events_of(
    invocation: Invocation, endpoint: Endpoint, *, may_be_empty: bool = False
) -> Generator[ReplyEvent]:
    """Yield the same, but raise ServiceError for what a service or the network did."""
    answer = AnswerAttempts.begin(invocation, endpoint)
    streamed = wants_stream(invocation, endpoint)
    reply: Reply | None = None
    error: str | None = _ABANDONED
    try:
        for event in answer.events():
            if isinstance(event, ReplyFinished):
                reply = event.reply
                if not may_be_empty:
                    _refuse_nothing(reply)
                error = None
            elif streamed:
                answer.line.note_first_text()
            yield event
    except ServiceError as failure:
        answer.line.request_id = failure.request_id or answer.line.request_id
        error = failure.kind.value.__name__
        raise
    except Exception as fault:
        error = type(fault).__name__
        raise
    finally:
        answer.line.write(reply.answered if reply else None, error)


def _refuse_nothing(reply: Reply) -> None:
    """Raise a ServiceError if a reply that was cut off has neither text, reasoning nor calls."""
    if reply.content or reply.tool_calls:
        return
    if (failure := empty_answer(reply.finish_reason)) is not None:
        raise failure
