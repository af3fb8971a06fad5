"""One call of Dify on an API of the official client: deadline, attempts, headers, the usage line.

Every model type but language models is asked through here. It imports the client, so what is
loaded at a start must not import it (`background_import`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import httpx2
import openai

from models.attribution import Origin
from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import request_id_of
from models.service import leaving_out, refusals
from models.service.attempts import Deadline, attempts
from models.service.endpoint import Endpoint
from models.service.official_client import official_client, translated
from models.usage import Answered
from models.usage_line import UsageLine

type _Send[Answer] = Callable[[openai.OpenAI, leaving_out.Body], Answer]
# What Python raises over an answer that is not of the shape that its reader expects.
_MISSHAPEN = (ValueError, TypeError, AttributeError, LookupError)


@dataclass(slots=True)
class OfficialCall:
    """One call while it runs; it may ask several times, also from several greenlets at once.

    `answered` is what the usage line will say of a call that succeeds.
    """

    endpoint: Endpoint
    api: str
    origin: Origin
    line: UsageLine
    deadline: Deadline = field(init=False)
    answered: Answered | None = None

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.endpoint.limits.seconds)

    def ask[Answer](self, body: leaving_out.Body, send: _Send[Answer]) -> Answer:
        """Return what `send` gets of the client for a body, without what the endpoint refuses.

        `send` reads the whole answer, and raises one of Python's own errors for one that is none.
        Tried again where that can help. Raises ServiceError alone.
        """
        for attempt in attempts(self.deadline, self.endpoint.limits.attempts):
            with attempt:
                return refusals.doing_without(
                    self.endpoint,
                    self.api,
                    partial(leaving_out.without, body),
                    partial(self._send, send),
                )
        raise AssertionError("the last attempt returns or raises")

    def note_answer(self, response: httpx2.Response) -> None:
        """Note what the headers of an answer tell; of several answers the last one counts."""
        self.line.request_id = request_id_of(response)

    def _send[Answer](self, send: _Send[Answer], body: leaving_out.Body) -> Answer:
        headers = self.endpoint.attribution.headers(self.origin)
        client = official_client(self.endpoint, self.deadline, headers)
        return translated(lambda client: self._read(send, client, body), client, self.deadline)

    def _read[Answer](
        self, send: _Send[Answer], client: openai.OpenAI, body: leaving_out.Body
    ) -> Answer:
        try:
            return send(client, body)
        except _MISSHAPEN:
            said = Said(f"the answer is not one to a request for {self.api}")
            advice = f"Check that the API base URL serves {self.api}."
            raise ServiceError(Kind.SERVER, said, advice=advice) from None


@contextmanager
def official_call(endpoint: Endpoint, api: str, origin: Origin) -> Iterator[OfficialCall]:
    """Run one call of Dify, whose usage line is written in the end.

    `api` is the operation's name in the line and in the memory of refusals.
    """
    line = UsageLine(endpoint, api, origin)
    call = OfficialCall(endpoint, api, origin, line)
    error: str | None = None
    try:
        yield call
    except ServiceError as failure:
        line.request_id = failure.request_id or line.request_id
        error = failure.kind.value.__name__
        raise
    except GeneratorExit:
        error = "Abandoned"
        raise
    except Exception as fault:
        error = type(fault).__name__
        raise
    finally:
        line.write(call.answered, error)
