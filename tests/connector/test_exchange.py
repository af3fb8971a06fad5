"""One request: what is retried, how long it may take, and what is no answer."""

import codecs
import gzip
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.replies import Refusal, Reply, to_bytes
from integrations.aigo import run_inference as snippet
from integrations.aigo.run_inference import DifyError
from tests.connector.dify_events import STARTED, Json, answer_events, workflow
from tests.connector.turns import KEY, ask, reply_of, user

ANSWER = reply_of(*answer_events())
QUESTION = "a question of some length"


def busy(retry_after: str = "0") -> Reply:
    """Return the refusal that Dify makes when too much runs at once."""
    return Refusal(429, "too_many_requests", "Later.").to_reply(retry_after=retry_after)


def failure_of(dify: DifyApp, *replies: Reply, **settings: Any) -> str:
    """Return the error of a turn that fails."""
    dify.plan(*replies)
    with pytest.raises(DifyError) as raised:
        ask(dify, user(QUESTION), **settings)
    assert raised.value.__cause__ is None
    return str(raised.value)


def test_the_request_is_one_that_dify_documents(dify: DifyApp) -> None:
    dify.plan(ANSWER)
    ask(dify)
    (request,) = dify.received
    assert request.path == "/v1/chat-messages"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert "text/event-stream" in request.headers["accept"]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "app_unavailable"),
        (400, "invalid_param"),
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (413, "file_too_large"),
        (429, "rate_limit_error"),
        (500, "internal_server_error"),
    ],
)
def test_a_refusal_says_what_dify_said_and_is_final(dify: DifyApp, status: int, code: str) -> None:
    told = failure_of(dify, Refusal(status, code, "city is required").to_reply(), ANSWER, retries=3)
    assert told == f"Dify {status} {code}: city is required"
    assert len(dify.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"detail": 1}', b"\xff", b"[1]"])
def test_a_refusal_without_an_envelope_has_its_status(dify: DifyApp, body: bytes) -> None:
    assert failure_of(dify, Reply((body,), status=404)) == "Dify 404: no message"


def test_a_redirect_is_not_followed(dify: DifyApp) -> None:
    for location in ("/signin?next=/v1", f"{dify.url}/signin"):
        told = failure_of(
            dify, Reply(status=302, headers={"location": location}), ANSWER, retries=3
        )
        assert told == (
            f"Dify 302: a redirect to {dify.url}/signin, which is not followed; check `DIFY_URL`."
        )
        assert len(dify.asked) == 1


@pytest.mark.parametrize(
    "passing",
    [busy(), *[Reply(status=status, headers={"retry-after": "0"}) for status in (429, 502, 503)]],
)
def test_what_passes_is_tried_again_before_anything_was_said(dify: DifyApp, passing: Reply) -> None:
    dify.plan(passing, passing, ANSWER)
    assert ask(dify, retries=2).answer == "Sunny."
    assert dify.asked[0] == dify.asked[1] == dify.asked[2]


def test_tries_are_counted(dify: DifyApp) -> None:
    told = failure_of(dify, *[busy()] * 9, retries=2)
    assert "429 too_many_requests" in told
    assert len(dify.asked) == 3


def test_retry_after_is_kept(dify: DifyApp) -> None:
    dify.plan(busy("1"), ANSWER)
    start = time.monotonic()
    ask(dify, retries=1)
    assert time.monotonic() - start >= 1


def test_a_pause_that_passes_the_deadline_is_not_made(dify: DifyApp) -> None:
    told = failure_of(dify, busy("60"), ANSWER, retries=3, timeout=10)
    assert told == "Dify 429 too_many_requests: Later."
    assert len(dify.asked) == 1


@pytest.mark.parametrize("value", ["", "soon", "-1", "1e3", "²", "Fri, 99 Foo 2026 00:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_passed_over(value: str) -> None:
    assert snippet.read_retry_after(value) is None


@pytest.mark.parametrize(("seconds", "least", "most"), [(60, 50, 60), (-60, 0, 0)])
def test_a_retry_after_may_be_a_date(seconds: int, least: float, most: float) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    pause = snippet.read_retry_after(format_datetime(moment, usegmt=True))
    assert pause is not None
    assert least <= pause <= most


def test_a_server_that_is_not_there_is_named_by_its_setting(dify: DifyApp) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(
            DifyError, match=r"cannot be reached \(ConnectError\); check `DIFY_URL`"
        ):
            ask(dify, url=url, retries=1)


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("events", [[], answer_events()[:1]], ids=["before", "midway"])
def test_an_accepted_turn_is_never_sent_again(
    dify: DifyApp, events: list[Json], lost: bool
) -> None:
    told = failure_of(dify, reply_of(*events, lost=lost), ANSWER, retries=3)
    assert ("the connection was lost (RemoteProtocolError)" in told) is lost
    assert len(dify.asked) == 1


def test_a_cut_stream_is_an_error_and_its_run_is_stopped(dify: DifyApp) -> None:
    told = failure_of(dify, reply_of(answer_events()[0]))
    assert told == (
        "The Dify stream ended without a terminal event: the server closed it; the run was stopped."
    )
    (stopped,) = dify.stops
    assert stopped.path == "/v1/chat-messages/t-1/stop"
    assert stopped.body == {"user": dify.asked[0]["user"]}


@pytest.mark.parametrize("status", [404, 500])
def test_a_run_that_cannot_be_stopped_is_told(dify: DifyApp, status: int) -> None:
    dify.plan(reply_of(answer_events()[0]))
    dify.stop_reply = Reply(status=status)
    with pytest.raises(DifyError, match="the run could not be stopped"):
        ask(dify)


def test_without_a_task_id_nothing_can_be_stopped(dify: DifyApp) -> None:
    told = failure_of(dify, reply_of({"event": "message", "answer": "a"}))
    assert "its task id is not known, so the run could not be stopped" in told
    assert dify.stops == []


def test_a_failure_that_dify_tells_needs_no_stop(dify: DifyApp) -> None:
    error = {"event": "error", "status": 400, "code": "completion_request_error", "message": "m"}
    failure_of(dify, reply_of(answer_events()[0], error), ANSWER, retries=3)
    assert (len(dify.asked), dify.stops) == (1, [])


@pytest.mark.parametrize("first", [[], answer_events()[:1]])
def test_a_silent_server_meets_the_deadline(dify: DifyApp, first: list[Json]) -> None:
    told = failure_of(dify, reply_of(*first, silence=3.0), timeout=0.2)
    assert "the deadline (`DIFY_TIMEOUT`) passed" in told
    assert len(dify.stops) == len(first)


def test_pings_do_not_put_off_the_deadline(dify: DifyApp) -> None:
    started = to_bytes(answer_events()[:1])
    dify.plan(Reply([started] + [b"event: ping\n\n"] * 100, pause=0.05))
    with pytest.raises(DifyError, match=r"deadline.*the run was stopped"):
        ask(dify, timeout=0.2)
    assert len(dify.stops) == 1


def never_ending(*events: Json, pings: bool) -> Iterator[bytes]:
    """Send events, then pings or nothing for longer than any reader waits, then a failure."""
    yield to_bytes(events)
    for _ in range(200):
        time.sleep(0.1)
        yield b"event: ping\n\n" if pings else b""
    yield to_bytes([{"event": "error", "message": "somebody read on"}])


@pytest.mark.parametrize("pings", [True, False])
def test_after_an_end_little_is_waited_for(
    dify: DifyApp, pings: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snippet, "AFTER_END", 0.2)
    monkeypatch.setattr(snippet, "AFTER_HALF", 0.4)
    success = workflow(outputs={"answer": "Sunny."})
    said = [STARTED, *answer_events()]
    for events in (answer_events(), [*said, success], [STARTED, success]):
        dify.plan(Reply(never_ending(*events, pings=pings)))
        assert ask(dify, timeout=600).answer == "Sunny."
    assert dify.stops == []
    half = failure_of(dify, Reply(never_ending(*said, pings=pings)), timeout=600)
    assert "without a terminal event: no `workflow_finished` came; the run was stopped" in half
    error = {"event": "error", "status": 400, "code": "x", "message": "m"}
    told = failure_of(dify, Reply(never_ending(error, pings=pings)), timeout=600)
    assert told == "Dify 400 x: m"
    assert dify.stops == []


def test_an_answer_that_is_whole_does_not_need_the_rest(dify: DifyApp) -> None:
    dify.plan(reply_of(*answer_events(), lost=True), reply_of(*answer_events(), silence=3.0))
    assert ask(dify).answer == "Sunny."
    assert ask(dify, timeout=0.2).answer == "Sunny."
    assert dify.stops == []


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/html; charset=utf-8", "application/xhtml+xml"]
)
def test_a_login_page_is_an_error(dify: DifyApp, content_type: str) -> None:
    page = Reply((b"<html>Sign in</html>",), content_type=content_type)
    assert "a web page" in failure_of(dify, page)


@pytest.mark.parametrize("content_type", ["text/plain", None])
def test_what_holds_no_event_is_an_error(dify: DifyApp, content_type: str | None) -> None:
    told = failure_of(dify, Reply((b"hello\n",), content_type=content_type))
    assert f"no event came, and the reply's type is {content_type or 'missing'}" in told


@pytest.mark.parametrize("content_type", ["text/plain", None, "application/octet-stream"])
def test_events_count_by_what_they_are(dify: DifyApp, content_type: str | None) -> None:
    dify.plan(reply_of(*answer_events(), content_type=content_type))
    assert ask(dify).answer == "Sunny."


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ({"code": "unauthorized", "message": "No."}, "Dify unauthorized: No."),
        ({"hello": 1}, "JSON that is no reply of a chat app"),
        ([1], "JSON that is no reply of a chat app"),
        ({"event": "workflow_paused", "data": {}}, "paused for human input"),
        ({"event": "message", "answer": ""}, "empty answer"),
    ],
)
def test_json_that_is_no_answer_is_an_error(dify: DifyApp, reply: Any, told: str) -> None:
    whole = Reply((json.dumps(reply).encode(),), content_type="application/json")
    assert told in failure_of(dify, whole)


def test_json_that_is_cut_is_an_error(dify: DifyApp) -> None:
    cut = Reply((b'{"answer": "Sun',), content_type="application/json", lost=True)
    assert "the connection was lost" in failure_of(dify, cut)


def test_separators_inside_an_answer_split_nothing(dify: DifyApp) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"
    first, last = answer_events(text)
    raw = to_bytes([first]).decode()
    for character in "\x0b\x0c\x1c":
        raw = raw.replace(json.dumps(character)[1:-1], character)
    assert text in raw
    dify.plan(Reply((raw.encode(), to_bytes([last]))))
    assert ask(dify).answer == text


@pytest.mark.parametrize(
    "line", [b"data: [DONE]", b"data: ping", b"data:", b"event: ping", b": note", b"id: 1", b"x"]
)
def test_lines_without_an_event_are_passed_over(dify: DifyApp, line: bytes) -> None:
    first, last = (to_bytes([event]) for event in answer_events())
    dify.plan(Reply((line + b"\n\n", first, line + b"\r\n\r\n", last, line)))
    assert ask(dify).answer == "Sunny."


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_an_event_that_is_broken_is_an_error(dify: DifyApp, end: bytes) -> None:
    first = to_bytes(answer_events()[:1])
    told = failure_of(dify, Reply((first, b'data: {"event": "message_e' + end)))
    assert "an event was cut off or is no JSON" in told


@pytest.mark.parametrize("lost", [False, True])
def test_the_last_event_needs_no_line_end(dify: DifyApp, lost: bool) -> None:
    dify.plan(Reply((to_bytes(answer_events()).rstrip(),), lost=lost))
    assert ask(dify).answer == "Sunny."


def test_what_is_lost_in_an_event_is_lost(dify: DifyApp) -> None:
    told = failure_of(dify, Reply((to_bytes(answer_events()).rstrip()[:-1],), lost=True))
    assert "the connection was lost (RemoteProtocolError)" in told


def test_a_byte_order_mark_is_passed_over(dify: DifyApp) -> None:
    first, last = answer_events()
    dify.plan(Reply((codecs.BOM_UTF8 + to_bytes([first]), to_bytes([last]))))
    assert ask(dify).answer == "Sunny."


def test_a_reply_without_end_is_given_up(dify: DifyApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snippet, "MOST_BYTES", 2**20)
    endless = Reply([b"data: " + b"x" * 2**18] * 8)
    assert "the reply has more than 1 MiB" in failure_of(dify, endless)


def test_nothing_is_asked_in_a_compressed_form(dify: DifyApp) -> None:
    packed = gzip.compress(to_bytes(answer_events()))
    dify.plan(Reply((packed,), headers={"content-encoding": "gzip"}))
    assert ask(dify).answer == "Sunny."
    assert dify.received[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "message",
    [
        f"bad key {KEY} for prompt {QUESTION}",
        f"{QUESTION}\n{KEY}",
        "x" * 5000 + QUESTION,
        QUESTION * 50,
    ],
)
@pytest.mark.parametrize("way", ["refusal", "event"])
def test_no_error_repeats_the_key_or_the_question(dify: DifyApp, message: str, way: str) -> None:
    event = {"event": "error", "status": 400, "code": "invalid_param", "message": message}
    refusal = Refusal(400, "invalid_param", message)
    told = failure_of(dify, refusal.to_reply() if way == "refusal" else reply_of(event))
    assert told.startswith("Dify 400 invalid_param: ")
    assert KEY not in told
    assert QUESTION not in told
    assert len(told.splitlines()) == 1
    assert len(told) < 1000


def test_a_short_question_does_not_garble_an_error(dify: DifyApp) -> None:
    dify.plan(Refusal(400, "invalid_param", "a is bad, bananas are not").to_reply())
    with pytest.raises(DifyError) as raised:
        ask(dify, user("a"))
    assert str(raised.value) == "Dify 400 invalid_param: *** is bad, bananas are not"


def test_what_is_sent_for_the_question_is_not_repeated_either(dify: DifyApp) -> None:
    system = {"role": "system", "content": "the rules"}
    dify.plan(Refusal(400, "invalid_param", f"the rules\n\n{QUESTION}").to_reply())
    with pytest.raises(DifyError) as raised:
        ask(dify, system, user(QUESTION), system="prefix")
    assert str(raised.value) == "Dify 400 invalid_param: ***"
