"""Calls as a Dify app makes them, in one line of a test."""

import json

from fakes.dify_daemon.answers import LLMAnswer, read_llm_answer
from fakes.dify_daemon.messages import assistant_message, system_message, user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session
from tests.wire.service import APP, Json

CONVERSATION = [
    system_message("Answer briefly."),
    user_message("Which colour has the sky?"),
    assistant_message("Blue."),
    user_message("And at night?"),
]


def open_call(
    plugin: PluginProcess,
    target: ModelTarget,
    options: LLMOptions | None = None,
    *,
    app_id: str | None = APP,
    messages: list[Json] | None = None,
) -> Session:
    """Ask a model, on behalf of an app."""
    request = invoke_llm(target, CONVERSATION if messages is None else messages, options)
    return plugin.open_session(request, app_id=app_id)


def ask(
    plugin: PluginProcess,
    target: ModelTarget,
    options: LLMOptions | None = None,
    *,
    app_id: str | None = APP,
    messages: list[Json] | None = None,
) -> LLMAnswer:
    """Ask a model and read the answer to its end."""
    return read_llm_answer(open_call(plugin, target, options, app_id=app_id, messages=messages))


def usage_lines(plugin: PluginProcess) -> list[Json]:
    """Return the usage lines that the plugin has logged so far, oldest first."""
    return [
        json.loads(record.message.removeprefix("usage "))
        for record in plugin.log
        if record.message.startswith("usage ")
    ]


def warnings(plugin: PluginProcess) -> list[str]:
    """Return the warnings that the plugin has logged so far, oldest first."""
    return [record.message for record in plugin.log if record.level == "WARNING"]
