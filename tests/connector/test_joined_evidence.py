"""From a turn of an evaluation to its stored completions: connector, Dify app, plugin, service."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from fakes.dify_app.apps import Conversation, DifyApp, Mode
from fakes.dify_app.server import DifyServer
from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import assistant_message, user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.openai.process import LocalAccount, ServiceProcess
from tests.connector.caller import Dialogue
from tests.connector.dify_events import Json
from tests.connector.turns import environment_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def service() -> Iterator[ServiceProcess]:
    """The model's service."""
    with ServiceProcess() as process:
        yield process


@pytest.fixture(scope="module")
def plugin() -> Iterator[PluginProcess]:
    """The plugin, as Dify runs it."""
    with PluginProcess(ROOT) as process:
        yield process


def served(account: LocalAccount, path: str, **params: str) -> list[Json]:
    """Return what the service lists."""
    url = f"{account.url}/v1/chat/completions{path}"
    headers = {"Authorization": f"Bearer {account.key}"}
    return list(httpx2.get(url, params=params, headers=headers).json()["data"])


@pytest.mark.parametrize("form", ["plain", "digest"])
def test_an_evaluation_finds_exactly_the_completions_that_it_caused(
    form: str, tmp_path: Path, service: ServiceProcess, plugin: PluginProcess, server: DifyServer
) -> None:
    account = service.new_account()
    credentials: Json = {
        "openai_api_key": account.key,
        "openai_api_base": account.url,
        "api_protocol": "chat",
        "enable_request_metadata": "enabled",
        "request_metadata_user": form,
    }

    def through_the_plugin(app: DifyApp, conversation: Conversation) -> str:
        target = ModelTarget(
            provider="openai",
            model="gpt-4o-mini",
            credentials=credentials,
            user_id=conversation.user.id,
        )
        *before, newest = conversation.messages
        messages = [
            message
            for one in before
            for message in (user_message(one.query), assistant_message(one.answer))
        ]
        call = invoke_llm(target, [*messages, user_message(newest.query)], LLMOptions(stream=True))
        return read_llm_answer(plugin.open_session(call, app_id=app.id)).text

    app = server.serve(DifyApp(Mode.ADVANCED_CHAT, model=through_the_plugin))
    evidence = tmp_path / "evidence.jsonl"
    dialogues = [Dialogue(environment_of(app, evidence_file=evidence)) for _ in range(2)]
    for turn in range(3):
        for number, dialogue in enumerate(dialogues):
            dialogue.say(f"Question {turn} of conversation {number}?")
    records = [json.loads(line) for line in evidence.read_text().splitlines()]
    assert len(records) == 6
    for number in range(2):
        (user,) = {record["dify_end_user_id"] for record in records[number::2]}
        sent = user if form == "plain" else hashlib.sha256(user.encode()).hexdigest()
        pairs = {"metadata[dify_app_id]": app.id, "metadata[dify_user]": sent, "order": "asc"}
        found = [served(account, f"/{one['id']}/messages") for one in served(account, "", **pairs)]
        assert [messages[-1]["content"] for messages in found] == [
            f"Question {turn} of conversation {number}?" for turn in range(3)
        ]
