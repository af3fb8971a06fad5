"""The command line: binds loopback, prints one ready line on stdout, serves until told to stop."""

import argparse
import logging
import signal
import sqlite3
import sys
import tempfile
from pathlib import Path

import uvicorn

from fakes.loopback import serve
from fakes.openai.accounts import Accounts, AccountSettings
from fakes.openai.app import build_app
from fakes.openai.call import ServiceState
from fakes.openai.models import PublishedModels
from fakes.openai.recordings import DEFAULT_DIRECTORY, Recordings
from fakes.openai.schema import PublishedSchema
from fakes.openai.store import Store
from fakes.openai.wire import TrackedProtocol

# Longer than any pause of a test: a pooled connection that closes early looks like a fault.
_KEEP_ALIVE_SECONDS = 300


def main() -> None:
    """Run the service."""
    arguments = _parse_arguments()
    logging.basicConfig(level=logging.WARNING)
    # uvicorn hands SIGTERM on when it has stopped; leaving through an exception removes the
    # temporary database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="fake-openai-") as directory:
        database = arguments.database or Path(directory) / "records.db"
        try:
            _serve(arguments, database)
        except KeyboardInterrupt:
            sys.exit(0)
        except (OSError, OverflowError) as error:
            port = f"port {arguments.port} cannot be had ({error})"
            sys.exit(f"fakes.openai: {port}; name another with --port.")
        except sqlite3.Error as error:
            sys.exit(f"fakes.openai: {database}: {error}; name another with --database.")


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fakes.openai",
        description="A local OpenAI and Azure OpenAI service on 127.0.0.1.",
    )
    parser.add_argument("--port", type=int, default=0, help="port; a free one by default")
    parser.add_argument(
        "--database", type=Path, help="SQLite file of stored records; a temporary one by default"
    )
    parser.add_argument(
        "--recordings", type=_folder, default=DEFAULT_DIRECTORY, help="directory of recordings"
    )
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="stop when standard input ends"
    )
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="KEY",
        help="create an account with default settings; may be repeated",
    )
    return parser.parse_args()


def _folder(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text!r}")
    return path


def _serve(arguments: argparse.Namespace, database: Path) -> None:
    schema = PublishedSchema()
    models = PublishedModels.from_schema(schema)
    store = Store(database)
    recordings = Recordings(arguments.recordings)
    state = ServiceState(Accounts(models.names), store, schema, models, recordings)
    for key in arguments.account:
        state.accounts.put(key, AccountSettings())
    config = uvicorn.Config(
        build_app(state),
        http=TrackedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=1,
    )
    try:
        serve(config, arguments.port, until_stdin_closes=arguments.until_stdin_closes)
    finally:
        store.close()


if __name__ == "__main__":
    main()
