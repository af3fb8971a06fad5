"""Ctrl-C while a command is still importing, before it can say anything: no traceback.

The packages of commands, fakes and tools, import it first.
"""

import sys
from types import TracebackType


def _without_ctrl_c(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Show a traceback of all but Ctrl-C."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _without_ctrl_c
