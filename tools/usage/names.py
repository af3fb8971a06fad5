"""Names of apps: from a CSV file of the operator's, or from Dify with an app's own key."""

import csv
from collections.abc import Mapping
from pathlib import Path

import httpx2
from sqlalchemy import Connection, select

from tools.usage.database import app_names, upsert

_PATIENCE_SECONDS = 10


class NamesFailure(Exception):  # noqa: N818 - what happened
    """Names cannot be had; one sentence."""


def known_names(connection: Connection) -> dict[str, str]:
    """Return the names of all apps that have one, by id."""
    return {app: name for app, name in connection.execute(select(app_names))}


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


def names_from_dify(
    url: str, keys: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Ask Dify for the names of apps by their own keys, and return them, and what went wrong.

    `GET /v1/info` says what the app of a key is called, not its id, so `keys` has one for each id
    (docs.dify.ai, "Get App Info"). `url` ends with /v1.
    """
    names: dict[str, str] = {}
    faults = []
    with httpx2.Client(timeout=_PATIENCE_SECONDS) as client:
        for app, key in keys.items():
            try:
                answer = client.get(
                    f"{url.rstrip('/')}/info", headers={"Authorization": f"Bearer {key}"}
                )
                answer.raise_for_status()
                name = answer.json().get("name")
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, AttributeError) as error:
                faults.append(f"Dify did not tell the name of app {app}: {type(error).__name__}.")
                continue
            if isinstance(name, str) and name.strip():
                names[app] = name.strip()
    return names, faults
