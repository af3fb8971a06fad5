"""The command line: binds loopback, shows after each export what has arrived so far."""

import argparse
import sys
from collections import defaultdict

import uvicorn
from rich.console import Console
from rich.table import Table

from fakes.loopback import serve
from fakes.otlp_collector.app import Collector, build_app
from fakes.otlp_collector.received import Received

_PORT = 4318  # OTLP over HTTP, by its specification
_COLUMNS = ("dify.app_id", "gen_ai.provider.name", "gen_ai.response.model", "error.type")


def main() -> None:
    """Run the receiver."""
    parser = argparse.ArgumentParser(
        prog="python -m fakes.otlp_collector",
        description="A receiver of OTLP metrics on 127.0.0.1 that shows what arrived.",
    )
    parser.add_argument("--port", type=int, default=_PORT, help="port; 0 for a free one")
    parser.add_argument("--quiet", action="store_true", help="show nothing")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="stop when standard input ends"
    )
    arguments = parser.parse_args()
    console = Console(stderr=True)
    collector = Collector((lambda _: None) if arguments.quiet else (lambda it: _show(it, console)))
    config = uvicorn.Config(
        build_app(collector), ws="none", lifespan="off", log_config=None, access_log=False
    )
    try:
        serve(config, arguments.port, until_stdin_closes=arguments.until_stdin_closes)
    except (OSError, OverflowError) as error:
        sys.exit(f"fakes.otlp_collector: {error}; choose another --port")


def _show(received: Received, console: Console) -> None:
    """Print a line for each metric and whoever it is of."""
    sums: dict[tuple[str, ...], tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for series in received.series():
        metric = f"{series.metric} {series.attributes.get('gen_ai.token.type', '')}".strip()
        row = (metric, series.unit, *(str(series.attributes.get(name, "")) for name in _COLUMNS))
        total, count = sums[row]
        sums[row] = (total + series.total, count + series.count)
    table = Table(
        title=f"after {received.requests} requests of {len(received.resources)} processes"
    )
    for column in ("metric", "unit", *_COLUMNS, "sum", "calls"):
        table.add_column(column)
    for row, (total, count) in sorted(sums.items()):
        table.add_row(*row, f"{total:,.6g}", f"{count:,}" if count else "")
    console.print(table)


if __name__ == "__main__":
    main()
