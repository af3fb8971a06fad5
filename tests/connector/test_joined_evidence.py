"""From a turn of an evaluation to its stored completions: connector, Dify app, plugin, service."""

import hashlib
import json
from pathlib import Path

import httpx2
import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.json_types import JsonObject
from fakes.openai.process import SandboxAccount, SandboxProcess
from tests.connector.caller import Dialogue
from tests.connector.dify_host import dify_host

ROOT = Path(__file__).parents[2]


def listed(account: SandboxAccount, app_id: str, user: str) -> list[JsonObject]:
    """Return an app's stored completions of one end user, as the service lists them."""
    completions = httpx2.get(
        f"{account.url}/v1/chat/completions",
        params={"metadata[dify_app_id]": app_id, "metadata[dify_user]": user, "order": "asc"},
        headers={"Authorization": f"Bearer {account.key}"},
    ).json()["data"]
    return list(completions)


def question_of(account: SandboxAccount, completion: JsonObject) -> str:
    """Return what was asked in a stored completion."""
    messages = httpx2.get(
        f"{account.url}/v1/chat/completions/{completion['id']}/messages",
        headers={"Authorization": f"Bearer {account.key}"},
    ).json()["data"]
    return str(messages[-1]["content"])


@pytest.mark.parametrize("form", ["plain", "digest"])
def test_an_evaluation_finds_exactly_the_completions_that_it_caused(
    form: str, tmp_path: Path
) -> None:
    evidence = tmp_path / "evidence.jsonl"
    with SandboxProcess() as service, PluginProcess(ROOT) as plugin:
        account = service.new_account()
        credentials: JsonObject = {
            "openai_api_key": account.key,
            "openai_api_base": account.url,
            "api_protocol": "chat",
            "enable_request_metadata": "enabled",
            "request_metadata_user": form,
        }
        with dify_host(plugin, credentials) as address:
            model = {"base_url": address, "key": "unused", "user": "plain"}
            app = service.new_dify_app(mode="advanced-chat", model=model)
            environment = {
                "DIFY_URL": app.url,
                "DIFY_API_KEY": app.key,
                "DIFY_EVIDENCE_FILE": str(evidence),
            }
            dialogues = [Dialogue(environment) for _ in range(2)]
            for turn in range(3):
                for number, dialogue in enumerate(dialogues):
                    dialogue.say(f"Question {turn} of conversation {number}?")
        records = [json.loads(line) for line in evidence.read_text().splitlines()]
        assert len(records) == 6
        for number in range(2):
            (user,) = {record["dify_end_user_id"] for record in records[number::2]}
            sent = user if form == "plain" else hashlib.sha256(user.encode()).hexdigest()
            completions = listed(account, app.id, sent)
            assert [question_of(account, completion) for completion in completions] == [
                f"Question {turn} of conversation {number}?" for turn in range(3)
            ]
