"""Payloads of server-sent events come back unchanged, however they are written and cut."""

from hypothesis import given
from hypothesis import strategies as st

from models.llm.server_sent_events import event_data
from tests.properties.pieces import cuts_of
from tests.properties.server_sent import to_event

_lines = st.binary(max_size=20).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
_payloads = st.lists(_lines, min_size=1, max_size=3).map(b"\n".join)
_between = st.sampled_from([b"", b": comment", b"event: x", b"id: 1", b"retry", b"data_: no"])


@given(
    payloads=st.lists(_payloads, max_size=5),
    line_end=st.sampled_from([b"\n", b"\r\n", b"\r"]),
    between=_between,
    data=st.data(),
)
def test_payloads_survive_any_line_end_and_any_cut(
    payloads: list[bytes], line_end: bytes, between: bytes, data: st.DataObject
) -> None:
    events = (between + line_end + to_event(payload, line_end) for payload in payloads)
    stream = b"".join(events)
    assert list(event_data(iter(data.draw(cuts_of(stream))))) == payloads


@given(pieces=st.lists(st.binary(max_size=20), max_size=5))
def test_any_bytes_have_payloads_that_do_not_depend_on_the_cut(pieces: list[bytes]) -> None:
    assert list(event_data(iter(pieces))) == list(event_data(iter([b"".join(pieces)])))
