"""The one way to vectors: texts in pieces, pieces in requests, answers back in the texts' order.

Loaded with the first call: it brings the official client.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import gevent
import httpx2
import openai
from pydantic import JsonValue
from pydantic_core import from_json

from models.attribution import Origin, digest
from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.failures.too_much import is_too_much
from models.service.endpoint import Endpoint
from models.service.leaving_out import Body
from models.service.official_call import OfficialCall, official_call
from models.text_embedding.limits import Texts, refuse_too_long_a_result
from models.text_embedding.pieces import Piece, divided, pieces_of, requests_of
from models.text_embedding.vectors import Vector, average, is_usable, read_vector, shortened
from models.usage import Answered, TokenUsage, count_in, total_usage

# Of one call. Dify itself makes about ten calls at once when it indexes documents.
_REQUESTS_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one request gave: a vector for each piece; `model` is the service's name of it."""

    pieces: Sequence[Piece]
    vectors: Sequence[Vector]
    usage: TokenUsage
    model: str


def embed(endpoint: Endpoint, wanted: Texts, origin: Origin) -> tuple[list[list[float]], Answered]:
    """Return a vector for each text, in their order, and what the service told of them.

    Raises ServiceError for what a service or the network did.
    """
    with official_call(endpoint, "embeddings", origin) as call:
        pieces = pieces_of([_sendable(text) for text in wanted.texts], wanted.most_tokens)
        requests = list(requests_of(pieces))
        with ThreadPoolExecutor(min(len(requests), _REQUESTS_AT_ONCE)) as pool:
            asked = pool.map(lambda group: _Request(call, wanted).answers(group), requests)
            answers = [answer for group in asked for answer in group]
        usage = total_usage(answer.usage for answer in answers)
        call.answered = Answered(None, answers[0].model, usage)
        return _in_order(answers, wanted), call.answered


@dataclass(frozen=True, slots=True)
class _Request:
    """How a group of pieces is asked for: at once, or in smaller groups where it is too much."""

    call: OfficialCall
    wanted: Texts

    def answers(self, group: Sequence[Piece]) -> list[_Answer]:
        try:
            return [self.call.ask(self._body(group), partial(self._send, group))]
        except ServiceError as failure:
            parts = divided(group) if is_too_much(failure) else None
            if parts is None:
                raise
        return [answer for part in parts for answer in self.answers(part)]

    def _body(self, group: Sequence[Piece]) -> Body:
        body: Body = {
            "model": self.call.endpoint.model,
            "input": [piece.text for piece in group],
            "encoding_format": "base64",
        }
        if self.wanted.dimensions is not None:
            body["dimensions"] = self.wanted.dimensions
        if self.call.origin.user:
            body["user"] = digest(str(self.call.origin.user))
        return body

    def _send(self, group: Sequence[Piece], client: openai.OpenAI, body: Body) -> _Answer:
        # Not by `embeddings.create`, which asks for base64 also where the body leaves that out.
        response = client.post("/embeddings", body=body, cast_to=httpx2.Response)
        self.call.note_answer(response)
        answered = from_json(response.content)
        if not answered.get("data") and answered.get("error"):
            raise from_error_body(answered)
        vectors = _vectors(answered["data"], len(group))
        for piece, vector in zip(group, vectors, strict=True):
            self._check(vector, piece.number)
        return _Answer(group, vectors, _usage(answered, group), str(answered.get("model") or ""))

    def _check(self, vector: Vector, number: int) -> None:
        of = f"text {number + 1} of {len(self.wanted.texts)}"
        if not is_usable(vector):
            raise _wrong_answer(
                f"the vector of {of} has no direction: it holds no numbers, or only zeros"
            )
        if self.wanted.dimensions not in {None, len(vector)}:
            raise _wrong_answer(
                f"the vector of {of} has {len(vector)} numbers where {self.wanted.dimensions} were "
                "asked for, so this model takes no `dimensions`"
            )


def _sendable(text: str) -> str:
    """Return a text that UTF-8 can carry."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _vectors(data: Sequence[Mapping[str, JsonValue]], count: int) -> list[Vector]:
    """Return the vectors of an answer in the order of the pieces that were sent."""
    if len(data) != count:
        raise _wrong_answer(f"there are {len(data)} vectors for {count} texts")
    places = [item.get("index") for item in data]
    # Servers that say nothing of the order, or 0 of all, keep it.
    if len(set(places)) > 1:
        if sorted(map(str, places)) != sorted(map(str, range(count))):
            raise _wrong_answer(f"the vectors of {count} texts do not say whose they are")
        data = sorted(data, key=lambda item: int(str(item["index"])))
    return [read_vector(item["embedding"]) for item in data]


def _in_order(answers: Sequence[_Answer], wanted: Texts) -> list[list[float]]:
    """Return a vector for each text; that of a text in pieces is their average by length."""
    found = [pair for answer in answers for pair in zip(answer.pieces, answer.vectors, strict=True)]
    sizes = {len(vector) for _, vector in found}
    if len(sizes) > 1:
        raise _wrong_answer(f"the vectors have {' and '.join(map(str, sorted(sizes)))} numbers")
    refuse_too_long_a_result(len(wanted.texts), sizes.pop())
    return list(_joined(found))


def _joined(found: Sequence[tuple[Piece, Vector]]) -> Iterator[list[float]]:
    for _, group in groupby(found, key=lambda pair: pair[0].number):
        pieces, vectors = zip(*group, strict=True)
        # Running streams go on between two vectors, each of which takes a millisecond.
        gevent.sleep(0)
        alone = len(vectors) == 1
        weights = [len(piece.text) for piece in pieces]
        yield shortened(vectors[0] if alone else average(vectors, weights))


def _usage(answered: Mapping[str, Any], group: Sequence[Piece]) -> TokenUsage:
    usage = answered.get("usage") or {}
    tokens = count_in(usage.get("prompt_tokens")) or count_in(usage.get("total_tokens"))
    if tokens:
        return TokenUsage(input=tokens, output=0)
    return TokenUsage(input=sum(piece.tokens for piece in group), output=0, estimated=True)


def _wrong_answer(words: str) -> ServiceError:
    advice = "Check the model, and the server behind the API base URL."
    return ServiceError(Kind.SERVER, Said(words), advice=advice)
