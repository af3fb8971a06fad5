"""Build the body of a Chat Completions request."""

from pydantic import JsonValue

from models.endpoints.endpoint import Endpoint
from models.llm.chat.messages import to_messages
from models.llm.identity import identity_fields
from models.llm.invocation import Invocation
from models.llm.parameters import taken_parameters, token_limit, wants_stream
from models.llm.stop_words import native_stop_words

PATH = "/chat/completions"


def build_body(invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]:
    """Return the request body without `metadata` and `store`.

    Raises InvokeBadRequestError for a message that Chat Completions cannot carry.
    """
    body: dict[str, JsonValue] = {
        "model": endpoint.model,
        "messages": to_messages(invocation.messages),
        **taken_parameters(invocation, endpoint, "chat"),
        **identity_fields(invocation, endpoint),
    }
    if (limit := token_limit(invocation)) is not None:
        # `max_tokens` is deprecated, but all that many compatible servers know.
        body["max_completion_tokens" if endpoint.family.reasons else "max_tokens"] = limit
    if stop := native_stop_words(invocation.stop, endpoint.family, "chat"):
        body["stop"] = list[JsonValue](stop)
    if wants_stream(invocation):
        body["stream"] = True
        if endpoint.takes_stream_options:
            body["stream_options"] = {"include_usage": True}
    return body
