"""Conversations of several turns with the local Dify app: memory, continuity, loss, deadlines."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from fakes.openai.process import SandboxDifyApp, SandboxProcess
from tests.connector.caller import (
    Dialogue,
    Inference,
    infer_in_a_new_process,
    infer_in_this_process,
    load_snippet,
)
from tests.workshop.dify_app.client import wait_until

type AppFactory = Callable[..., SandboxDifyApp]

MODES = ("chat", "agent-chat", "advanced-chat", "agent")
COUNT = "how many messages have I sent?"
_INFER_IN_ONE_PLACE = load_snippet()["run_inference"]
CALLERS: list[Inference] = [_INFER_IN_ONE_PLACE, infer_in_this_process, infer_in_a_new_process]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    """The running sandbox."""
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def new_app(sandbox: SandboxProcess) -> AppFactory:
    """Make a fresh app with the given settings."""
    return sandbox.new_dify_app


def environment_of(app: SandboxDifyApp, **more: str) -> JsonObject:
    """Return a model's environment for an app."""
    return {"DIFY_URL": app.url, "DIFY_API_KEY": app.key, "DIFY_TIMEOUT": "20", **more}


def sent_by(app: SandboxDifyApp, path: str = "/v1/chat-messages") -> list[JsonObject]:
    """Return the bodies that an app was sent."""
    return [entry["body"] for entry in app.journal() if entry["path"] == path]


@pytest.mark.parametrize("mode", MODES)
def test_the_third_answer_proves_that_the_first_two_turns_were_remembered(
    new_app: AppFactory, mode: str
) -> None:
    app = new_app(mode=mode)
    dialogue = Dialogue(environment_of(app))
    dialogue.say("remember: my code is 4711")
    dialogue.say("remember: my city is Bern")
    assert dialogue.say("what is my code?") == "Your code is 4711."
    assert dialogue.say("what is my city?") == "Your city is Bern."
    assert dialogue.say(COUNT) == "You have sent 5 messages."
    bodies = sent_by(app)
    assert [body["query"] for body in bodies] == [
        message["content"] for message in dialogue.messages[::2]
    ]
    assert bodies[0]["conversation_id"] == ""
    assert {body["conversation_id"] for body in bodies[1:]} == {dialogue.extras["conversation_id"]}
    assert {body["user"] for body in bodies} == {dialogue.extras["user"]}
    assert dialogue.extras["user"].startswith("latticeflow-")


@pytest.mark.parametrize("mode", MODES)
def test_two_interleaved_conversations_never_mix(new_app: AppFactory, mode: str) -> None:
    environment = environment_of(new_app(mode=mode))
    dialogues = {code: Dialogue(environment) for code in ("one", "two")}
    for code, dialogue in dialogues.items():
        dialogue.say(f"remember: my code is {code}")
    for _ in range(3):
        for code, dialogue in dialogues.items():
            assert dialogue.say("what is my code?") == f"Your code is {code}."
    assert {dialogue.say(COUNT) for dialogue in dialogues.values()} == {"You have sent 5 messages."}
    for key in ("conversation_id", "user"):
        assert len({dialogue.extras[key] for dialogue in dialogues.values()}) == 2


@pytest.mark.parametrize("infer", CALLERS, ids=["one place", "fresh text", "new process"])
def test_a_restart_of_the_caller_between_turns_changes_nothing(
    new_app: AppFactory, infer: Inference
) -> None:
    app = new_app(mode="agent-chat")
    dialogue = Dialogue(environment_of(app), infer)
    dialogue.say("remember: my code is 4711")
    dialogue.say('tools: weather {"city": "Bern"}')
    assert dialogue.say("what is my code?") == "Your code is 4711."
    assert dialogue.say(COUNT) == "You have sent 4 messages."
    assert [call["purpose"] for call in app.state()["model_calls"]] == ["answer"] * 4


def test_a_stream_in_single_bytes_changes_nothing(new_app: AppFactory) -> None:
    app = new_app()
    probe = httpx2.post(
        f"{app.url}/chat-messages",
        headers={"authorization": f"Bearer {app.key}"},
        json={
            "inputs": {},
            "query": "say: one \u2028 zwei\N{SNOWMAN}",
            "user": "probe",
            "response_mode": "streaming",
        },
    )
    app.extend_plan({"stream": probe.text, "split": {"every": 1}})
    assert Dialogue(environment_of(app)).say("again") == "one \u2028 zwei\N{SNOWMAN}"


@pytest.mark.parametrize("fault", ["hang", "silence"])
@pytest.mark.parametrize("mode", MODES)
def test_the_deadline_stops_the_run(new_app: AppFactory, mode: str, fault: str) -> None:
    app = new_app(mode=mode, ping_ms=20, plan=[{"fault": fault, "after": 2}])
    dialogue = Dialogue(environment_of(app, DIFY_TIMEOUT="0.4"))
    started = time.monotonic()
    with pytest.raises(RuntimeError, match=r"deadline") as failure:
        dialogue.say("say: one two three")
    assert 0.4 <= time.monotonic() - started < 3
    assert "the run was stopped" in str(failure.value)
    stop = next(entry for entry in app.journal() if entry["path"].endswith("/stop"))
    assert stop["status"] == 200
    assert stop["body"] == {"user": sent_by(app)[0]["user"]}
    wait_until(lambda: app.state()["running"] == [])


def test_a_stop_that_fails_is_told(new_app: AppFactory) -> None:
    app = new_app(
        plan=[
            {"fault": "hang", "after": 1},
            {"fault": "internal_server_error", "calls": "reading"},
        ],
        ping_ms=20,
    )
    with pytest.raises(RuntimeError, match=r"deadline.*could not be stopped"):
        Dialogue(environment_of(app, DIFY_TIMEOUT="0.3")).say("say: one two")


def test_lost_state_is_an_error_unless_told_otherwise(new_app: AppFactory) -> None:
    app = new_app()
    dialogue = Dialogue(environment_of(app))
    dialogue.say("remember: my code is 4711")
    dialogue.forget_extras()
    with pytest.raises(ValueError, match=r"memory is lost: 1 earlier turn.*DIFY_LOST_STATE"):
        dialogue.say("what is my code?")
    assert len(sent_by(app)) == 1


@pytest.mark.parametrize(
    ("policy", "state", "answer"),
    [
        ("replay", "replayed", "Your code is 4711."),
        ("ignore", "ignored", "I do not know your code."),
    ],
)
def test_lost_state_is_replayed_or_ignored_on_request(
    new_app: AppFactory, policy: str, state: str, answer: str
) -> None:
    dialogue = Dialogue(environment_of(new_app(), DIFY_LOST_STATE=policy))
    dialogue.say("remember: my code is 4711")
    first = dialogue.extras
    dialogue.forget_extras()
    assert dialogue.say("what is my code?") == answer
    assert dialogue.extras["dify_state"] == state
    assert dialogue.extras["conversation_id"] != first["conversation_id"]
    assert dialogue.say(COUNT) == "You have sent 2 messages."


def test_a_conversation_that_dify_has_lost_is_an_error(new_app: AppFactory) -> None:
    app = new_app()
    dialogue = Dialogue(environment_of(app))
    dialogue.say("remember: my code is 4711")
    gone = httpx2.request(
        "DELETE",
        f"{app.url}/conversations/{dialogue.extras['conversation_id']}",
        headers={"authorization": f"Bearer {app.key}"},
        json={"user": dialogue.extras["user"]},
    )
    assert gone.status_code == 204
    with pytest.raises(RuntimeError, match=r"404 not_found: Conversation Not Exists\."):
        dialogue.say("what is my code?")


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "too_many_requests", "retry_after": 0},
        {"fault": "service_unavailable", "retry_after": 0},
    ],
    ids=lambda fault: str(fault["fault"]),
)
def test_a_refused_turn_is_sent_again_and_counts_once(
    new_app: AppFactory, fault: dict[str, Any]
) -> None:
    app = new_app()
    dialogue = Dialogue(environment_of(app))
    dialogue.say("hello")
    app.extend_plan(fault, fault)
    assert dialogue.say(COUNT) == "You have sent 2 messages."
    assert len(sent_by(app)) == 4


@pytest.mark.parametrize("fault", ["rate_limit_error", "app_unavailable", "cut", "error_event"])
def test_a_turn_that_dify_may_have_kept_is_not_sent_again(new_app: AppFactory, fault: str) -> None:
    app = new_app()
    dialogue = Dialogue(environment_of(app))
    dialogue.say("hello")
    app.extend_plan({"fault": fault, "after": 1})
    with pytest.raises(RuntimeError, match=r"Dify"):
        dialogue.say("say: one two three")
    assert len(sent_by(app)) == 2


def test_a_failed_run_is_no_answer(new_app: AppFactory) -> None:
    app = new_app(mode="advanced-chat", plan=[{"fault": "error_event", "after": 5}])
    with pytest.raises(RuntimeError, match=r"400 invalid_param: Run failed"):
        Dialogue(environment_of(app)).say("say: one two three")


def test_a_run_that_somebody_stops_is_no_answer(new_app: AppFactory) -> None:
    app = new_app(mode="advanced-chat")
    dialogue = Dialogue(environment_of(app))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(dialogue.say, "slow: 200 x 20 ms")
        wait_until(lambda: app.state()["running"] != [])
        stopped = httpx2.post(
            f"{app.url}/chat-messages/{app.state()['running'][0]}/stop",
            headers={"authorization": f"Bearer {app.key}"},
            json={"user": sent_by(app)[0]["user"]},
        )
        assert stopped.json() == {"result": "success"}
        with pytest.raises(RuntimeError, match=r"workflow stopped: Stopped by user\."):
            answer.result(timeout=10)


def test_required_inputs_come_from_the_environment(new_app: AppFactory) -> None:
    app = new_app(required_inputs=["city"])
    with pytest.raises(RuntimeError, match=r"400 invalid_param: city is required in input form"):
        Dialogue(environment_of(app)).say("hello")
    dialogue = Dialogue(environment_of(app, DIFY_INPUTS='{"city": "Bern"}'))
    for _ in range(2):
        assert dialogue.say("what is the input city?") == "The input city is Bern."


def test_an_evaluation_points_at_exactly_the_completions_that_it_caused(
    sandbox: SandboxProcess, new_app: AppFactory
) -> None:
    account = sandbox.new_account()
    model = {"base_url": f"{sandbox.url}/v1", "key": account.key, "user": "plain"}
    app = new_app(mode="advanced-chat", model=model)
    one, two = Dialogue(environment_of(app)), Dialogue(environment_of(app))
    for number in range(3):
        one.say(f"one {number}")
        two.say(f"two {number}")
    listed = httpx2.get(
        f"{sandbox.url}/v1/chat/completions",
        headers={"authorization": f"Bearer {account.key}"},
        params={
            "metadata[dify_app_id]": one.extras["dify_app_id"],
            "metadata[dify_user]": one.extras["dify_end_user_id"],
        },
    ).json()["data"]
    texts = [item["choices"][0]["message"]["content"] for item in listed]
    assert texts == [f"Echo: one {number}" for number in range(3)]
    assert one.extras["dify_app_id"] == app.id


def test_an_end_user_leads_back_to_its_conversation(new_app: AppFactory) -> None:
    app = new_app(mode="advanced-chat")
    dialogue = Dialogue(environment_of(app, DIFY_RUN_TAG="run7"))
    dialogue.say("hello")
    found = httpx2.get(
        f"{app.url}/end-users/{dialogue.extras['dify_end_user_id']}",
        headers={"authorization": f"Bearer {app.key}"},
    ).json()
    assert found["session_id"] == dialogue.extras["user"]
    assert found["session_id"].startswith("latticeflow-run7-")
