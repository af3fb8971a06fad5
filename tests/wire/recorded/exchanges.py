"""Which recorded exchange is replayed on which route, how it is asked for, and which are not.

The request is made from the recorded one, as far as a Dify host can make it; what it cannot is
named in `settings`. The answer is the recorded one in any case: what answers a request that Dify
never makes still shows items, events and keys that must be put up with.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.wire.ends import Json, Wire
from tests.wire.recorded import chat_reader, responses_reader
from tests.wire.recorded.expected import Answer
from tests.wire.recorded.prompts import messages_of_chat, messages_of_responses
from tests.wire.recorded.settings import parameters_of, tools_of
from tests.workshop.openai.recorded import REFUSED, WHEN_RECORDED, Exchange, exchanges

_ROUTES = {
    r"/v1/chat/completions": "openai-chat",
    r"/v1/responses": "openai-responses",
    r"/openai/deployments/([^/]+)/chat/completions": "azure-chat",
    r"/openai/responses": "azure-responses",
    r"/openai/v1/chat/completions": "azure-v1-chat",
    r"/openai/v1/responses": "azure-v1-responses",
}

# Answers of Azure paths that no provider form leads to; they are asked for on a route of ours.
OTHER_PATHS: Mapping[str, str] = {
    "azure-error-413-models-path-0": "azure-v1-chat",
    "azure-error-500-models-path-0": "azure-v1-chat",
    "azure-error-resource-not-found-0": "azure-v1-chat",
    "azure-models-path-stream-tool-one-chunk-0": "azure-v1-chat",
}

# What models of other types are asked, which `test_other_types` replays.
OTHER_TYPES = re.compile(r".*/(embeddings|moderations|audio/transcriptions|audio/speech)")

# What the plugin never asks for, with the reason.
NOT_CALLED: Mapping[str, str] = {
    r"POST /v1/completions": "the services have ended legacy completions",
    r"GET .*": "the plugin reads nothing that is stored, and lists no models",
}

# Values that the forms' limits do not let through.
_OUT_OF_RANGE = {"error-400-max-tokens-0": {"max_tokens", "temperature"}}


@dataclass(frozen=True, slots=True)
class Question:
    """A call of Dify; `base_model` is the model behind an Azure deployment `model`."""

    route: str
    model: str
    base_model: str
    credentials: Mapping[str, str]
    messages: list[Json]
    options: LLMOptions = field(default_factory=LLMOptions)

    def target(self, wire: Wire) -> ModelTarget:
        """Give the account the model or deployment, and return the way to it."""
        deployments = {self.model: self.base_model}
        wire.change(models=[self.model], deployments=deployments, today=WHEN_RECORDED)
        named = {"base_model_name": self.base_model} if self.route.startswith("azure") else {}
        return wire.target(self.route, self.model, **named, **self.credentials)


def route_of(exchange: Exchange) -> str | None:
    """Return the route on which the plugin makes such a request, None if it makes none."""
    if exchange.request["method"] != "POST":
        return None
    path = str(exchange.request["path"])
    return next((route for form, route in _ROUTES.items() if re.fullmatch(form, path)), None)


ALL = tuple(exchanges())
TESTED = tuple(exchange for exchange in ALL if route_of(exchange) or exchange.label in OTHER_PATHS)


def question_for(exchange: Exchange) -> Question:
    """Return the request that Dify can make in place of the recorded one."""
    route = route_of(exchange) or OTHER_PATHS[exchange.label]
    body = exchange.request["body"] or {}
    base_model = body.get("model") or _model_of(exchange)
    deployment = re.fullmatch(r"/openai/deployments/([^/]+)/.*", exchange.request["path"])
    version = (exchange.request["query"] or {}).get("api-version")
    dated = route in {"azure-chat", "azure-responses"}
    refused = _OUT_OF_RANGE.get(exchange.label, set())
    return Question(
        route=route,
        model=deployment.group(1) if deployment else base_model,
        base_model=base_model,
        credentials={"openai_api_version": version} if dated and version else {},
        messages=_messages(body),
        options=LLMOptions(
            model_parameters={k: v for k, v in parameters_of(body).items() if k not in refused},
            tools=tools_of(body) or None,
            stream=exchange.streamed or body.get("stream") is True,
        ),
    )


def expected_of(exchange: Exchange) -> Answer | None:
    """Read what Dify must be given for the recorded answer, None for an error."""
    if exchange.response["status"] >= REFUSED:
        return None
    chat = str(exchange.request["path"]).endswith("/chat/completions")
    if exchange.streamed:
        events = payloads(exchange.body_bytes() or b"")
        return chat_reader.read_chunks(events) if chat else responses_reader.read_events(events)
    whole = exchange.response["body"]
    return chat_reader.read_completion(whole) if chat else responses_reader.read_response(whole)


def payloads(body: bytes) -> Iterator[Json]:
    """Yield the JSON object of each server-sent event; `[DONE]` is none.

    `bytes.splitlines` breaks at CR and LF alone, as the format wants it.
    """
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:].lstrip(b" ") for line in block.splitlines() if line[:5] == b"data:"]
        data = b"\n".join(lines)
        if data and data != b"[DONE]":
            yield json.loads(data)


def asks_for_search(exchange: Exchange) -> bool:
    """Return whether the recorded request offered the web search that Dify can switch on."""
    body = exchange.request["body"] or {}
    return any(tool["type"] == "web_search" for tool in body.get("tools", ()))


def _model_of(exchange: Exchange) -> str:
    """Return the model that answered, where the recording has no request body."""
    answer = exchange.response["body"]
    named = re.search(r'"model":"([^"]+)"', answer if isinstance(answer, str) else "")
    return named.group(1) if named else str(exchange.request["path"]).split("/")[3]


def _messages(body: Json) -> list[Json]:
    """Return the recorded conversation; where none is left or it says nothing, a plain one."""
    messages = messages_of_chat(body) if "messages" in body else messages_of_responses(body)
    said = any(message["content"] for message in messages)
    return messages if said else [user_message("Hello?")]
