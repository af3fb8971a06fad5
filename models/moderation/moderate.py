"""The one way to a verdict on a text. Loaded with the first call: it brings the official client."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import httpx2
import openai
from pydantic import JsonValue
from pydantic_core import from_json

from models.attribution import Origin
from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_error_body
from models.moderation.inputs import Inputs, inputs_of
from models.service.endpoint import Endpoint
from models.service.leaving_out import Body
from models.service.official_call import OfficialCall, official_call
from models.usage import Answered, TokenUsage

# Of a picture's address (recorded in error-400-image-url).
_NOT_FETCHED = "invalid_image_url"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What one request was answered: the names of the categories, none if all is harmless."""

    id: str | None
    model: str
    flagged: bool
    categories: tuple[str, ...]


def is_flagged(endpoint: Endpoint, text: str, origin: Origin) -> bool:
    """Return whether a text is flagged; what comes behind the first flagged part is not sent.

    The usage line names the categories. Raises ServiceError for what a service or the network did:
    a text that was not judged is not harmless.
    """
    with official_call(endpoint, "moderations", origin) as call:
        last = _Verdict(None, "", flagged=False, categories=())
        for last in _verdicts(call, text):
            if last.flagged:
                break
        # It is free, and nothing is counted.
        nothing = TokenUsage(input=0, output=0)
        flagged: list[JsonValue] = [*last.categories]
        call.answered = Answered(last.id, last.model, nothing, more={"flagged": flagged})
        return last.flagged


def _verdicts(call: OfficialCall, text: str) -> Iterator[_Verdict]:
    for inputs in inputs_of(text, call.endpoint.model):
        body: Body = {"model": call.endpoint.model, "input": inputs.value}
        try:
            yield call.ask(body, partial(_send, call, inputs))
        except ServiceError as failure:
            # Not every address in a text is one that the service can reach.
            if not inputs.link or failure.said.code != _NOT_FETCHED:
                raise


def _send(call: OfficialCall, inputs: Inputs, client: openai.OpenAI, body: Body) -> _Verdict:
    response = client.post("/moderations", body=body, cast_to=httpx2.Response)
    call.note_answer(response)
    answered = from_json(response.content)
    if not answered.get("results") and answered.get("error"):
        raise from_error_body(answered)
    results = answered["results"]
    if len(results) != inputs.results:
        said = Said(f"there are {len(results)} verdicts for {inputs.results} parts of the text")
        raise ServiceError(Kind.SERVER, said, advice="Check the API base URL.")
    named = answered.get("id")
    return _Verdict(
        id=named if isinstance(named, str) else None,
        model=str(answered.get("model") or ""),
        flagged=any(_is_flagged(result["flagged"]) for result in results),
        categories=tuple(sorted({name for result in results for name in _categories(result)})),
    )


def _is_flagged(said: JsonValue) -> bool:
    """Return a verdict. Raises TypeError if it is none."""
    if not isinstance(said, bool):
        raise TypeError("a verdict is true or false")
    return said


def _categories(result: Mapping[str, Mapping[str, JsonValue]]) -> Iterator[str]:
    for name, said in (result.get("categories") or {}).items():
        if said is True:
            yield name
