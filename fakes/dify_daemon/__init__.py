"""The Dify plugin daemon's side of one local plugin, without Dify.

Starts a plugin as the daemon starts it, talks the daemon's stdio protocol with many sessions at
once and applies the daemon's rules to what comes back. Imports nothing of the plugin or its SDK.
"""

from fakes.dify_daemon.answers import LLMAnswer, read_llm_answer
from fakes.dify_daemon.errors import (
    AnswerTimeout,
    NoHeartbeat,
    PluginDied,
    PluginError,
    PluginFailure,
    ProcessFailure,
    ProtocolViolation,
    ResultRejected,
)
from fakes.dify_daemon.events import LogRecord
from fakes.dify_daemon.limits import DaemonLimits
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.session import Session

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
