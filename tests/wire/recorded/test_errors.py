"""Every recorded failure is told as one of Dify's errors, in a sentence that says what happened."""

from dataclasses import dataclass

import pytest

from fakes.dify_daemon.errors import PluginError
from tests.wire.ends import Wire
from tests.wire.recorded.replay import FAILED, by_label, replay
from tests.workshop.openai.recorded import Exchange


@dataclass(frozen=True, slots=True)
class Told:
    """What a person must find: the class of the error, and the service's own words if it has any.

    What waiting can mend is asked for `attempts` times.
    """

    error: str
    words: str
    attempts: int = 1


BAD_REQUEST, UNAVAILABLE = "InvokeBadRequestError", "InvokeServerUnavailableError"
RATE_LIMIT, NOT_SIGNED_IN = "InvokeRateLimitError", "InvokeAuthorizationError"
TOLD = {
    "azure-error-413-models-path-0": Told(BAD_REQUEST, "request body: length limit exceeded"),
    "azure-error-500-models-path-0": Told(UNAVAILABLE, "getting the response from the model", 3),
    "azure-error-content-filter-chat-0": Told(BAD_REQUEST, "Filtered: self_harm (medium)."),
    "azure-error-content-filter-responses-0": Told(BAD_REQUEST, "content management policy"),
    "azure-error-deployment-not-found-0": Told(BAD_REQUEST, "The API deployment for this resource"),
    "azure-error-resource-not-found-0": Told(BAD_REQUEST, "Resource not found"),
    "chat-length-reasoning-only-0": Told(BAD_REQUEST, "Raise Max tokens"),
    "error-400-context-length-0": Told(BAD_REQUEST, "exceeds the context window of this model"),
    "error-400-image-url-0": Told(BAD_REQUEST, "downloading https://source.unsplash.com/8xznAGy"),
    "error-400-max-tokens-0": Told(BAD_REQUEST, "'max_tokens' is not supported with this model"),
    "error-400-reasoning-item-order-0": Told(BAD_REQUEST, "without its required following item"),
    "error-400-responses-model-not-found-0": Told(BAD_REQUEST, "model 'invalid-model' does not"),
    "error-400-tool-schema-0": Told(BAD_REQUEST, "Invalid schema for function 'get_current_weath"),
    "error-401-chat-0": Told(NOT_SIGNED_IN, "Incorrect API key provided"),
    "error-404-chat-0": Told(BAD_REQUEST, "The model `this-model-does-not-exist` does not exist"),
    "error-429-rpm-0": Told(RATE_LIMIT, "Rate limit reached for gpt-3.5-turbo", 3),
    "error-429-too-large-and-500-0": Told(RATE_LIMIT, "Request too large for gpt-4.1-nano"),
    "error-429-too-large-and-500-1": Told(UNAVAILABLE, "An error occurred while processing", 3),
    "responses-background-0": Told(UNAVAILABLE, "'queued'"),
    "responses-stream-failed-0": Told(RATE_LIMIT, "You exceeded your current quota"),
}
# The service answered, and counted, before we saw that there was nothing in the answer.
COUNTED = {"chat-length-reasoning-only-0": (12, 100, "length")}


@pytest.mark.parametrize("exchange", FAILED, ids=by_label)
def test_a_recorded_failure_is_what_dify_is_told(wire: Wire, exchange: Exchange) -> None:
    told = TOLD[exchange.label]
    with pytest.raises(PluginError) as raised:
        replay(wire, exchange)
    assert raised.value.error_type == told.error
    sentence = raised.value.message
    assert told.words in sentence
    for unreadable in ("\n", "{", "org-"):
        assert unreadable not in sentence
    status = exchange.response["status"]
    assert status == 200 or f"HTTP {status}" in sentence
    assert len(wire.bodies()) == told.attempts
    line = wire.usage_lines()[-1]
    if exchange.label in COUNTED:
        assert (line["input"], line["output"], line["finish"]) == COUNTED[exchange.label]
    else:
        assert (line["error"], line["finish"]) == (told.error, None)


def test_every_recorded_failure_is_in_the_table() -> None:
    assert set(TOLD) == {exchange.label for exchange in FAILED}
