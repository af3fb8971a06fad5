"""Build the body of a Responses request."""

from pydantic import JsonValue

from models.endpoints.endpoint import Endpoint
from models.llm.identity import identity_fields
from models.llm.invocation import Invocation
from models.llm.parameters import taken_parameters, token_limit, wants_stream
from models.llm.responses.input_items import to_input_items

PATH = "/responses"

# API reference, Responses, `max_output_tokens`: smaller values are refused.
_LEAST_OUTPUT_TOKENS = 16
# Parameters that sit flat in Dify's forms and inside an object in the request.
_NESTED = {"reasoning_effort": ("reasoning", "effort"), "verbosity": ("text", "verbosity")}


def build_body(invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]:
    """Return the request body without `metadata` and `store`.

    Raises InvokeBadRequestError for a message that Responses cannot carry.
    """
    body: dict[str, JsonValue] = {
        "model": endpoint.model,
        "input": to_input_items(invocation.messages),
        **identity_fields(invocation, endpoint),
    }
    for name, value in taken_parameters(invocation, endpoint, "responses").items():
        if name in _NESTED:
            outer, inner = _NESTED[name]
            body[outer] = {inner: value}
        else:
            body[name] = value
    if (limit := token_limit(invocation)) is not None:
        body["max_output_tokens"] = max(limit, _LEAST_OUTPUT_TOKENS)
    if endpoint.family.reasons:
        # Always, stored or not: what a call costs and hands over must not depend on the switch.
        body["include"] = ["reasoning.encrypted_content"]
    if wants_stream(invocation):
        body["stream"] = True
    return body
