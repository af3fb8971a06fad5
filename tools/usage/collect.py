"""The `collect` command: reads every source into the database.

Killed at any moment, nothing is lost or counted twice: what was read and how far are written in
one transaction, and a call that is read again is the same row.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openai
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import SQLAlchemyError

from tools.usage import costs_api, stored, verify
from tools.usage.accounts import Account, ConfigFailure, read_accounts
from tools.usage.database import (
    DEFAULT_DATABASE,
    PICODOLLARS,
    DatabaseFailure,
    billed,
    calls,
    in_one_line,
    open_database,
    position_of,
    price_again,
    upsert,
    write_calls,
    write_position,
    writing,
)
from tools.usage.log_files import PIPE, Mark, identity_of, read_log
from tools.usage.prices import cost_columns
from tools.usage.service_failures import SourceFailure

_MOST_FAULTS_TOLD = 20
_INTERRUPTED = 130  # as a shell says that a person stopped it
_DESCRIPTION = """\
Read what was used into a database: the usage lines of the plugin daemon's log, the chat
completions that OpenAI and Azure OpenAI store, and what OpenAI billed. A call that several
sources tell of counts once. Each source is read on from where the last time ended.
"""
_EPILOG = """\
A log is the daemon's own file, packed or rotated (daemon.log*), or - for standard input:
  docker compose logs --no-log-prefix plugin_daemon | python -m tools.usage collect --log -

The file of accounts holds no key, only the names of environment variables that do:
  [[accounts]]                             [[accounts]]
  name = "production"                      name = "sweden"
  key_env = "OPENAI_API_KEY"               azure_endpoint = "https://NAME.openai.azure.com"
  # admin_key_env = "OPENAI_ADMIN_KEY"     key_env = "AZURE_OPENAI_API_KEY"
also `base_url`, `organization` and `project`. With an admin key what was billed is read too.

Exit code: 0 all is read, 1 something could not be (a line says what), 2 a wrong option.
"""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What was read of a source: how many, and what could not be read."""

    number: int
    faults: Sequence[str] = ()


def add_collect(subparsers: Any) -> None:
    """Add the command to argparse's subparsers; `run` of its options returns the exit code."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "collect",
        help="read logs and stored records into the database",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=lambda options: run_collect(parser, options))
    parser.add_argument(
        "--log", nargs="+", action="extend", default=[], metavar="FILE", help="logs to read"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="accounts to read, as TOML")
    parser.add_argument(
        "--database", default=DEFAULT_DATABASE, help="file or postgresql:// (%(default)s)"
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="ask the accounts for every response that a line says is stored, once",
    )
    parser.add_argument(
        "--prices-again", action="store_true", help="price all calls anew, with today's catalogue"
    )


def run_collect(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Read what is asked for, and return the exit code."""
    if not (options.log or options.config or options.prices_again):
        parser.error("nothing to read: give --log, --config or both.")
    if options.verify and not options.config:
        parser.error("--verify needs the accounts to ask: give --config.")
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    try:
        accounts = read_accounts(options.config) if options.config else ()
        clients = [(account, account.client(os.environ)) for account in accounts]
        admins = [(account, account.admin_client(os.environ)) for account in accounts]
        engine = open_database(options.database)
    except (ConfigFailure, DatabaseFailure) as failure:
        console.print(f"usage: {failure}", style="red")
        return 2
    try:
        with _progress(console) as progress:
            collector = _Collector(engine, progress)
            for source, pieces in collector.sources(options, clients, admins):
                collector.read(source, pieces)
    except SQLAlchemyError as error:
        why = in_one_line(error)
        console.print(f"usage: the database failed, nothing is lost: {why}.", style="red")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        engine.dispose()
    return 1 if collector.failed else 0


@dataclass(slots=True)
class _Collector:
    """Reads one source after the other; what is wrong with one is told and ends no other."""

    engine: Engine
    progress: Progress
    failed: bool = False

    def sources(
        self,
        options: argparse.Namespace,
        clients: verify.Clients,
        admins: Sequence[tuple[Account, openai.OpenAI | None]],
    ) -> Iterator[tuple[str, Iterator[_Piece]]]:
        """Yield what is to be read, with its name for people."""
        for name in options.log:
            yield "standard input" if name == PIPE else name, self.log(name)
        for account, client in clients:
            yield f"stored completions of {account.name}", self.stored(account, client)
        if options.verify:
            yield "responses by id", self.verify(clients)
        for account, admin in admins:
            if admin is not None:
                yield f"costs of {account.name}", self.billed(account, admin)
        if options.prices_again:
            yield "prices", self.prices()

    def read(self, source: str, pieces: Iterator[_Piece]) -> None:
        """Read a source piece by piece, and say how much it gave."""
        number, faults = 0, 0
        task = self.progress.add_task(source, total=None, read="")
        try:
            for piece in pieces:
                number += piece.number
                self.progress.update(task, read=f"{number:,}")
                for fault in piece.faults:
                    faults += 1
                    if faults <= _MOST_FAULTS_TOLD:
                        self._tell(source, fault)
        except SourceFailure as failure:
            self._tell(source, str(failure))
        except OSError as error:
            self._tell(source, f"it cannot be read: {error.strerror or error}")
        finally:
            self.progress.remove_task(task)
        if faults > _MOST_FAULTS_TOLD:
            self._tell(source, f"and {faults - _MOST_FAULTS_TOLD:,} more like these")
        print(f"{source}: {number:,} read")

    def log(self, name: str) -> Iterator[_Piece]:
        """Read a log on from where it was left."""
        identity = identity_of(name)
        for part in read_log(name, Mark.parse(self._position(identity))):
            with writing(self.engine) as connection:
                write_calls(connection, part.calls, cost_columns)
                if identity:
                    write_position(connection, identity, str(part.mark))
            yield _Piece(len(part.calls), part.faults)

    def stored(self, account: Account, client: openai.OpenAI) -> Iterator[_Piece]:
        """Read an account's stored completions on from where they were left."""
        source = stored.source_of(account)
        for page in stored.pages(account, client, self._position(source)):
            with writing(self.engine) as connection:
                write_calls(connection, page.calls, cost_columns)
                if page.after:
                    write_position(connection, source, page.after)
            yield _Piece(len(page.calls), page.faults)

    def verify(self, clients: verify.Clients) -> Iterator[_Piece]:
        """Look for the responses that lines name, in every account."""
        with self.engine.connect() as connection:
            wanted = verify.unverified(connection, [account.provider for account, _ in clients])
        for answer in verify.verified(clients, wanted):
            with writing(self.engine) as connection:
                write_calls(connection, answer.found, cost_columns)
                missing = update(calls).where(calls.c.key.in_(answer.missing))
                connection.execute(missing.values(verified=False))
            missed = [f"response {key} is not stored" for key in answer.missing]
            yield _Piece(len(answer.found), [*answer.faults, *missed])

    def billed(self, account: Account, client: openai.OpenAI) -> Iterator[_Piece]:
        """Read what was billed, from the days on that may still change."""
        source, today = f"costs:{account.name}", datetime.now(UTC).date()
        position = self._position(source)
        first = date.fromisoformat(position) if position else today - timedelta(costs_api.MOST_DAYS)
        items = [item for page in costs_api.billed_since(account, client, first) for item in page]
        rows = [
            {
                "account": account.name,
                "day": item.day.isoformat(),
                "line_item": item.line_item,
                "amount": round(item.amount * PICODOLLARS),
            }
            for item in items
        ]
        with writing(self.engine) as connection:
            since = (billed.c.account == account.name) & (billed.c.day >= first.isoformat())
            connection.execute(delete(billed).where(since))
            upsert(connection, billed, rows)
            write_position(connection, source, costs_api.first_unsettled(today).isoformat())
        yield _Piece(len(rows))

    def prices(self) -> Iterator[_Piece]:
        """Price every call anew."""
        for number in price_again(self.engine, cost_columns):
            yield _Piece(number)

    def _position(self, source: str | None) -> str | None:
        if source is None:
            return None
        with self.engine.connect() as connection:
            return position_of(connection, source)

    def _tell(self, source: str, fault: str) -> None:
        self.failed = True
        self.progress.console.print(f"usage: {source}: {fault}.", style="red")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[read]} read"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
