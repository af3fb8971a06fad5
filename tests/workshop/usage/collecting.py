"""Calls made at the local service, and `collect` run on its accounts and on logs."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes.openai.process import LocalAccount
from tests.workshop.usage.daemon_lines import as_text, message
from tools.usage.__main__ import main

CONTENT = "CANARY-CONTENT"
USER = "CANARY-USER"


@dataclass(frozen=True, slots=True)
class Shop:
    """An account of the service, and calls made with it."""

    account: LocalAccount
    http: httpx2.Client

    def ask(self, api: str = "chat", app: str = "app-1", **more: Any) -> dict[str, Any]:
        """Make a stored call as the plugin does, and return the answer."""
        pairs = {"dify_source": "dify", "dify_app_id": app, "dify_user": USER, "team": "sales"}
        body: dict[str, Any] = {"model": "gpt-4o-mini", "store": True, "metadata": pairs, **more}
        if api == "chat":
            body["messages"] = [{"role": "user", "content": CONTENT}]
        else:
            body["input"] = CONTENT
        path = "/v1/chat/completions" if api == "chat" else "/v1/responses"
        response = self.http.post(
            path, json=body, headers={"authorization": f"Bearer {self.account.key}"}
        )
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer


@dataclass(frozen=True, slots=True)
class Collected:
    """What `collect` said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Desk:
    """A folder with a database, a configuration and logs, and the command over them."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.folder / "usage.sqlite"

    def collect(self, *arguments: str | Path, accounts: str = "", database: str = "") -> Collected:
        """Run `collect`; `accounts` is the text of the configuration, if there is one."""
        given = [*map(str, arguments), "--database", database or str(self.database)]
        if accounts:
            (self.folder / "accounts.toml").write_text(accounts, encoding="utf-8")
            given += ["--config", str(self.folder / "accounts.toml")]
        status = main(["collect", *given])
        return Collected(status, *self.capsys.readouterr())

    def rows(self, query: str = "SELECT * FROM calls ORDER BY key") -> list[dict[str, Any]]:
        """Return what the database has."""
        with closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]

    def log(self, *lines: str, name: str = "daemon.log") -> Path:
        """Write a log."""
        path = self.folder / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path


def line_of(answer: dict[str, Any], **facts: Any) -> str:
    """Return the daemon's line of an answer."""
    usage = answer["usage"]
    responses = answer["object"] == "response"
    counted = {
        "id": answer["id"],
        "api": "responses" if responses else "chat",
        "model": answer["model"],
        "input": usage["input_tokens" if responses else "prompt_tokens"],
        "cached": 0,
        "output": usage["output_tokens" if responses else "completion_tokens"],
    }
    return as_text(message(**counted | facts))


def failed_line(**facts: Any) -> str:
    """Return the daemon's line of a call that failed."""
    nothing = {"id": None, "input": 0, "cached": 0, "output": 0, "finish": None, "stored": False}
    return as_text(message(**{"error": "InvokeRateLimitError", **nothing, **facts}))


def dumped(database: Path) -> str:
    """Return all that a database holds."""
    with closing(sqlite3.connect(database)) as connection:
        return json.dumps([*connection.iterdump()])
