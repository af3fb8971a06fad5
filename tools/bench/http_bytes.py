"""The bytes of HTTP/1.1 around an answer, as the service sends them."""

_COMMON = (
    b"HTTP/1.1 200 OK\r\n"
    b"date: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
    b"openai-version: 2020-10-01\r\n"
    b"openai-processing-ms: 1\r\n"
    b"x-request-id: req_00000000000000000000000000000000\r\n"
)
EVENT_STREAM_HEAD = (
    _COMMON
    + b"content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"
_NO_SUCH_PATH = b'{"error":{"message":"The benchmark has no such path.","code":"404"}}'
NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_NO_SUCH_PATH), _NO_SUCH_PATH)
)


def json_response(body: bytes) -> bytes:
    """Return a whole response with a JSON body."""
    return b"%scontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
        _COMMON,
        len(body),
        body,
    )


def chunk(payload: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(payload), payload)
