"""The control plane: accounts, plans, journals, and what it says when it is used wrongly."""

from typing import Any

import httpx2
import pytest

from fakes.openai.process import ServiceFailure, ServiceProcess
from tests.workshop.openai.client import MODEL, ServiceClient, body_for
from tests.workshop.openai.conftest import ClientFactory

_AT = "The account is wrong at "


def test_the_journal_has_everything_but_the_keys(client: ServiceClient) -> None:
    client.generate("chat", metadata={"a": "b"})
    client.generate("azure-chat", store=True)
    client.get("/v1/chat/completions", **{"metadata[a]": "b"})
    client.send("POST", "/v1/nothing", content=b"not json", headers={"X-Mine": "1"})
    journal = client.account.journal()
    assert [entry["method"] for entry in journal] == ["POST", "POST", "GET", "POST"]
    assert journal[0]["body"] == body_for("chat", metadata={"a": "b"})
    assert [entry["status"] for entry in journal] == [400, 200, 200, 404]
    assert journal[1]["path"] == f"/openai/deployments/{MODEL}/chat/completions"
    assert journal[1]["query"] == {"api-version": "2025-04-01-preview"}
    assert (journal[2]["query"], journal[2]["body"]) == ({"metadata[a]": "b"}, None)
    assert (journal[3]["body"], journal[3]["headers"]["x-mine"]) == ("not json", "1")
    assert journal[0]["headers"]["authorization"] == "[removed]"
    assert journal[1]["headers"]["api-key"] == "[removed]"
    assert client.account.key not in str(journal)
    assert [entry["at"] for entry in journal] == sorted(entry["at"] for entry in journal)


def test_accounts_do_not_share_plans_or_journals(new_client: ClientFactory) -> None:
    one, two = new_client(plan=[{"text": "mine"}]), new_client()
    assert b"Echo:" in two.generate("chat").content
    assert b"mine" in one.generate("chat").content
    assert len(one.account.journal()) == len(two.account.journal()) == 1


def test_a_plan_is_played_in_order_then_echoed(client: ServiceClient) -> None:
    client.account.extend_plan({"text": "first"})
    client.account.extend_plan({"text": "second"}, {"fault": "rate_limit"})
    contents = [client.generate("chat").content for _ in range(4)]
    expected = [b"first", b"second", b"rate_limit_exceeded", b"Echo:"]
    assert all(part in content for part, content in zip(expected, contents, strict=True))


def test_replacing_an_account_clears_its_plan_and_journal(
    service: ServiceProcess, client: ServiceClient
) -> None:
    client.account.extend_plan({"text": "old"})
    stored = client.generate("responses").json()["id"]
    client.account.extend_plan({"text": "old"})
    service.put_account(client.account.key, models=[MODEL])
    assert client.account.journal() == []
    assert b"Echo:" in client.generate("chat").content
    assert client.get(f"/v1/responses/{stored}").status_code == 200


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"model": "a"}, "The account is wrong at `model`: Extra inputs are not permitted."),
        ({"refusals": [{"path": "n"}]}, "The account is wrong at `refusals.0.path`: Extra inputs"),
        ({"streaming": "no"}, "The account is wrong at `streaming`: Input should be 'as asked'"),
        ({"plan": {"text": "a"}}, _AT + "`plan`: Input should be a valid tuple"),
        (
            {"plan": ["a"]},
            _AT + "`plan.0`: A step is an object that has one of raw",
        ),
        (
            {"plan": [{}]},
            _AT + "`plan.0`: A step is an object that has one of raw",
        ),
        (
            {"plan": [{"text": "a", "finnish": "stop"}]},
            _AT + "`plan.0.answer.finnish`",
        ),
        (
            {"plan": [{"text": "a", "finish": "never"}]},
            _AT + "`plan.0.answer.finish`",
        ),
        (
            {"plan": [{"text": "a", "usage": {"x": 1}}]},
            _AT + "`plan.0.answer.usage.x`",
        ),
        (
            {"plan": [{"text": "a", "split": {"every": 0}}]},
            _AT + "`plan.0.answer.split",
        ),
        (
            {"plan": [{"fault": "flood"}]},
            _AT + "`plan.0.fault.fault`: Input should",
        ),
        (
            {"plan": [{"fault": "cut", "after": "all"}]},
            _AT + "`plan.0.fault.after`",
        ),
        ({"plan": [{"tool_calls": [{}]}]}, _AT + "`plan.0.answer.tool_calls.0.n"),
        ({"plan": [{"raw": {"status": "x"}}]}, _AT + "`plan.0.raw.raw.status`"),
        ({"plan": [{"recording": "none"}]}, "There is no recording 'none' in 'recordings'."),
        ({"plan": [{"recording": "../x"}]}, "There is no recording '../x'"),
        (
            {"plan": [{"recording": "chat-text-gpt-4o", "exchange": 1}]},
            "Recording 'chat-text-gpt-4o' has 1 exchanges, no 1.",
        ),
    ],
)
def test_a_wrong_setting_is_explained(
    service: ServiceProcess, client: ServiceClient, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ServiceFailure, match=r".") as refused:
        service.new_account(**settings)
    assert str(refused.value).startswith(problem)
    if "plan" in settings and isinstance(settings["plan"], list):
        with pytest.raises(ServiceFailure, match=r".") as refused:
            client.account.extend_plan(*settings["plan"])
        assert str(refused.value).startswith(problem)


def test_an_unknown_account_is_explained(http: httpx2.Client) -> None:
    for answer in (
        http.get("/fake/accounts/nobody/journal"),
        http.post("/fake/accounts/nobody/plan", json=[]),
    ):
        assert answer.status_code == 400
        assert answer.json() == {"error": "There is no account 'nobody'; PUT it first."}


def test_a_body_that_is_no_json_is_explained(http: httpx2.Client) -> None:
    answer = http.put("/fake/accounts/somebody", content=b"{")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The body is not JSON: ")
