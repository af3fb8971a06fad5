"""Any answer that tells of a failure becomes one of Dify's five errors, in one line."""

import json

import httpx2
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from models.failures.failure import ServiceError
from models.failures.reading import from_error_body, from_response
from tests.properties.json_values import (
    any_text,
    awkward_json_objects,
    json_of,
    json_texts,
    json_values,
)
from tests.properties.outcomes import assert_told

_PAUSES = (
    *("0", "1", "-1", "1.5", "nan", "inf", "-inf", "1e400", "1_0", "soon", ""),
    *("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 9999 07:28:00 -9959", "1 Jan 1 00:00:00 +0000"),
    *("1 Jan 2000 00:00:00 +99999999999999", "31 Feb 2026 00:00", "1 Jan 99999999 00:00:00 GMT"),
    *("1 Jan 1 00:00:00", "1 Jan 2000 00:00:00 +2400", "Mon, 00 Foo 0000 25:61:61 -0000", ","),
)
_header_text = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "retry-after": st.sampled_from(_PAUSES) | _header_text,
        "retry-after-ms": st.sampled_from(_PAUSES) | _header_text,
        "x-request-id": _header_text,
        "apim-request-id": _header_text,
        "content-type": st.sampled_from(["application/json", "text/html; charset=latin-1", ""]),
    },
)
_leaves: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | st.integers()
_fields = json_of(_leaves, any_text) | st.sampled_from(["rate_limit_exceeded", "content_filter"])
_details = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("message", "code", "type", "param", "error", "detail"), _fields)
    | {
        "innererror": st.fixed_dictionaries(
            {
                "content_filter_result": st.dictionaries(
                    any_text,
                    st.fixed_dictionaries({"filtered": st.just(True), "severity": _fields}),
                    max_size=2,
                )
            }
        )
    },
)
_error_bodies = _details | _details.map(lambda details: {"error": details}) | json_values
_contents = (
    st.binary(max_size=60)
    | _error_bodies.map(lambda body: json.dumps(body).encode())
    | (json_texts | awkward_json_objects).map(lambda text: text.encode("utf-8", "surrogatepass"))
)


def failure_of(status: int, headers: dict[str, str], content: bytes) -> ServiceError:
    """Translate a response that was read whole."""
    request = httpx2.Request("POST", "https://user:secret@host.example/v1?key=secret")
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    response = httpx2.Response(status, headers=encoded, content=content, request=request)
    return from_response(response)


@given(status=st.integers(400, 599), headers=_headers, content=_contents)
@example(status=429, headers={"retry-after": "1 Jan 2000 00:00:00 +99999999999999"}, content=b"")
def test_any_refusal_is_told_in_one_line(
    status: int, headers: dict[str, str], content: bytes
) -> None:
    failure = failure_of(status, headers, content)
    assert failure.status == status
    assert failure.retry_after is None or failure.retry_after >= 0
    assert_told(failure)


@given(body=_error_bodies)
def test_any_error_inside_an_answer_is_told_in_one_line(body: JsonValue) -> None:
    assert_told(from_error_body(body))


def test_the_address_is_told_without_its_password_and_query() -> None:
    sentence = str(failure_of(404, {}, b"").to_invoke_error("OpenAI"))
    assert sentence.endswith("the request went to https://host.example/v1.")
