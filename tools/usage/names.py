"""Names of apps: from a CSV file of the operator's, or from Dify with an app's own key."""

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select

from tools.usage.database import app_names, upsert

_PATIENCE_SECONDS = 10


class NamesFailure(Exception):  # noqa: N818 - what happened
    """Names cannot be had; one sentence."""


def known_names(connection: Connection) -> dict[str, str]:
    """Return the names of all apps that have one, by id."""
    return {row.app_id: row.name for row in connection.execute(select(app_names))}


def write_names(connection: Connection, names: Mapping[str, str]) -> None:
    """Keep names, over those that were known."""
    upsert(connection, app_names, [{"app_id": app, "name": name} for app, name in names.items()])


def names_in(path: Path) -> dict[str, str]:
    """Read lines of `app id,name`; a first line that says so is none of them.

    Raises:
        NamesFailure: the file cannot be read, or a line has no two values.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NamesFailure(f"The names in {str(path)!r} cannot be read: {error}.") from error
    names = {}
    for number, row in rows:
        values = [value.strip() for value in row]
        if number == 1 and values[0].lower() in {"id", "app", "app_id", "app id"}:
            continue
        if len(values) < 2 or not values[0] or not values[1]:  # noqa: PLR2004
            raise NamesFailure(
                f"Line {number} of {str(path)!r} is no name: write an app's id, a comma, its name."
            )
        names[values[0]] = values[1]
    return names


class _Dify(BaseModel):
    """The part `dify` of the file of accounts: the API, and by app id the variable of its key."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern="^https?://")
    key_env: dict[str, str]


def names_from_dify(path: Path, environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Ask Dify for the names of the apps of `[dify.key_env]`; return them, and what went wrong.

    `GET /v1/info` says what the app of a key is called, not its id, so each id has its key
    (docs.dify.ai, "Get App Info").

    Raises:
        NamesFailure: the file cannot be read, or its part `dify` is wrong.
    """
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8")).get("dify")
        dify = None if written is None else _Dify.model_validate(written)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NamesFailure(f"{path} cannot be read: {error}.") from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in ("dify", *first["loc"]))
        raise NamesFailure(f"{path}: `{where}` is wrong: {first['msg']}.") from None
    names: dict[str, str] = {}
    faults = []
    with httpx2.Client(timeout=_PATIENCE_SECONDS) as client:
        for app, variable in dify.key_env.items() if dify else ():
            key = environment.get(variable, "").strip()
            if not key:
                faults.append(f"the environment variable {variable} is not set")
            elif name := _name_from(client, dify.url if dify else "", key):
                names[app] = name
            else:
                faults.append(f"Dify did not tell the name of app {app}")
    return names, faults


def _name_from(client: httpx2.Client, url: str, key: str) -> str | None:
    try:
        answer = client.get(f"{url.rstrip('/')}/info", headers={"Authorization": f"Bearer {key}"})
        answer.raise_for_status()
        told = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    name = told.get("name") if isinstance(told, dict) else None
    return name.strip() or None if isinstance(name, str) else None
