"""Keys, methods and modes: who is let in, and to what."""

import httpx2
import pytest

from tests.workshop.dify_app.client import DifyClient, body_of, error_of
from tests.workshop.dify_app.conftest import AppFactory

PATHS = [
    ("POST", "/chat-messages"),
    ("POST", "/chat-messages/task/stop"),
    ("GET", "/info"),
    ("GET", "/end-users/nobody"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_an_unknown_key_is_refused_and_not_quoted(
    http: httpx2.Client, method: str, path: str
) -> None:
    headers = {"authorization": "Bearer app-0123456789-secret"}
    response = http.request(method, f"/v1{path}", headers=headers)
    assert error_of(response) == (401, "unauthorized", "Access token is invalid")
    assert response.headers["www-authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic app-x"}, {"api-key": "app-x"}])
def test_a_key_is_a_bearer_token(http: httpx2.Client, headers: dict[str, str]) -> None:
    status, code, message = error_of(http.get("/v1/info", headers=headers))
    assert (status, code) == (401, "unauthorized")
    assert message.startswith("Authorization header must be provided")


def test_a_path_has_its_methods(chat: DifyClient) -> None:
    assert error_of(chat.send("GET", "/chat-messages"))[:2] == (405, "method_not_allowed")


@pytest.mark.parametrize("mode", ["completion", "workflow"])
def test_only_chat_apps_chat(new_app: AppFactory, mode: str) -> None:
    client = new_app(mode=mode)
    calls = [
        client.chat(),
        client.send("POST", "/chat-messages/task/stop", json={"user": "ann"}),
        client.send("GET", "/conversations"),
        client.send("GET", "/messages"),
    ]
    assert {error_of(call)[:2] for call in calls} == {(400, "not_chat_app")}
    assert client.send("GET", "/info").json()["mode"] == mode


def test_the_services_of_openai_stay_beside_it(chat: DifyClient, http: httpx2.Client) -> None:
    headers = {"authorization": f"Bearer {chat.app.key}"}
    assert http.get("/v1/models", headers=headers).status_code == 401
    assert chat.chat().status_code == 200


def test_the_journal_has_everything_but_the_key(chat: DifyClient) -> None:
    chat.chat("one")
    chat.send("GET", "/info", params={"a": "b"})
    chat.chat(user=...)
    journal = chat.app.journal()
    assert [(entry["path"], entry["status"]) for entry in journal] == [
        ("/v1/chat-messages", 200),
        ("/v1/info", 200),
        ("/v1/chat-messages", 400),
    ]
    assert journal[0]["body"] == body_of("one")
    assert journal[1]["query"] == {"a": "b"}
    assert {entry["outcome"] for entry in journal} == {"complete"}
    assert chat.app.key not in str(journal)
