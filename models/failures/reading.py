"""Read what a service or the network said instead of an answer, in any observed form.

Nothing is masked here: `ServiceError.sentence` does that, wherever a word came from.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime
from time import time

import httpx2

from models.failures.failure import Kind, Said, ServiceError, connection_failure
from models.failures.words import advice_for

# Codes that mean the same on every path and status of both services.
_KIND_BY_CODE: Mapping[str, Kind] = {
    "invalid_api_key": Kind.AUTHORIZATION,
    "account_deactivated": Kind.AUTHORIZATION,
    "insufficient_quota": Kind.RATE_LIMIT,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "RateLimitReached": Kind.RATE_LIMIT,
    "server_error": Kind.SERVER,
    "internal_error": Kind.SERVER,
    "service_unavailable": Kind.SERVER,
    "vector_store_timeout": Kind.SERVER,
}
_KIND_BY_STATUS: Mapping[int, Kind] = {
    401: Kind.AUTHORIZATION,
    403: Kind.AUTHORIZATION,
    408: Kind.SERVER,
    409: Kind.SERVER,
    429: Kind.RATE_LIMIT,
}
_FIRST_SERVER_STATUS = 500
_MOST_FAULTS = 5
# No pause mends these: the account is out of credit, or the request alone is over the limit.
_HOPELESS_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "too_large"})


def from_transport_error(error: httpx2.TransportError) -> ServiceError:
    """Translate the failure of a request that was never answered."""
    reason = str(error) or type(error).__name__
    return connection_failure(f"no connection to {_address(error.request.url)} ({reason})")


def from_response(response: httpx2.Response) -> ServiceError:
    """Translate a response, read whole, whose status is no success."""
    body = _parsed(response.content)
    said = _said(body) or Said(_plain_text(body, response))
    said = replace(said, message=said.message + _filtered_categories(body))
    kind = _kind(response.status_code, said)
    address = _address(response.request.url)
    return ServiceError(
        kind,
        said,
        status=response.status_code,
        request_id=request_id_of(response),
        retry_after=_retry_after(response.headers),
        retryable=_can_mend(kind, said),
        advice=advice_for(said.code or said.type, response.status_code, address),
    )


def from_error_body(body: object) -> ServiceError:
    """Translate an error that came inside an answer: a stream's error frame, a failed response."""
    said = _said(body) or Said("the answer failed and the service gave no reason")
    kind = _kind(None, said)
    advice = advice_for(said.code or said.type)
    return ServiceError(kind, said, advice=advice)


def request_id_of(response: httpx2.Response) -> str | None:
    """Return the id under which the service's support finds the request (Azure has two headers)."""
    return response.headers.get("x-request-id") or response.headers.get("apim-request-id")


def _kind(status: int | None, said: Said) -> Kind:
    for code in (said.code, said.type):
        if code is not None and code in _KIND_BY_CODE:
            return _KIND_BY_CODE[code]
    if status is None:
        return Kind.BAD_REQUEST
    if status >= _FIRST_SERVER_STATUS:
        return Kind.SERVER
    return _KIND_BY_STATUS.get(status, Kind.BAD_REQUEST)


def _can_mend(kind: Kind, said: Said) -> bool:
    if kind is Kind.RATE_LIMIT:
        return said.code not in _HOPELESS_CODES
    return kind is Kind.SERVER


def _said(answered: object) -> Said | None:
    """Read an error body of any observed form; None where it says nothing."""
    body = _inner(answered)
    if not isinstance(body, Mapping):
        return None
    if (behind := _passed_on(body)) is not None:
        return _said(behind)
    message = next(
        (body[key] for key in ("message", "error", "detail", "details") if body.get(key)), None
    )
    if message is None:
        return None
    text = _text_of(message)
    code, kind, param = (body.get(key) for key in ("code", "type", "param"))
    if text.startswith("Request too large"):
        # The service gives it the code of a limit that time would mend.
        code = "too_large"
    elif "Could not finish the message because max_tokens" in text:
        # Of a reasoning model that used it up before it said anything: BerriAI/litellm#23836.
        code = "too_few_tokens"
    return Said(
        text,
        code=str(code) if code else None,
        type=kind if isinstance(kind, str) else None,
        param=param if isinstance(param, str) else None,
        unknown=(*_unknown_fields(message), *_unknown_to_router(answered)),
    )


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
        return f"the service moved to {_address(response.next_request.url)}"
    text = (body if isinstance(body, str) else response.text).strip()
    if not text or text.startswith("<"):
        return f"the answer was not JSON but {response.headers.get('content-type', 'nothing')}"
    return text


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the longer of `retry-after-ms` and `retry-after`: Azure sends 0 ms beside 1 s."""
    pauses = (
        _number(headers.get("retry-after-ms"), scale=0.001),
        _number(headers.get("retry-after")),
        _until(headers.get("retry-after")),
    )
    return max((pause for pause in pauses if pause is not None), default=None)


def _number(value: str | None, scale: float = 1.0) -> float | None:
    try:
        return max(0.0, float(value) * scale) if value else None
    except ValueError:
        return None


def _until(value: str | None) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time()) if value else None
    except (ValueError, OverflowError):
        return None


def _address(url: httpx2.URL) -> str:
    """Return where a request went, without a password in the URL and without its query."""
    return str(url.copy_with(userinfo=b"", query=None))


# Under `innererror`; the name differs between paths and versions of the service.
_FILTER_RESULTS = ("content_filter_result", "content_filter_results")


def _filtered_categories(body: object) -> str:
    """Return a sentence with each category that was filtered and its severity, "" if none is named.

    Azure names them in `innererror` of a Chat Completions error and nowhere on Responses.
    """
    error = _inner(body)
    inner = error.get("innererror") if isinstance(error, Mapping) else None
    if not isinstance(inner, Mapping):
        return ""
    named = [
        f"{category} ({result.get('severity') or 'detected'})"
        for name in _FILTER_RESULTS
        if isinstance(results := inner.get(name), Mapping)
        for category, result in results.items()
        if isinstance(result, Mapping) and result.get("filtered") is True
    ]
    return f" Filtered: {', '.join(named)}." if named else ""
