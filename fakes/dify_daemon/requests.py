"""The daemon's requests to a model plugin: what it writes as `data` of a `request` event.

The shapes are those of dify-plugin-daemon: pkg/entities/requests/model.go, to which the daemon adds
`type`, `action` and `user_id`. Messages are given as Dify sends them or as
`fakes.dify_daemon.messages` builds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.messages import to_sent_message


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTarget:
    """Which model of which provider a request is for, on whose behalf.

    `provider` is the name in the provider's YAML, `user_id` the end user that Dify names.
    """

    provider: str
    model: str
    credentials: Mapping[str, JsonValue] = field(repr=False)
    user_id: str = "user"
    model_type: str = "llm"


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMOptions:
    """What else an app sets for a call of a language model."""

    model_parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    tools: Sequence[Mapping[str, JsonValue]] | None = None
    stop: Sequence[str] | None = None
    stream: bool = True


def invoke_llm(
    target: ModelTarget,
    prompt_messages: Sequence[Mapping[str, JsonValue]],
    options: LLMOptions | None = None,
) -> JsonObject:
    """Build a call of a language model."""
    options = options or LLMOptions()
    return {
        **_model_request("invoke_llm", target),
        "prompt_messages": [to_sent_message(message) for message in prompt_messages],
        "model_parameters": dict(options.model_parameters),
        "tools": None if options.tools is None else [_to_sent_tool(tool) for tool in options.tools],
        "stop": None if options.stop is None else list(options.stop),
        "json_schema": None,
        "stream": options.stream,
    }


def get_llm_num_tokens(
    target: ModelTarget,
    prompt_messages: Sequence[Mapping[str, JsonValue]],
    tools: Sequence[Mapping[str, JsonValue]] = (),
) -> JsonObject:
    """Build a request to count the tokens of messages and tools."""
    return {
        **_model_request("get_llm_num_tokens", target),
        "prompt_messages": [to_sent_message(message) for message in prompt_messages],
        "tools": [_to_sent_tool(tool) for tool in tools],
    }


def invoke_text_embedding(
    target: ModelTarget, texts: Sequence[str], input_type: str = "document"
) -> JsonObject:
    """Build a call of an embedding model; `input_type` is `document` or `query`."""
    request = _model_request("invoke_text_embedding", target)
    return {**request, "texts": list(texts), "input_type": input_type}


def get_text_embedding_num_tokens(target: ModelTarget, texts: Sequence[str]) -> JsonObject:
    """Build a request to count the tokens of each text."""
    return {**_model_request("get_text_embedding_num_tokens", target), "texts": list(texts)}


def invoke_moderation(target: ModelTarget, text: str) -> JsonObject:
    """Build a call of a moderation model."""
    return {**_model_request("invoke_moderation", target), "text": text}


def invoke_speech2text(target: ModelTarget, recording: bytes) -> JsonObject:
    """Build a call of a transcription model."""
    return {**_model_request("invoke_speech2text", target), "file": recording.hex()}


def invoke_tts(target: ModelTarget, text: str, voice: str = "alloy") -> JsonObject:
    """Build a call of a speaking model."""
    request = _model_request("invoke_tts", target)
    return {**request, "content_text": text, "voice": voice, "tenant_id": "tenant"}


def get_tts_model_voices(target: ModelTarget, language: str) -> JsonObject:
    """Build a request for the voices that speak a language."""
    return {**_model_request("get_tts_model_voices", target), "language": language}


def validate_provider_credentials(
    provider: str, credentials: Mapping[str, JsonValue], user_id: str = "user"
) -> JsonObject:
    """Build a check of a provider's credentials."""
    return {
        "type": "model",
        "action": "validate_provider_credentials",
        "user_id": user_id,
        "provider": provider,
        "credentials": dict(credentials),
    }


def validate_model_credentials(target: ModelTarget) -> JsonObject:
    """Build a check of the credentials of one model."""
    return _model_request("validate_model_credentials", target)


def get_ai_model_schemas(target: ModelTarget) -> JsonObject:
    """Build a request for the schema of a model that the plugin does not list."""
    return _model_request("get_ai_model_schemas", target)


def _model_request(action: str, target: ModelTarget) -> JsonObject:
    return {
        "type": "model",
        "action": action,
        "user_id": target.user_id,
        "provider": target.provider,
        "model_type": target.model_type,
        "model": target.model,
        "credentials": dict(target.credentials),
    }


def _to_sent_tool(tool: Mapping[str, JsonValue]) -> JsonObject:
    return {
        "name": tool["name"],
        "description": tool.get("description") or "",
        "parameters": tool.get("parameters"),
    }
