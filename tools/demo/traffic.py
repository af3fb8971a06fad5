"""Makes the calls through the plugin and keeps what it writes about each: its usage line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import AnswerTimeout, PluginError
from fakes.dify_daemon.events import LogRecord
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from tools.demo.apps import Api, Call
from tools.demo.errors import DemoFailure
from tools.demo.services import Service, Services, service_for

# The repository's root is the plugin.
PLUGIN_DIRECTORY = Path(__file__).parents[2]

_PREFIX = "usage "


class UsageLine(BaseModel):
    """What the demo reads of a usage line, version 1 (docs/metadata.md, "The usage line")."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1]
    id: str
    api: Api
    app_id: str | None
    stored: bool
    input: int
    output: int


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that was answered, and by which service."""

    call: Call
    service: Service
    answer: str
    usage: UsageLine


def make_calls(
    plugin: PluginProcess, calls: Iterable[Call], services: Services
) -> tuple[MadeCall, ...]:
    """Make the calls, one after the other.

    Raises:
        DemoFailure: a call failed, or its request did not say what it was to say of its app.
    """
    return tuple(_make_call(plugin, call, service_for(call, services)) for call in calls)


def _make_call(plugin: PluginProcess, call: Call, service: Service) -> MadeCall:
    earlier = len(plugin.log)
    target = ModelTarget(
        provider=service.provider,
        model=service.model or call.model,
        credentials=dict(service.credentials(call)),
    )
    options = LLMOptions(model_parameters=call.parameters, stream=call.streamed)
    request = invoke_llm(target, [user_message(call.prompt)], options)
    app_id = call.app.id if call.app else None
    try:
        answer = read_llm_answer(plugin.open_session(request, app_id=app_id))
        # Calls are made one at a time, so the next usage line is this call's.
        plugin.wait_for_log(lambda _: bool(_usage_messages(plugin.log[earlier:])))
    except AnswerTimeout:
        raise DemoFailure(f"{call.label}: no answer or no usage line came in time.") from None
    except PluginError as error:
        raise DemoFailure(f"{call.label}: {error.message}") from None
    log = plugin.log[earlier:]
    usage = _parse(_usage_messages(log)[0])
    _check_attribution(call, service, usage, log)
    return MadeCall(call, service, answer.text, usage)


def _usage_messages(log: Sequence[LogRecord]) -> list[str]:
    return [record.message for record in log if record.message.startswith(_PREFIX)]


def _parse(message: str) -> UsageLine:
    try:
        return UsageLine.model_validate_json(message.removeprefix(_PREFIX))
    except ValidationError:
        raise DemoFailure(
            f"The plugin wrote a usage line that is not version 1 of its format: {message}"
        ) from None


def _check_attribution(
    call: Call, service: Service, usage: UsageLine, log: Sequence[LogRecord]
) -> None:
    """Compare what the plugin says of its request with what the call was to show."""
    due = {
        "app_id": call.app.id if call.app else None,
        # Another model may do better on the other one.
        "api": usage.api if service.model else call.api,
        "stored": call.sender is not None,
    }
    for name, value in due.items():
        said = getattr(usage, name)
        if said != value:
            warnings = [record.message for record in log if record.level == "WARNING"]
            raise DemoFailure(
                f"{call.label}: the plugin's usage line has `{name}` {said!r} where {value!r} was"
                f" due; it warns: {'; '.join(warnings) or 'nothing'}."
            )
