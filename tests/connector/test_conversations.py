"""Conversations of several turns with the local Dify app: memory, continuity, loss, deadlines."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from fakes.dify_app.apps import DifyApp, Hang, Mode
from fakes.dify_app.replies import Refusal
from fakes.dify_app.server import DifyServer
from integrations.aigo import run_inference as snippet
from tests.connector.caller import Dialogue, infer_in_a_new_process
from tests.connector.turns import environment_of

type AppFactory = Callable[..., DifyApp]

COUNT = "how many messages have I sent?"
TOOLS = 'tools: weather {"city": "Bern"}; clock'


@pytest.fixture
def new_app(server: DifyServer) -> AppFactory:
    """Make a fresh app with the given settings."""
    return lambda **settings: server.serve(DifyApp(**settings))


def call(app: DifyApp, method: str, path: str, **options: Any) -> httpx2.Response:
    """Call the app API as README.md tells people to."""
    headers = {"authorization": f"Bearer {app.key}"}
    return httpx2.request(method, f"{app.url}/v1/{path}", headers=headers, **options)


@pytest.mark.parametrize("mode", Mode)
def test_the_third_answer_proves_that_the_first_two_turns_were_remembered(
    new_app: AppFactory, mode: Mode
) -> None:
    app = new_app(mode=mode)
    dialogue = Dialogue(environment_of(app))
    said = ["remember: my code is 4711", "remember: my city is Bern", "what is my code?", COUNT]
    answers = [dialogue.say(text).echo for text in said]
    assert [answer["content"] for answer in answers[2:]] == [
        "Your code is 4711.",
        "You have sent 4 messages.",
    ]
    assert [body["query"] for body in app.asked] == said
    assert app.asked[0]["conversation_id"] == ""
    assert {body["conversation_id"] for body in app.asked[1:]} == {answers[3]["conversation_id"]}
    assert {body["user"] for body in app.asked} == {answers[3]["user"]}
    assert [answer["dify_state"] for answer in answers] == ["new"] + ["continued"] * 3


@pytest.mark.parametrize("mode", Mode)
def test_two_interleaved_conversations_never_mix(new_app: AppFactory, mode: Mode) -> None:
    environment = environment_of(new_app(mode=mode))
    dialogues = {code: Dialogue(environment) for code in ("one", "two")}
    for code, dialogue in dialogues.items():
        dialogue.say(f"remember: my code is {code}")
    for _ in range(2):
        for code, dialogue in dialogues.items():
            assert dialogue.say("what is my code?").answer == f"Your code is {code}."
    last = [dialogue.say(COUNT).echo for dialogue in dialogues.values()]
    assert {echo["content"] for echo in last} == {"You have sent 4 messages."}
    for name in ("conversation_id", "user"):
        assert len({echo[name] for echo in last}) == 2


@pytest.mark.parametrize("mode", [Mode.AGENT_CHAT, Mode.ADVANCED_CHAT, Mode.AGENT])
def test_a_turn_with_tools_is_traced_and_the_conversation_goes_on(
    new_app: AppFactory, mode: Mode
) -> None:
    dialogue = Dialogue(environment_of(new_app(mode=mode)))
    dialogue.say("remember: my code is 4711")
    turn = dialogue.say(TOOLS)
    outputs = [json.loads(tool.output or "") for tool in turn.tools]
    if mode is Mode.ADVANCED_CHAT:  # the outputs of a node are an object of its own
        outputs = [json.loads(output["text"]) for output in outputs]
    assert [tool.name for tool in turn.tools] == ["weather", "clock"]
    assert [tool.arguments for tool in turn.tools] == [{"city": "Bern"}, {}]
    assert outputs == [{"asked": {"city": "Bern"}}, {"asked": {}}]
    assert turn.answer.startswith("The tools say weather: {")
    assert dialogue.say("what is my code?").answer == "Your code is 4711."


def test_a_restart_of_the_caller_between_turns_changes_nothing(new_app: AppFactory) -> None:
    environment = environment_of(new_app(mode=Mode.AGENT_CHAT))
    dialogue = Dialogue(environment, infer_in_a_new_process)
    dialogue.say("remember: my code is 4711")
    dialogue.say(TOOLS)
    assert dialogue.say("what is my code?").answer == "Your code is 4711."


@pytest.mark.parametrize("mode", Mode)
def test_the_deadline_stops_the_run(new_app: AppFactory, mode: Mode) -> None:
    app = new_app(mode=mode, ping_seconds=0.02)
    app.plan(Hang(after=2))
    dialogue = Dialogue(environment_of(app, timeout=0.2))
    with pytest.raises(snippet.DifyError, match=r"deadline.*the run was stopped"):
        dialogue.say("say: one two three")
    assert [stop.body for stop in app.stops] == [{"user": app.asked[0]["user"]}]


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
    dialogue = Dialogue(environment_of(new_app(), lost_state=policy))
    first = dialogue.say("remember: my code is 4711").echo
    dialogue.forget_extras()
    second = dialogue.say("what is my code?").echo
    assert (second["content"], second["dify_state"]) == (answer, state)
    assert second["conversation_id"] != first["conversation_id"]
    assert dialogue.say(COUNT).answer == "You have sent 2 messages."


def forgetful(app: DifyApp, **settings: Any) -> Dialogue:
    """Begin a conversation that Dify then forgets."""
    dialogue = Dialogue(environment_of(app, **settings))
    echo = dialogue.say("remember: my code is 4711").echo
    path = f"conversations/{echo['conversation_id']}"
    assert call(app, "DELETE", path, json={"user": echo["user"]}).status_code == 204
    return dialogue


@pytest.mark.parametrize("mode", Mode)
def test_a_conversation_that_dify_has_lost_is_an_error(new_app: AppFactory, mode: Mode) -> None:
    dialogue = forgetful(new_app(mode=mode))
    told = (
        "404 not_found: Conversation Not Exists" if mode is not Mode.ADVANCED_CHAT else "memory is"
    )
    with pytest.raises(snippet.DifyError, match=told):
        dialogue.say("what is my code?")


def test_a_chatflow_that_has_lost_a_conversation_can_go_on_in_another(new_app: AppFactory) -> None:
    dialogue = forgetful(new_app(mode=Mode.ADVANCED_CHAT), lost_state="ignore")
    answers = [dialogue.say(text).echo for text in ("what is my code?", COUNT)]
    assert [answer["content"] for answer in answers] == [
        "I do not know your code.",
        "You have sent 2 messages.",
    ]
    assert [answer["dify_state"] for answer in answers] == ["in another conversation", "continued"]


@pytest.mark.parametrize("mode", [Mode.CHAT, Mode.AGENT_CHAT])
def test_the_part_of_a_run_that_somebody_stops_is_an_answer_without_a_count(
    new_app: AppFactory, mode: Mode
) -> None:
    app = new_app(mode=mode, ping_seconds=0.02)
    app.plan(Hang(after=3))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(Dialogue(environment_of(app)).say, "say: one two three four")
        stop_the_only_run(app)
        turn = answer.result(timeout=10)
    assert turn.answer.startswith("one two")
    assert turn.output["usage"] == {"latency": 0.001}


def stop_the_only_run(app: DifyApp) -> None:
    """Stop what runs as soon as it does."""
    for _ in range(500):
        if app.running:
            break
        time.sleep(0.01)
    (task,) = app.running
    stopped = call(app, "POST", f"chat-messages/{task}/stop", json=app.asked[0])
    assert stopped.json() == {"result": "success"}


def test_a_refused_turn_is_sent_again_and_counts_once(new_app: AppFactory) -> None:
    app = new_app()
    dialogue = Dialogue(environment_of(app, retries=2))
    dialogue.say("hello")
    busy = Refusal(429, "too_many_requests", "Later.").to_reply(retry_after="0")
    app.plan(busy, busy)
    assert dialogue.say(COUNT).answer == "You have sent 2 messages."
    assert len(app.asked) == 3


def test_a_run_that_somebody_stops_is_no_answer(new_app: AppFactory) -> None:
    app = new_app(mode=Mode.ADVANCED_CHAT)
    app.plan(Hang(after=5))
    dialogue = Dialogue(environment_of(app))
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(dialogue.say, "say: one two")
        stop_the_only_run(app)
        with pytest.raises(snippet.DifyError, match=r"workflow stopped: Stopped by user\."):
            answer.result(timeout=10)


def test_required_inputs_come_from_the_environment(new_app: AppFactory) -> None:
    app = new_app(required_inputs=("city",))
    with pytest.raises(snippet.DifyError, match=r"400 invalid_param: city is required"):
        Dialogue(environment_of(app)).say("hello")
    dialogue = Dialogue(environment_of(app, inputs='{"city": "Bern"}'))
    for _ in range(2):
        assert dialogue.say("what is the input city?").answer == "The input city is Bern."


def test_an_end_user_leads_back_to_its_conversation(new_app: AppFactory) -> None:
    app = new_app(mode=Mode.ADVANCED_CHAT)
    echo = Dialogue(environment_of(app, run_tag="run7")).say("hello").echo
    found = call(app, "GET", f"end-users/{echo['dify_end_user_id']}").json()
    assert found["session_id"] == echo["user"]
    assert echo["user"].startswith("latticeflow-run7-")
    assert echo["dify_app_id"] == app.id
