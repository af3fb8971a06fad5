"""The sentences around the table: with what it was measured, and how quiet the machine was."""

from tools.bench.quantiles import Spread
from tools.bench.results import Results
from tools.bench.rows import OURS, format_number

_STREAMS = "streams_200"


def machine_line(results: Results) -> str:
    """Name the machine."""
    machine = results.machine
    return (
        f"{machine['cpus']} CPUs, {machine['processor']}, {machine['system']};"
        f" load {machine['load_at_start']} at the start."
    )


def version_lines(results: Results) -> list[str]:
    """Name the libraries of each environment; contenders that share one share a line."""
    by_versions: dict[str, list[str]] = {}
    for title, versions in results.versions.items():
        told = ", ".join(f"{name} {version}" for name, version in versions.items())
        by_versions.setdefault(told, []).append(title)
    return [f"{', '.join(titles)}: {told}." for told, titles in by_versions.items()]


def noise_line(results: Results) -> str:
    """Say how steady the machine was and that neither the upstream nor the driver was the limit."""
    loop = Spread.of(results.reference_ms)
    told = f"Reference loop {loop.low:.1f}-{loop.high:.1f} ms (median {loop.median:.1f})"
    used = [
        max(spread.median for spread in found.values())
        for metric in ("driver_cpu_s", "upstream_cpu_s")
        if (found := results.spreads(_STREAMS, OURS, metric))
    ]
    if len(used) == 2:  # noqa: PLR2004 - the driver's and the upstream's
        driver, upstream = map(format_number, used)
        told += f"; with 200 streams the driver used {driver} s of CPU, the upstream {upstream} s"
    return f"{told}."
