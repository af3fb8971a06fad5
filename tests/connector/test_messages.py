"""What AI GO! sends becomes one turn for Dify, and lost memory is never passed over."""

import json
from typing import Any

import pytest

from fakes.dify_app.apps import DifyApp
from integrations.aigo.run_inference import DifyError, InputError, run_inference
from tests.connector.dify_events import Json, answer_events
from tests.connector.turns import Turn, ask, body_of, environment_of, reply_of, user

IDS = {"user": "latticeflow-1", "conversation_id": "c-1"}
ANSWERED: Json = {"role": "assistant", "content": "Yes.", **IDS}
SYSTEM = {"role": "system", "content": "Be brief."}


def greet(text: str = "Hello") -> Json:
    """Return an assistant's message without ids."""
    return {"role": "assistant", "content": text}


def send(
    dify: DifyApp, *messages: Json, sample: Json | None = None, **settings: Any
) -> tuple[Json, Turn]:
    """Take one turn; return what Dify was asked, and the turn."""
    dify.plan(reply_of(*answer_events()))
    turn = ask(dify, *messages, sample=sample, **settings)
    (asked,) = dify.asked
    return asked, turn


def test_a_first_question_starts_a_conversation_of_a_user_of_its_own(dify: DifyApp) -> None:
    asked, turn = send(dify, user("Hi"))
    again, _ = send(dify, user("Hi"))
    name = asked.pop("user")
    assert name.startswith("latticeflow-")
    assert name != again["user"]
    assert asked == {
        "query": "Hi",
        "inputs": {},
        "conversation_id": "",
        "response_mode": "streaming",
        "auto_generate_name": False,
    }
    assert turn.echo["dify_state"] == "new"
    assert turn.echo["user"] == name


def test_only_the_newest_ids_count(dify: DifyApp) -> None:
    older = {**ANSWERED, "user": "latticeflow-0", "conversation_id": "c-0"}
    asked, _ = send(dify, user("a"), older, user("b"), ANSWERED, user("c"))
    assert (asked["user"], asked["conversation_id"]) == ("latticeflow-1", "c-1")


def test_a_prefilled_answer_without_ids_does_not_hide_the_ones_before(dify: DifyApp) -> None:
    asked, turn = send(dify, user("a"), ANSWERED, greet("Let me think."), user("b"))
    assert asked["conversation_id"] == "c-1"
    assert "dify_unseen_turns" not in turn.echo


def test_turns_that_dify_may_not_know_are_counted(dify: DifyApp) -> None:
    asked, turn = send(dify, user("a"), ANSWERED, user("b"), greet(), user("c"))
    assert asked["conversation_id"] == "c-1"
    assert turn.echo["dify_unseen_turns"] == 1


@pytest.mark.parametrize("policy", ["error", "replay"])
def test_an_answer_from_another_conversation_is_an_error(dify: DifyApp, policy: str) -> None:
    elsewhere = {**ANSWERED, "conversation_id": "c-0"}
    with pytest.raises(DifyError, match=r"memory is lost: it knows no conversation c-0.*ignore"):
        send(dify, user("a"), elsewhere, user("b"), lost_state=policy)


def test_an_answer_from_another_conversation_can_be_ignored(dify: DifyApp) -> None:
    elsewhere = {**ANSWERED, "conversation_id": "c-0"}
    _, turn = send(dify, user("a"), elsewhere, user("b"), lost_state="ignore")
    assert turn.echo["dify_state"] == "in another conversation"
    assert turn.echo["conversation_id"] == "c-1"


@pytest.mark.parametrize("missing", sorted(IDS))
def test_a_history_without_ids_is_an_error(dify: DifyApp, missing: str) -> None:
    lost = {key: value for key, value in ANSWERED.items() if key != missing}
    dify.plan()
    with pytest.raises(InputError, match=r"memory is lost: 1 earlier turn.*`DIFY_LOST_STATE`"):
        ask(dify, user("a"), lost, user("b"))
    assert dify.received == []


def test_a_lost_history_can_be_told_in_the_first_query(dify: DifyApp) -> None:
    asked, turn = send(dify, user("I am Ada."), greet("Hi Ada."), user("Who?"), lost_state="replay")
    assert asked["conversation_id"] == ""
    lines = ["user: I am Ada.", "assistant: Hi Ada.", "user: Who?"]
    positions = [asked["query"].index(line) for line in lines]
    assert positions == sorted(positions)
    assert asked["query"].endswith("Who?")
    assert turn.echo["dify_state"] == "replayed"


def test_an_opening_of_the_assistant_is_no_lost_turn_but_is_told(dify: DifyApp) -> None:
    asked, turn = send(dify, greet("How can I help?"), user("b"))
    assert asked["query"] == "b"
    assert turn.echo["dify_state"] == "ignored"


CONTENTS: list[object] = ["", " \n", None, []]
NO_MESSAGES = "with a list `messages`"
NO_QUESTION = "the last message must have the role 'user'"
WRONG_ROLE = "takes no message with the role"


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        *[(messages, NO_MESSAGES) for messages in (None, "Hi", ["Hi"])],
        *[(messages, NO_QUESTION) for messages in ([], [SYSTEM], [user("a"), ANSWERED])],
        *[
            ([{"role": role, "content": "x"}, user("a")], WRONG_ROLE)
            for role in ("tool", "function", None, ["user"])
        ],
        *[
            ([{"role": "user", "content": content}], "user message is empty")
            for content in CONTENTS
        ],
    ],
)
def test_there_must_be_a_question(dify: DifyApp, messages: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        run_inference(json.dumps({"messages": messages}), environment_of(dify))


@pytest.mark.parametrize("body", ["", "[]", "{}"])
def test_a_body_without_messages_is_refused(dify: DifyApp, body: str) -> None:
    with pytest.raises(InputError, match=NO_MESSAGES):
        run_inference(body, environment_of(dify))


def test_a_strict_schema_is_refused_and_another_format_is_not(dify: DifyApp) -> None:
    strict = {"type": "json_schema", "json_schema": {"name": "a", "strict": True}}
    body = {"messages": [user("a")], "response_format": strict}
    with pytest.raises(InputError, match="strict JSON schema"):
        run_inference(json.dumps(body), environment_of(dify))
    dify.plan(reply_of(*answer_events()))
    run_inference(json.dumps(body | {"response_format": {"type": "text"}}), environment_of(dify))


def test_text_parts_are_joined_and_addresses_become_files(dify: DifyApp) -> None:
    parts = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "https://a.example/cat"}},
        {"type": "input_image", "image_url": "https://a.example/dog.png"},
        {"type": "input_file", "file_url": "https://a.example/a.mp3?x=1"},
        {"type": "input_text", "text": "what is it?"},
    ]
    asked, _ = send(dify, {"role": "user", "content": parts})
    assert asked["query"] == "Look:\nwhat is it?"
    assert [(file["type"], file["url"]) for file in asked["files"]] == [
        ("image", "https://a.example/cat"),
        ("image", "https://a.example/dog.png"),
        ("audio", "https://a.example/a.mp3?x=1"),
    ]
    assert {file["transfer_method"] for file in asked["files"]} == {"remote_url"}


@pytest.mark.parametrize(
    "part", [{"type": "file", "file": {"file_id": "f-1"}}, {"type": "audio"}, "text"]
)
def test_an_ai_go_file_is_refused_with_the_way_out(dify: DifyApp, part: object) -> None:
    with pytest.raises(InputError, match=r"cannot be sent.*`dify_files`"):
        run_inference(body_of({"role": "user", "content": [part]}), environment_of(dify))


def test_inputs_come_from_the_environment_and_the_sample(dify: DifyApp) -> None:
    sample = {"dify_inputs": {"city": "Bern"}}
    asked, _ = send(dify, sample=sample, inputs='{"city": "Basel", "lang": "de"}')
    assert asked["inputs"] == {"city": "Bern", "lang": "de"}
    asked, _ = send(dify, sample={"dify_inputs": '{"city": "Chur"}'})
    assert asked["inputs"] == {"city": "Chur"}


@pytest.mark.parametrize("inputs", ["[]", 3, ["a"]])
def test_inputs_of_a_sample_must_be_an_object(dify: DifyApp, inputs: object) -> None:
    with pytest.raises(InputError, match="`dify_inputs` must be a JSON object"):
        ask(dify, sample={"dify_inputs": inputs})


@pytest.mark.parametrize(
    ("files", "sent"),
    [
        (
            ["https://a.example/a.png", "https://a.example/b.pdf"],
            [
                {"url": "https://a.example/a.png", "type": "image"},
                {"url": "https://a.example/b.pdf", "type": "document"},
            ],
        ),
        ("https://a.example/x", [{"url": "https://a.example/x", "type": "document"}]),
        ('["https://a.example/v.mp4"]', [{"url": "https://a.example/v.mp4", "type": "video"}]),
        (
            {"type": "custom", "upload_file_id": "u-1"},
            [{"type": "custom", "upload_file_id": "u-1", "transfer_method": "local_file"}],
        ),
    ],
)
def test_files_of_a_sample_are_sent(dify: DifyApp, files: object, sent: list[Json]) -> None:
    asked, _ = send(dify, sample={"dify_files": files})
    assert asked["files"] == [{"transfer_method": "remote_url", **file} for file in sent]


def test_files_of_a_sample_are_sent_once_a_conversation(dify: DifyApp) -> None:
    sample = {"dify_files": ["https://a.example/a.png"], "dify_inputs": {"a": "b"}}
    asked, _ = send(dify, user("a"), ANSWERED, user("b"), sample=sample)
    assert "files" not in asked
    assert asked["inputs"] == {"a": "b"}


@pytest.mark.parametrize("file", ["a.png", "data:image/png;base64,AA", {"type": "image"}, 7])
def test_a_file_without_an_address_is_refused(dify: DifyApp, file: object) -> None:
    with pytest.raises(InputError, match="A file needs an http"):
        ask(dify, sample={"dify_files": [file]})


def test_the_user_names_the_run_and_the_sample(dify: DifyApp) -> None:
    sample = {"id": "row 17/ä"}
    asked, _ = send(dify, sample=sample, run_tag="nightly 3", user_prefix="latticeflow")
    assert asked["user"].startswith("latticeflow-nightly-3-row-17-")
    assert asked["user"].isascii()


@pytest.mark.parametrize("sample", [None, {}, {"id": None}, {"id": ""}, {"question": "x"}])
def test_without_an_id_the_user_has_a_digest_and_no_prompt(
    dify: DifyApp, sample: Json | None
) -> None:
    asked, _ = send(dify, user("secret words"), sample=sample)
    _, digest, _ = asked["user"].split("-")
    assert len(digest) == 12
    assert "secret" not in asked["user"]


def test_the_version_under_test_can_be_named(dify: DifyApp) -> None:
    asked, _ = send(dify, workflow_id="w-1")
    assert asked["workflow_id"] == "w-1"


@pytest.mark.parametrize(
    ("policy", "query", "inputs", "told"),
    [
        ("ignore", "Hi", {}, "ignored"),
        ("prefix", "Be brief.\n\nHi", {}, "prefixed"),
        ("input:rules", "Hi", {"rules": "Be brief."}, "input:rules"),
    ],
)
def test_a_system_message_is_treated_as_told_and_the_trace_says_so(
    dify: DifyApp, policy: str, query: str, inputs: Json, told: str
) -> None:
    asked, turn = send(dify, SYSTEM, user("Hi"), system=policy)
    assert (asked["query"], asked["inputs"]) == (query, inputs)
    assert turn.echo["dify_system"] == told


def test_a_system_message_can_be_refused(dify: DifyApp) -> None:
    with pytest.raises(InputError, match="There is a system message"):
        ask(dify, SYSTEM, user("Hi"), system="error")


def test_a_system_message_is_not_prefixed_again(dify: DifyApp) -> None:
    asked, turn = send(dify, SYSTEM, user("a"), ANSWERED, user("b"), system="prefix")
    assert asked["query"] == "b"
    assert turn.echo["dify_system"] == "prefixed to the first query"


def test_halves_of_a_character_do_not_break_the_request(dify: DifyApp) -> None:
    asked, _ = send(dify, user("a \ud83d b \ud83d\ude00"))
    assert asked["query"] == "a \ufffd b \U0001f600"
