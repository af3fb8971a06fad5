"""What the demo's own calls used and cost: collected and added up by the usage report."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from fakes.dify_daemon.events import LogRecord
from fakes.dify_daemon.log_lines import text_line
from tools.demo.errors import DemoFailure
from tools.demo.services import Service, Services
from tools.usage.accounts import Account
from tools.usage.collect import log_source
from tools.usage.database import open_database, writing
from tools.usage.failures import SourceFailure
from tools.usage.names import write_names
from tools.usage.periods import last
from tools.usage.services import stored_source
from tools.usage.source import Source
from tools.usage.summary import Summary, summary

_PERIOD = "24h"


def usage_of(log: Sequence[LogRecord], services: Services, names: Mapping[str, str]) -> Summary:
    """Return the report of a plugin's log, and of what these services store of Dify's apps.

    names: of apps, by id.

    Raises:
        DemoFailure: not all of it can be read.
    """
    with tempfile.TemporaryDirectory() as temporary:
        daemon_log = Path(temporary, "daemon.log")
        lines = (f"{text_line(record)}\n" for record in log)
        daemon_log.write_text("".join(lines), encoding="utf-8")
        engine = open_database(str(Path(temporary, "usage.sqlite")))
        try:
            _read(log_source(engine, str(daemon_log)))
            for service in services.values():
                with service.client() as client:
                    _read(stored_source(engine, _account(service), client))
            return _reported(engine, names)
        finally:
            engine.dispose()


def _read(source: Source) -> None:
    try:
        faults = [fault for piece in source.pieces for fault in piece.faults]
    except SourceFailure as failure:
        faults = [str(failure)]
    if faults:
        raise DemoFailure(f"The usage report cannot read {source.title}: {faults[0]}.")


def _account(service: Service) -> Account:
    """Return the service as a file of accounts has it; the key is its client's."""
    address = "azure_endpoint" if service.provider == "azure_openai" else "base_url"
    return Account.model_validate({"name": service.name, "key_env": "-", address: service.base_url})


def _reported(engine: Engine, names: Mapping[str, str]) -> Summary:
    with writing(engine) as connection:
        write_names(connection, names)
    period = last(_PERIOD, datetime.now(UTC))
    with engine.connect() as connection:
        return summary(connection, period, {("app",): True}, "UTC")
