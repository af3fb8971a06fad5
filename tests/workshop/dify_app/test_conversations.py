"""Memory: an answer draws on the earlier turns of its own conversation, and on nothing else."""

from pathlib import Path

import httpx2
import pytest

from fakes.openai.process import SandboxProcess
from tests.workshop.dify_app.client import DifyClient, error_of
from tests.workshop.dify_app.conftest import AppFactory

COUNT = "how many messages have I sent?"


def test_the_third_answer_proves_the_first_two(app: DifyClient) -> None:
    first = app.turn("remember: my code is 4711")
    same = {"conversation_id": first.conversation}
    second = app.turn("remember: my city is Bern", **same)
    assert second.conversation == first.conversation
    assert app.turn("what is my code?", **same).answer == "Your code is 4711."
    assert app.turn("what is my city?", **same).answer == "Your city is Bern."
    assert app.turn(COUNT, **same).answer == "You have sent 5 messages."
    assert app.turn("what was your last answer?", **same).answer == (
        "My last answer was: You have sent 5 messages."
    )


def test_the_newest_fact_counts(chat: DifyClient) -> None:
    same = {"conversation_id": chat.turn("remember: my code is 1").conversation}
    chat.turn("Please remember: my code is 2.", **same)
    assert chat.turn("So, what is my code?", **same).answer == "Your code is 2."


def test_interleaved_conversations_never_mix(app: DifyClient) -> None:
    one = app.turn("remember: my code is one").conversation
    two = app.turn("remember: my code is two").conversation
    assert one != two
    for _ in range(3):
        for identifier, code in ((one, "one"), (two, "two")):
            turn = app.turn("what is my code?", conversation_id=identifier)
            assert turn.answer == f"Your code is {code}."
    assert app.turn(COUNT, conversation_id=one).answer == "You have sent 5 messages."
    assert app.turn("what is my code?").answer == "I do not know your code."


def test_a_conversation_belongs_to_its_user(chat: DifyClient) -> None:
    identifier = chat.turn("remember: my code is 4711").conversation
    refused = error_of(chat.chat("what is my code?", conversation_id=identifier, user="bob"))
    assert refused == (404, "not_found", "Conversation Not Exists.")


def test_a_conversation_belongs_to_its_app(new_app: AppFactory) -> None:
    one, two = new_app(), new_app()
    identifier = one.turn().conversation
    assert error_of(two.chat(conversation_id=identifier))[:2] == (404, "not_found")


def test_two_keys_of_one_app_share_its_conversations(
    sandbox: SandboxProcess, http: httpx2.Client, chat: DifyClient
) -> None:
    other = DifyClient(sandbox.new_dify_app(id=chat.app.id), http)
    identifier = chat.turn("remember: my code is 4711").conversation
    turn = other.turn("what is my code?", conversation_id=identifier)
    assert turn.answer == "Your code is 4711."


def test_blocking_and_streaming_share_a_conversation(new_app: AppFactory) -> None:
    for mode in ("chat", "advanced-chat"):
        client = new_app(mode=mode)
        identifier = client.turn("remember: my code is 4711").conversation
        fields = {"conversation_id": identifier, "response_mode": "blocking"}
        answer = client.chat("what is my code?", **fields).json()
        assert (answer["event"], answer["mode"]) == ("message", mode)
        assert (answer["answer"], answer["conversation_id"]) == ("Your code is 4711.", identifier)
        assert answer["id"] == answer["message_id"]
        assert answer["metadata"]["usage"]["completion_tokens"] == 4


def test_a_transcript_in_one_query_can_be_asked_about(chat: DifyClient) -> None:
    query = 'Earlier: "remember: my code is 4711"\nassistant: noted\nNow: what is my code?'
    assert chat.turn(query).answer == "Your code is 4711."
    assert chat.turn(f"{query}\n{COUNT}").answer == "You have sent 1 message."


def test_a_deleted_conversation_is_gone(chat: DifyClient) -> None:
    identifier = chat.turn().conversation
    path = f"/conversations/{identifier}"
    assert error_of(chat.send("DELETE", path, json={"user": "bob"}))[0] == 404
    gone = chat.send("DELETE", path, json={"user": "ann"})
    assert (gone.status_code, gone.content) == (204, b"")
    assert error_of(chat.chat(conversation_id=identifier))[0] == 404
    assert error_of(chat.send("DELETE", path, json={"user": "ann"}))[0] == 404


def test_memory_outlives_the_service(tmp_path: Path) -> None:
    database = ("--database", str(tmp_path / "kept.db"))
    with SandboxProcess(*database) as sandbox, httpx2.Client(base_url=sandbox.url) as http:
        client = DifyClient(sandbox.put_dify_app("app-kept"), http)
        identifier = client.turn("remember: my code is 4711").conversation
    with SandboxProcess(*database) as sandbox, httpx2.Client(base_url=sandbox.url) as http:
        client = DifyClient(sandbox.put_dify_app("app-kept"), http)
        turn = client.turn("what is my code?", conversation_id=identifier)
        assert turn.answer == "Your code is 4711."


@pytest.mark.parametrize("named", [True, False, ...])
def test_a_name_costs_a_call_unless_it_is_not_asked_for(chat: DifyClient, named: object) -> None:
    turn = chat.turn("hello there", auto_generate_name=named)
    chat.turn(conversation_id=turn.conversation, auto_generate_name=named)
    purposes = [call["purpose"] for call in chat.app.state()["model_calls"]]
    assert purposes == (["answer", "answer"] if named is False else ["answer", "name", "answer"])
    listed = chat.send("GET", "/conversations", params={"user": "ann"}).json()["data"][0]
    assert listed["name"] == ("New conversation" if named is False else "hello there")
