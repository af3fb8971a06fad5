"""Read what a service or the network said instead of an answer, in any observed form.

Nothing is masked here: `ServiceError.sentence` does that, wherever a word came from.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import httpx2

from models.failures.causes import can_mend, cause_of, kind_of, status_in
from models.failures.content_filter import filtered_in
from models.failures.failure import Said, ServiceError, connection_failure
from models.failures.pauses import retry_after, should_retry
from models.failures.words import advice_for

_MOST_FAULTS = 5
# Where some servers put the status of an error that has no code.
_STATUS_FIELDS = ("status_code", "status")


def from_transport_error(error: httpx2.TransportError) -> ServiceError:
    """Translate the failure of a request that was never answered."""
    reason = str(error) or type(error).__name__
    return connection_failure(f"no connection to {address_of(error.request.url)} ({reason})")


def from_response(response: httpx2.Response) -> ServiceError:
    """Translate a response, read whole, whose status is no success."""
    body = _parsed(response.content)
    said = _said(body) or Said(_plain_text(body, response))
    status = response.status_code
    failure = _failure(said, status, address_of(response.request.url))
    told = should_retry(response.headers)
    return replace(
        failure,
        status=status,
        request_id=request_id_of(response),
        retry_after=retry_after(response.headers),
        retryable=failure.retryable if told is None else told,
    )


def from_error_body(body: object) -> ServiceError:
    """Translate an error that came inside an answer: a stream's error frame, a failed response.

    The answer had begun, so another attempt may be billed as well.
    """
    text = body.strip() if isinstance(body, str) else ""
    said = _said(body) or Said(text or "the answer failed and the service gave no reason")
    return replace(_failure(said, status_in(said)), begun=True)


def from_event_field(value: bytes) -> ServiceError | None:
    """Translate the value of an event's field `error`, JSON or words; None where it is empty."""
    text = value.decode("utf-8", errors="replace").strip()
    parsed = _parsed(text)
    error = text if parsed is None and text != "null" else parsed
    return from_error_body(error) if error else None


def _failure(said: Said, status: int | None, address: str = "") -> ServiceError:
    cause = cause_of(said, status)
    kind = kind_of(cause, status)
    return ServiceError(
        kind,
        said,
        retryable=can_mend(kind, cause),
        advice=advice_for(cause, status, address),
    )


def request_id_of(response: httpx2.Response) -> str | None:
    """Return the id under which the service's support finds the request (Azure has two headers)."""
    return response.headers.get("x-request-id") or response.headers.get("apim-request-id")


def _said(answered: object) -> Said | None:
    """Read an error body of any observed form; None where it says nothing, or is too deep."""
    try:
        return _read(answered)
    except RecursionError:
        return None


def _read(answered: object) -> Said | None:
    body = _inner(answered)
    if not isinstance(body, Mapping):
        return None
    message = next(
        (body[key] for key in ("message", "error", "detail", "details") if body.get(key)), None
    )
    if message is None:
        return None
    code, kind, param = (body.get(key) for key in ("code", "type", "param"))
    if not code:
        code = next((body[key] for key in _STATUS_FIELDS if type(body.get(key)) is int), None)
    said = Said(
        _text_of(message) + filtered_in(body),
        code=str(code) if code else None,
        # Of an event, it is the event's own.
        type=kind if isinstance(kind, str) and kind != "error" else None,
        param=param if isinstance(param, str) else None,
        unknown=(*_unknown_fields(message), *_unknown_to_router(answered)),
    )
    if (behind := _said(_passed_on(body))) is not None:
        # A status of its own is all that the router may add to it.
        return replace(behind, code=behind.code or said.code)
    return said


def _passed_on(body: Mapping[str, object]) -> object | None:
    """Return the error of the service behind OpenRouter (reVrost/go-openrouter#21)."""
    match body.get("metadata"):
        case {"raw": str(raw)} if raw.lstrip().startswith("{"):
            return _parsed(raw)
        case _:
            return None


def _parsed(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unknown_fields(message: object) -> Iterator[str]:
    """Yield the fields that a validator of the request did not know (pydantic 2 and 1)."""
    faults = message.get("detail") if isinstance(message, Mapping) else message
    for fault in faults if isinstance(faults, list) else ():
        match fault:
            case {"type": "extra_forbidden" | "value_error.extra", "loc": ["body", *place]}:
                yield ".".join(map(str, place))


def _unknown_to_router(answered: object) -> Iterator[str]:
    """Yield what OpenRouter's Responses, which store nothing, refuse (BerriAI/litellm#30851).

    The faults are a list or its JSON text (openai/codex#18307).
    """
    match answered:
        case {"metadata": {"raw": list() | str() as raw}}:
            faults = _parsed(raw) if isinstance(raw, str) else raw
            for fault in faults if isinstance(faults, list) else ():
                match fault:
                    case {"code": "invalid_value", "path": ["store"]}:
                        yield "metadata"


def _text_of(message: object) -> str:
    """Return what a message says; of a list of faults not the input, which may be a prompt."""
    match message:
        case str():
            return message
        case list():
            return "; ".join(_text_of(fault) for fault in message[:_MOST_FAULTS])
        case {"detail": list(faults)}:
            return _text_of(faults)
        case {"msg": str(text), "loc": list(place)}:
            return f"{'.'.join(map(str, place))}: {text}"
        case {"message": str(text)} | {"msg": str(text)}:
            return text
        case _:
            return "no reason that can be shown"


def _inner(body: object) -> object:
    """Take off the wrapping that most error bodies have."""
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else body


def _plain_text(body: object, response: httpx2.Response) -> str:
    """Return what a body that is no object says, unless it is a page or a redirect."""
    if response.next_request is not None:
        return f"the service moved to {address_of(response.next_request.url)}"
    text = (body if isinstance(body, str) else response.text).strip()
    if not text or text.startswith("<"):
        return f"the answer was not JSON but {response.headers.get('content-type', 'nothing')}"
    return text


def address_of(url: httpx2.URL) -> str:
    """Return where a request went, without a password in the URL, its query and its fragment."""
    return str(url.copy_with(userinfo=b"", query=None, fragment=None))
