"""The control plane of apps: settings, plans, and what it says when it is used wrongly."""

import subprocess
import sys
import uuid
from typing import Any

import httpx2
import pytest

from fakes.openai.process import SandboxFailure, SandboxProcess
from tests.workshop.dify_app.client import DifyClient
from tests.workshop.dify_app.conftest import AppFactory


def test_an_app_has_an_id_of_its_own_or_the_one_it_is_given(new_app: AppFactory) -> None:
    given = str(uuid.uuid4())
    assert new_app(id=given).app.id == given
    assert new_app().app.id != new_app().app.id


def test_an_app_keeps_its_id_and_conversations_when_it_is_replaced(
    sandbox: SandboxProcess, http: httpx2.Client, chat: DifyClient
) -> None:
    identifier = chat.turn("remember: my code is 4711").conversation
    chat.app.extend_plan({"text": "old"})
    again = DifyClient(sandbox.put_dify_app(chat.app.key, mode="chat"), http)
    assert again.app.id == chat.app.id
    assert again.app.journal() == []
    turn = again.turn("what is my code?", conversation_id=identifier)
    assert turn.answer == "Your code is 4711."


def test_a_plan_is_played_in_order_then_the_rules_answer(chat: DifyClient) -> None:
    chat.app.extend_plan({"text": "first"})
    chat.app.extend_plan({"text": ["sec", "ond"], "delay_ms": 1}, {"fault": "app_unavailable"})
    contents = [chat.chat().content for _ in range(4)]
    expected = [b"first", b"ond", b"app_unavailable", b"Echo:"]
    assert all(part in content for part, content in zip(expected, contents, strict=True))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"models": []}, "An app does not know 'models'."),
        ({"mode": "agents"}, "'agents' is no mode; choose from chat, agent-chat, "),
        ({"id": "7"}, "The `id` of an app is a UUID, not '7'."),
        ({"model": {"url": "x"}}, "`model` does not know 'url'."),
        ({"model": {"key": "x"}}, "`model` lacks 'base_url'."),
        (
            {"model": {"base_url": "x", "key": "x", "user": "all"}},
            "`model.user` is one of none, digest, plain, not 'all'.",
        ),
        ({"plan": {}}, "A plan is a list of steps."),
        ({"plan": [{}]}, "A step has one of stream, stream_base64, raw, fault, text"),
        ({"plan": [{"text": "a", "finish": "stop"}]}, "A step with 'text' does not know 'finish'."),
        ({"plan": [{"text": "a", "split": {"every": 1}}]}, "`split` is for steps with stream"),
        ({"plan": [{"text": "a", "tools": [{}]}]}, "A step with 'text' is malformed: KeyError"),
        ({"plan": [{"stream": 7}]}, "A step with 'stream' is malformed: AttributeError"),
        ({"plan": [{"stream_base64": "?"}]}, "A step with 'stream_base64' is malformed: "),
        ({"plan": [{"fault": "rate_limit"}]}, "'rate_limit' is no fault; choose from app_unavail"),
    ],
)
def test_a_wrong_setting_is_explained(
    sandbox: SandboxProcess, chat: DifyClient, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(SandboxFailure, match=r".") as refused:
        sandbox.new_dify_app(**settings)
    assert str(refused.value).startswith(problem)
    if isinstance(settings.get("plan"), list):
        with pytest.raises(SandboxFailure, match=r".") as refused:
            chat.app.extend_plan(*settings["plan"])
        assert str(refused.value).startswith(problem)


def test_a_key_says_that_it_is_an_apps(sandbox: SandboxProcess) -> None:
    with pytest.raises(SandboxFailure, match=r"An app key starts with app-"):
        sandbox.put_dify_app("sk-secret")


def test_an_unknown_app_is_explained_without_its_key(http: httpx2.Client) -> None:
    path = "/sandbox/dify/apps/app-nobody"
    for answer in (
        http.get(path),
        http.get(f"{path}/journal"),
        http.post(f"{path}/plan", json=[]),
    ):
        assert answer.status_code == 404
        assert answer.json() == {"error": "There is no app with this key; PUT it first."}
    assert http.put(path, content=b"[]").json() == {"error": "An app is a JSON object."}


def test_the_command_line_makes_apps() -> None:
    arguments = ("--dify-app", "app-one", "--dify-app", "app-two:agent")
    with SandboxProcess(*arguments) as sandbox:
        for key, mode in (("app-one", "chat"), ("app-two", "agent")):
            headers = {"authorization": f"Bearer {key}"}
            info = httpx2.get(f"{sandbox.url}/v1/info", headers=headers).json()
            assert info["mode"] == mode


def test_the_command_that_the_ready_line_names_makes_an_app(sandbox: SandboxProcess) -> None:
    _, _, method, url = sandbox.ready["new_dify_app"].split(" ")
    assert httpx2.request(method, url).json()["mode"] == "chat"
    headers = {"authorization": "Bearer app-me"}
    assert httpx2.get(f"{sandbox.ready['dify_url']}/info", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--port", "99999"), "port must be 0-65535"),
        (("--database", "/no-such-folder/x.db"), "unable to open database file"),
        (("--dify-app", "app-x:foo"), "'foo' is no mode"),
    ],
)
def test_an_option_that_cannot_be_is_told_in_one_line(option: tuple[str, str], words: str) -> None:
    command = [sys.executable, "-m", "fakes.openai", *option]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
