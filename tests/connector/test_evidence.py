"""Evidence: one line for each turn that Dify took, with every id and no word that was said."""

import json
from pathlib import Path

import pytest

from fakes.dify_app.apps import DifyApp
from integrations.aigo.run_inference import DifyError, InputError
from tests.connector.dify_events import END, Json, answer_events, say, started, workflow
from tests.connector.turns import KEY, ask, reply_of, user


def lines_of(path: Path) -> list[Json]:
    """Return the records of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_turn_leaves_one_line_with_its_ids(dify: DifyApp, tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    events = [started(**{"sys.app_id": "app-1"}), say("Answer words."), END]
    dify.plan(reply_of(*events, workflow(created_by={"id": "end-user"})))
    turn = ask(dify, user("Question words."), sample={"id": 17}, evidence_file=path)
    (record,) = lines_of(path)
    expected = {
        "dify_app_id": "app-1",
        "user": dify.asked[0]["user"],
        "dify_end_user_id": "end-user",
        "conversation_id": "c-1",
        "message_id": "m-1",
        "workflow_run_id": "r-1",
        "task_id": "t-1",
        "started_at": turn.echo["started_at"],
        "finished_at": turn.echo["finished_at"],
        "sample_id": "17",
        "outcome": "answered",
    }
    assert list(record.items()) == list(expected.items())
    assert not any(word in path.read_text(encoding="utf-8") for word in ("words", KEY))


def test_what_is_not_known_is_null(dify: DifyApp, tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    dify.plan(reply_of(*answer_events()))
    ask(dify, evidence_file=path)
    (record,) = lines_of(path)
    assert [name for name, value in record.items() if value is None] == [
        "dify_app_id",
        "dify_end_user_id",
        "workflow_run_id",
        "sample_id",
    ]


def test_a_failed_turn_leaves_its_line_because_it_called_models(
    dify: DifyApp, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.jsonl"
    dify.plan(reply_of(say("A"), {"event": "error", "code": "x"}), reply_of(say("A")))
    for _ in range(2):
        with pytest.raises(DifyError):
            ask(dify, evidence_file=path)
    assert [(one["outcome"], one["message_id"]) for one in lines_of(path)] == [
        ("failed", "m-1"),
        ("failed", "m-1"),
    ]


def test_a_turn_of_another_app_leaves_its_line(dify: DifyApp, tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    dify.plan(reply_of(started(**{"sys.app_id": "app-2"}), say("A"), END, workflow()))
    with pytest.raises(DifyError, match="names another one"):
        ask(dify, evidence_file=path, app_id="app-1")
    (record,) = lines_of(path)
    assert (record["dify_app_id"], record["outcome"]) == ("app-2", "failed")


def test_a_turn_that_dify_refused_leaves_none(dify: DifyApp, tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    dify.plan(reply_of(status=401))
    with pytest.raises(DifyError):
        ask(dify, evidence_file=path)
    assert lines_of(path) == []


def test_lines_are_appended(dify: DifyApp, tmp_path: Path) -> None:
    path = tmp_path / "evidence.jsonl"
    path.write_text('{"before": 1}\n', encoding="utf-8")
    dify.plan(reply_of(*answer_events()), reply_of(*answer_events()))
    first = ask(dify, user("a"), evidence_file=path)
    ask(dify, user("a"), first.echo, user("b"), evidence_file=path)
    records = lines_of(path)
    assert records[0] == {"before": 1}
    assert len(records) == 3
    assert records[1]["user"] == records[2]["user"]


def test_a_place_that_cannot_be_written_is_found_before_dify_is_asked(
    dify: DifyApp, tmp_path: Path
) -> None:
    dify.plan()
    with pytest.raises(InputError, match="`DIFY_EVIDENCE_FILE` cannot be written: No such file"):
        ask(dify, evidence_file=tmp_path / "missing" / "evidence.jsonl")
    assert dify.received == []
