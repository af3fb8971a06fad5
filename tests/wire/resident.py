"""How much memory a plugin's process has had resident at its most, for what must be bounded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.dify_daemon.plugin_process import PluginProcess


@contextmanager
def at_most_larger_by(mebibytes: int, plugin: PluginProcess) -> Iterator[None]:
    """Fail if the process was larger at any time by more than this than at the beginning."""
    process = Path(f"/proc/{plugin.child.pid}")
    (process / "clear_refs").write_text("5")  # proc(5): forget the peak
    before = _peak_mebibytes(process)
    yield
    assert _peak_mebibytes(process) - before < mebibytes


def _peak_mebibytes(process: Path) -> int:
    (line,) = (
        line for line in (process / "status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) >> 10
