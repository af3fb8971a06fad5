"""The bounds within which the daemon lets a plugin run, and our own bound on waiting for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonLimits:
    """Bounds of one plugin process; all times are in seconds.

    The defaults are those of dify-plugin-daemon 0.6.10: internal/core/local_runtime/instance.go.
    """

    # The longest line of stdout with its newline: PLUGIN_RUNTIME_MAX_BUFFER_SIZE.
    line_bytes: int = 5 * 1024 * 1024
    # From the start of the process to its first heartbeat.
    first_heartbeat: float = 120.0
    # The longest time without a line on stdout or stderr: MAX_HEARTBEAT_INTERVAL.
    silence: float = 120.0
    # How often the daemon looks for silence, so a silent plugin lives up to this much longer.
    silence_check: float = 30.0
    # Our own: how long a session waits for its next result unless its caller says otherwise.
    result: float = 60.0
