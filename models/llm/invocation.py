"""What Dify asked of a language model, packed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dify_plugin.entities.model.message import PromptMessage, PromptMessageTool
from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call. `model` is the name in Dify: a model, a fine-tune or an Azure deployment.

    `app_id` is the calling app's id, ready to be sent (None outside an app); `user` is Dify's
    end-user id and leaves the plugin as a digest, unless the credentials ask for it in plain.
    """

    model: str
    messages: Sequence[PromptMessage]
    parameters: Mapping[str, JsonValue]
    tools: Sequence[PromptMessageTool]
    stop: Sequence[str]
    stream: bool
    user: str | None
    app_id: str | None
