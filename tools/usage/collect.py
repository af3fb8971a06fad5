"""The `collect` command: reads every source into the database.

Killed at any moment, nothing is lost or counted twice: what was read and how far are written in
one transaction, and a call that is read again is the same row.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tools.usage.database import (
    DatabaseFailure,
    in_one_line,
    open_database,
    position_of,
    price_again,
    write_calls,
    write_position,
    writing,
)
from tools.usage.failures import ConfigFailure, SourceFailure
from tools.usage.log_files import PIPE, Mark, identity_of, read_log
from tools.usage.prices import cost_columns
from tools.usage.source import Piece, Source

_MOST_FAULTS_TOLD = 20
_INTERRUPTED = 130  # as a shell says that a person stopped it
_DESCRIPTION = """\
Read what was used into a database: the usage lines of the plugin daemon's log, the chat
completions that OpenAI and Azure OpenAI store, and what OpenAI billed. A call that several
sources tell of counts once. Each source is read on from where the last time ended.
"""
_EPILOG = """\
A log is the daemon's own file, packed or rotated (daemon.log*), or - for standard input:
  docker compose logs --no-log-prefix plugin_daemon | %(prog)s --log -

The file of accounts holds no key, only the names of environment variables that do:
  [[accounts]]                             [[accounts]]
  name = "production"                      name = "sweden"
  key_env = "OPENAI_API_KEY"               azure_endpoint = "https://NAME.openai.azure.com"
  # admin_key_env = "OPENAI_ADMIN_KEY"     key_env = "AZURE_OPENAI_API_KEY"
also `base_url`, `organization` and `project`. With an admin key what was billed is read too.

Exit code: 0 all is read, 1 something could not be (a line says what), 2 a wrong option.
"""


def add_collect(subparsers: Any, database: argparse.ArgumentParser) -> None:
    """Add the command to argparse's subparsers; `run` of its options returns the exit code.

    database: has the option of the same name.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "collect",
        help="read logs and stored records into the database",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[database],
    )
    parser.set_defaults(run=lambda options: run_collect(parser, options))
    parser.add_argument(
        "--log", nargs="+", action="extend", default=[], metavar="FILE", help="logs to read"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="accounts to read, as TOML")
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
        engine = open_database(options.database)
        sources = [*_sources(engine, options)]
    except (ConfigFailure, DatabaseFailure) as failure:
        console.print(f"usage: {failure}", style="red")
        return 2
    try:
        with _progress(console) as progress:
            whole = [_read(source, progress) for source in sources]
    except SQLAlchemyError as error:
        why = in_one_line(error)
        console.print(f"usage: the database failed, nothing is lost: {why}.", style="red")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    finally:
        engine.dispose()
    return 0 if all(whole) else 1


def _sources(engine: Engine, options: argparse.Namespace) -> Iterator[Source]:
    """Yield what is to be read. Raises ConfigFailure."""
    for name in options.log:
        yield log_source(engine, name)
    if options.config:
        # The official client takes as long to import as a log of 50,000 lines to read.
        from tools.usage.services import service_sources  # noqa: PLC0415

        yield from service_sources(engine, options.config, os.environ, verify=options.verify)
    if options.prices_again:
        yield Source("prices", map(Piece, price_again(engine, cost_columns)))


def log_source(engine: Engine, name: str) -> Source:
    """Return a log, to be read on from where it was left."""
    return Source("standard input" if name == PIPE else name, _log(engine, name))


def _log(engine: Engine, name: str) -> Iterator[Piece]:
    identity = identity_of(name)
    with engine.connect() as connection:
        position = position_of(connection, identity) if identity else None
    for part in read_log(name, Mark.parse(position)):
        with writing(engine) as connection:
            write_calls(connection, part.calls, cost_columns)
            if identity:
                write_position(connection, identity, str(part.mark))
        yield Piece(len(part.calls), part.faults)


def _read(source: Source, progress: Progress) -> bool:
    """Read a source and say how much it gave; return whether all of it could be read.

    What is wrong with one source is told and ends no other.
    """
    number, missing, faults = 0, 0, 0

    def tell(fault: str) -> None:
        nonlocal faults
        faults += 1
        if faults <= _MOST_FAULTS_TOLD:
            progress.console.print(f"usage: {source.title}: {fault}.", style="red")

    task = progress.add_task(source.title, total=None, read="")
    try:
        for piece in source.pieces:
            number, missing = number + piece.number, missing + piece.missing
            progress.update(task, read=f"{number:,}")
            for fault in piece.faults:
                tell(fault)
    except SourceFailure as failure:
        tell(str(failure))
    except OSError as error:
        tell(f"it cannot be read: {error.strerror or error}")
    finally:
        progress.remove_task(task)
    if faults > _MOST_FAULTS_TOLD:
        more = faults - _MOST_FAULTS_TOLD
        progress.console.print(f"usage: {source.title}: and {more:,} more like these.", style="red")
    absent = f", {missing:,} not found in these accounts" if missing else ""
    print(f"{source.title}: {number:,} read{absent}")
    return not faults


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
