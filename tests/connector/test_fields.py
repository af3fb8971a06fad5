"""What stands beside the answer: usage, citations, files, ids, and the state that is echoed."""

import json
from typing import Any

import pytest

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.replies import Reply, to_bytes
from integrations.aigo.run_inference import DifyError, read_usage
from tests.connector.dify_events import (
    END,
    TOOL,
    Json,
    agent,
    answer_events,
    say,
    started,
    think,
    workflow,
)
from tests.connector.turns import Turn, ask, converse, reply_of, user

ECHOED = {
    "role",
    "content",
    "user",
    "conversation_id",
    "message_id",
    "task_id",
    "started_at",
    "finished_at",
    "dify_elapsed_seconds",
    "dify_state",
}


def ended(dify: DifyApp, metadata: Json, **settings: Any) -> Turn:
    """Take a turn whose end has this metadata."""
    return converse(dify, answer_events(metadata=metadata), **settings)


@pytest.mark.parametrize(
    ("counted", "usage"),
    [
        (
            {"prompt_tokens": 305, "completion_tokens": 97, "total_tokens": 184},
            {"num_prompt_tokens": 305, "num_completion_tokens": 97, "total_tokens": 184},
        ),
        ({"total_tokens": 10, "latency": 1.0}, {"total_tokens": 10, "latency": 1.0}),
        (
            {"prompt_tokens": 0, "completion_tokens": 0},
            {"num_prompt_tokens": 0, "num_completion_tokens": 0},
        ),
        (
            {"total_price": "0.1", "currency": "USD", "prompt_unit_price": "1"},
            {"total_price": "0.1", "currency": "USD"},
        ),
        ({"prompt_tokens": None, "completion_tokens": "7"}, None),
        ({"prompt_tokens": True}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_usage_is_what_was_counted_or_nothing(counted: object, usage: Json | None) -> None:
    assert read_usage(counted) == usage


ZERO = {"prompt_tokens": 0, "completion_tokens": 0, "total_price": "0", "latency": 1.5}
WITH_UNIT = ZERO | {"prompt_price_unit": "0.000001"}
WITHOUT_UNIT = ZERO | {"prompt_price_unit": "0.0"}


@pytest.mark.parametrize(
    "events",
    [
        answer_events("Part", metadata={"usage": WITH_UNIT}),
        [say("Pa"), *answer_events("rt", metadata={"usage": WITHOUT_UNIT})],
        [agent("Part"), {**END, "metadata": {"usage": ZERO}}],
        [think(), say("No.", "message_replace"), {**END, "metadata": {"usage": WITH_UNIT}}],
    ],
    ids=["priced", "in pieces", "agent", "moderated"],
)
def test_zero_tokens_of_what_a_model_wrote_are_unknown(dify: DifyApp, events: list[Json]) -> None:
    assert converse(dify, events).output["usage"] == {"latency": 1.5}


@pytest.mark.parametrize(
    "before",
    [[], [say("N"), say("o")], [started(), say("The tool "), say("says:")]],
    ids=["one piece", "characters", "a chatflow without a model"],
)
def test_zero_tokens_are_a_count_where_no_model_wrote(dify: DifyApp, before: list[Json]) -> None:
    ending = [workflow()] if len(before) > 2 else []
    last = answer_events("." if before else "No.", metadata={"usage": WITHOUT_UNIT})
    usage = converse(dify, [*before, *last, *ending]).output["usage"]
    assert (usage["num_prompt_tokens"], usage["num_completion_tokens"]) == (0, 0)


@pytest.mark.parametrize("metadata", [{}, {"usage": {}}, {"usage": None}, None, 7])
def test_usage_that_is_missing_is_null_not_zero(dify: DifyApp, metadata: Any) -> None:
    assert ended(dify, metadata).output["usage"] is None


def test_knowledge_behind_an_answer_is_cited(dify: DifyApp) -> None:
    resource = {
        "position": 1,
        "dataset_name": "kb",
        "document_name": "Pets.pdf",
        "segment_id": "s-1",
        "score": 0.9,
        "content": "A cat is small.",
        "hit_count": 3,
    }
    resources = [resource, {"content": None}, "odd"]
    annotations = ended(dify, {"retriever_resources": resources}).part["annotations"]
    assert annotations == [
        {
            "type": "text_citation",
            "content": "A cat is small.",
            "document_name": "Pets.pdf",
            "dataset_name": "kb",
            "segment_id": "s-1",
            "score": 0.9,
            "position": 1,
        },
        {"type": "text_citation", "content": ""},
        {"type": "text_citation", "content": ""},
    ]


def test_files_are_told_once_and_by_whole_addresses(dify: DifyApp) -> None:
    files = [
        {"url": "/files/tools/a.png?sign=x", "filename": "a.png", "type": "image"},
        {"remote_url": "https://a.example/b.pdf"},
        {"url": None},
        "odd",
    ]
    events = [
        {"event": "message_file", "type": "image", "url": "/files/tools/a.png?sign=x"},
        {"event": "message_file", "belongs_to": "user", "url": "https://a.example/mine.png"},
        *answer_events(files=files),
    ]
    assert converse(dify, events).part["dify_files"] == [
        {"url": f"{dify.url}/files/tools/a.png?sign=x", "type": "image", "filename": "a.png"},
        {"url": "https://a.example/b.pdf"},
    ]


@pytest.mark.parametrize(("reply", "flag"), [({"id": "a-1"}, True), (None, None)])
def test_a_prepared_reply_is_told_apart_from_a_model(
    dify: DifyApp, reply: Json | None, flag: bool | None
) -> None:
    assert ended(dify, {"annotation_reply": reply}).echo.get("dify_annotation_reply") is flag


def test_what_is_echoed_is_small_whatever_the_turn_was(dify: DifyApp) -> None:
    metadata = {
        "retriever_resources": [{"content": "x" * 5000}] * 5,
        "usage": {"prompt_tokens": 1},
        "more": "x" * 5000,
    }
    thought = f"<think>{'x' * 5000}</think>"
    events = [agent(thought), TOOL, agent("Done."), {**END, "metadata": metadata}]
    turn = converse(dify, events)
    assert set(turn.echo) == ECHOED
    assert len(json.dumps(turn.echo)) < 500


@pytest.mark.parametrize("name", ["conversation_id", "message_id", "task_id"])
def test_an_id_is_taken_from_any_event(dify: DifyApp, name: str) -> None:
    for position in range(3):
        events: list[Json] = [{"event": "ping"}, say("A"), END]
        bare = [{key: one[key] for key in one if not key.endswith("_id")} for one in events]
        bare[position][name] = "the-id"
        assert converse(dify, bare).echo[name] == "the-id"


def test_without_ids_there_are_none(dify: DifyApp) -> None:
    turn = converse(dify, [{"event": "message", "answer": "A"}, {"event": "message_end"}])
    assert not {"conversation_id", "message_id", "task_id"} & set(turn.echo)


def test_the_conversation_goes_on_when_dify_does_not_repeat_its_id(dify: DifyApp) -> None:
    dify.plan(reply_of({"event": "message", "answer": "A"}, {"event": "message_end"}))
    before = {"role": "assistant", "content": "x", "user": "u", "conversation_id": "c-9"}
    assert ask(dify, user("a"), before, user("b")).echo["conversation_id"] == "c-9"


def test_ids_of_items_are_the_same_for_the_same_events(dify: DifyApp) -> None:
    events = [agent("One."), TOOL, agent("Two."), END]
    first, second = converse(dify, events), converse(dify, events)
    ids = [item["id"] for item in first.items]
    assert ids == [item["id"] for item in second.items]
    assert len(set(ids)) == len(ids)
    assert ids[-1] == "msg_m-1"


def test_ids_of_items_do_not_need_those_of_dify(dify: DifyApp) -> None:
    def events(text: str) -> list[Json]:
        return [{"event": "message", "answer": text}, {"event": "message_end"}]

    ids = [converse(dify, events(text)).items[0]["id"] for text in ("A", "A", "B")]
    assert ids[0] == ids[1] != ids[2]


def test_times_are_those_of_the_turn(dify: DifyApp) -> None:
    dify.plan(reply_of(*answer_events(), silence=0.2))
    echo = ask(dify).echo
    assert echo["dify_elapsed_seconds"] >= 0.2
    assert echo["started_at"] < echo["finished_at"]
    assert echo["started_at"].endswith("Z")


def chatflow(app_id: str) -> list[Json]:
    """Return a turn of a chatflow that names its app and its end user."""
    created_by = {"id": "end-user", "user": "x"}
    return [started(**{"sys.app_id": app_id}), say("A"), END, workflow(created_by=created_by)]


def test_a_chatflow_tells_its_app_and_its_end_user(dify: DifyApp) -> None:
    echo = converse(dify, chatflow("app-1"), app_id="app-1").echo
    assert echo["dify_app_id"] == "app-1"
    assert echo["dify_end_user_id"] == "end-user"
    assert echo["workflow_run_id"] == "r-1"


def test_an_app_that_is_not_the_one_under_test_is_an_error(dify: DifyApp) -> None:
    with pytest.raises(DifyError, match="app app-2 answered; `DIFY_APP_ID` names another"):
        converse(dify, chatflow("app-2"), app_id="app-1")


def test_an_app_that_does_not_tell_its_id_has_the_one_that_was_set(dify: DifyApp) -> None:
    assert converse(dify, answer_events(), app_id="app-1").echo["dify_app_id"] == "app-1"


def test_numbers_and_characters_that_json_lacks_do_not_get_into_the_answer(dify: DifyApp) -> None:
    raw = (
        b'data: {"event": "message", "answer": "a \\ud83d"}\n\n'
        b'data: {"event": "message", "answer": "\\ude00 b \\ud83d"}\n\n'
        b'data: {"event": "message_end", "metadata": {"usage": {"latency": NaN,'
        b' "total_price": 1e999, "total_tokens": 3}}}\n\n'
    )
    dify.plan(Reply((raw,)))
    turn = ask(dify)
    assert turn.answer == "a \U0001f600 b \ufffd"
    assert turn.output["usage"] == {"total_tokens": 3}


def test_a_deep_event_is_an_error_and_no_crash(dify: DifyApp) -> None:
    deep = b'data: {"event": "x", "data": ' + b"[" * 100_000 + b"\n\n"
    dify.plan(Reply((deep, to_bytes(answer_events()))))
    with pytest.raises(DifyError, match="an event was cut off or is no JSON"):
        ask(dify)
