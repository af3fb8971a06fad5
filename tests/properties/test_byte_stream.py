"""A body of any bytes is handed on as it is, or is a ServiceError."""

import httpx2
from hypothesis import given
from hypothesis import strategies as st

from models.endpoints.deadline import Deadline
from models.llm.byte_stream import response_bytes
from tests.properties.outcomes import result_or_failure

_encodings = st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip, deflate", "new", ""])


@given(content=st.binary(), encoding=st.none() | _encodings)
def test_any_body_is_bytes_or_a_failure(content: bytes, encoding: str | None) -> None:
    headers = {} if encoding is None else {"content-encoding": encoding}
    stream = httpx2.ByteStream(content)
    request = httpx2.Request("POST", "https://host.example")
    response = httpx2.Response(200, headers=headers, stream=stream, request=request)
    read = result_or_failure(lambda: b"".join(response_bytes(response, Deadline())))
    assert response.is_closed
    if encoding in {None, "", "new"}:
        assert read == content
