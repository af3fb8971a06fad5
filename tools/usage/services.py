"""What the accounts of a file hold: stored completions, responses by id, and what was billed."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import openai
from sqlalchemy import Engine, delete, update

from tools.usage import costs_api, stored
from tools.usage.accounts import Account, read_accounts
from tools.usage.database import (
    PICODOLLARS,
    billed,
    calls,
    position_of,
    upsert,
    write_calls,
    write_position,
    writing,
)
from tools.usage.prices import cost_columns
from tools.usage.source import Piece, Source
from tools.usage.verify import Clients, unverified, verified


def service_sources(
    engine: Engine, config: Path, environment: Mapping[str, str], *, verify: bool
) -> Iterator[Source]:
    """Yield what the accounts of a file hold. Raises ConfigFailure before the first is read."""
    accounts = read_accounts(config)
    clients = [(account, account.client(environment)) for account in accounts]
    admins = [(account, account.admin_client(environment)) for account in accounts]
    for account, client in clients:
        yield stored_source(engine, account, client)
    if verify:
        yield Source("responses by id", _verified(engine, clients))
    for account, admin in admins:
        if admin is not None:
            yield Source(f"costs of {account.name}", _billed(engine, account, admin))


def stored_source(engine: Engine, account: Account, client: openai.OpenAI) -> Source:
    """Return an account's stored completions, to be read on from where they were left."""
    title = f"stored completions of {account.name}"
    return Source(title, _stored(engine, account, client))


def _stored(engine: Engine, account: Account, client: openai.OpenAI) -> Iterator[Piece]:
    source = stored.source_of(account)
    for page in stored.pages(account, client, _position(engine, source)):
        with writing(engine) as connection:
            write_calls(connection, page.calls, cost_columns)
            if page.after:
                write_position(connection, source, page.after)
        yield Piece(len(page.calls), page.faults)


def _verified(engine: Engine, clients: Clients) -> Iterator[Piece]:
    """Look for the responses that lines name, in every account of their service."""
    with engine.connect() as connection:
        wanted = unverified(connection, [account.provider for account, _ in clients])
    for answer in verified(clients, wanted):
        with writing(engine) as connection:
            write_calls(connection, answer.found, cost_columns)
            missing = update(calls).where(calls.c.key.in_(answer.missing))
            connection.execute(missing.values(verified=False))
        yield Piece(len(answer.found), answer.faults, len(answer.missing))


def _billed(engine: Engine, account: Account, client: openai.OpenAI) -> Iterator[Piece]:
    """Read what was billed, from the days on that may still change."""
    source, today = f"costs:{account.name}", datetime.now(UTC).date()
    position = _position(engine, source)
    first = date.fromisoformat(position) if position else today - timedelta(costs_api.MOST_DAYS)
    rows = [
        {
            "account": account.name,
            "day": item.day.isoformat(),
            "line_item": item.line_item,
            "amount": round(item.amount * PICODOLLARS),
        }
        for page in costs_api.billed_since(account, client, first)
        for item in page
    ]
    with writing(engine) as connection:
        since = (billed.c.account == account.name) & (billed.c.day >= first.isoformat())
        connection.execute(delete(billed).where(since))
        upsert(connection, billed, rows)
        write_position(connection, source, costs_api.first_unsettled(today).isoformat())
    yield Piece(len(rows))


def _position(engine: Engine, source: str) -> str | None:
    with engine.connect() as connection:
        return position_of(connection, source)
