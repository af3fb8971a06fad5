"""The Dify plugin daemon's side of one local plugin, without Dify.

Starts a plugin as the daemon starts it, talks the daemon's stdio protocol with many sessions at
once and applies the daemon's rules to what comes back. Imports nothing of the plugin or its SDK.
"""

from tools.daemon.answers import LLMAnswer, read_llm_answer
from tools.daemon.errors import (
    AnswerTimeout,
    NoHeartbeat,
    PluginDied,
    PluginError,
    PluginFailure,
    ProcessFailure,
    ProtocolViolation,
    ResultRejected,
)
from tools.daemon.events import LogRecord
from tools.daemon.limits import DaemonLimits
from tools.daemon.plugin_process import PluginProcess
from tools.daemon.session import Session

__all__ = [
    "AnswerTimeout",
    "DaemonLimits",
    "LLMAnswer",
    "LogRecord",
    "NoHeartbeat",
    "PluginDied",
    "PluginError",
    "PluginFailure",
    "PluginProcess",
    "ProcessFailure",
    "ProtocolViolation",
    "ResultRejected",
    "Session",
    "read_llm_answer",
]
