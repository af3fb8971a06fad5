"""What cannot run here, faked at the socket: the services, a Dify app, the Dify daemon.

`echo_plugin` is a real plugin without a service, `child_process` starts what is a process.
"""

import sys
from types import TracebackType


def _without_ctrl_c(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Show a traceback of all but Ctrl-C, which may come while a command is still importing."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)


sys.excepthook = _without_ctrl_c
