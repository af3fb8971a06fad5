"""Every recorded failure is told as one of Dify's errors, in a sentence that says what happened."""

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.calls import usage_lines
from tests.wire.recorded.cuts import awkward_cuts
from tests.wire.recorded.replay import FAILED, by_label, failure_of, replay
from tests.wire.service import Account, Json
from tests.workshop.openai.recorded import Exchange

# What a person must find in the sentence: the service's own words where it has any.
WORDS = {
    "azure-error-413-models-path-0": "Failed to buffer the request body: length limit exceeded",
    "azure-error-500-models-path-0": "An error occurred while getting the response from the model",
    "azure-error-content-filter-chat-0": "self_harm (medium)",
    "azure-error-content-filter-responses-0": "content management policy",
    "azure-error-deployment-not-found-0": "The API deployment for this resource does not exist",
    "azure-error-resource-not-found-0": "Resource not found",
    "chat-length-reasoning-only-0": "Raise Max tokens",
    "error-400-context-length-0": "Your input exceeds the context window of this model",
    "error-400-image-url-0": "Error while downloading https://source.unsplash.com/8xznAGy4HcY",
    "error-400-max-tokens-0": "'max_tokens' is not supported with this model",
    "error-400-reasoning-item-order-0": "was provided without its required following item",
    "error-400-responses-model-not-found-0": "The requested model 'invalid-model' does not exist",
    "error-400-tool-schema-0": "Invalid schema for function 'get_current_weather'",
    "error-401-chat-0": "Incorrect API key provided",
    "error-404-chat-0": "The model `this-model-does-not-exist` does not exist",
    "error-429-rpm-0": "Rate limit reached for gpt-3.5-turbo",
    "error-429-too-large-and-500-0": "Request too large for gpt-4.1-nano",
    "error-429-too-large-and-500-1": "An error occurred while processing your request",
    "responses-background-0": "'queued'",
    "responses-stream-failed-0": "You exceeded your current quota",
}
# Those that waiting can mend are asked for again.
REPEATED = {"azure-error-500-models-path-0", "error-429-rpm-0", "error-429-too-large-and-500-1"}
# The service answered, and counted, before we saw that there was nothing in the answer.
COUNTED = {"chat-length-reasoning-only-0": (12, 100, "length")}


def failed_replay(
    plugin: PluginProcess, account: Account, exchange: Exchange, step: Json | None = None
) -> PluginError:
    """Return how Dify hears of a recorded failure."""
    with pytest.raises(PluginError) as raised:
        replay(plugin, account, exchange, step)
    assert raised.value.error_type == failure_of(exchange).error_type
    assert WORDS[exchange.label] in raised.value.message
    assert "\n" not in raised.value.message
    assert "org-" not in raised.value.message
    return raised.value


@pytest.mark.parametrize("exchange", FAILED, ids=by_label)
def test_a_recorded_failure_is_what_dify_is_told(
    plugin: PluginProcess, account: Account, exchange: Exchange
) -> None:
    error = failed_replay(plugin, account, exchange)
    assert len(account.bodies()) == (3 if exchange.label in REPEATED else 1)
    line = usage_lines(plugin)[-1]
    if exchange.label in COUNTED:
        assert (line["input"], line["output"], line["finish"]) == COUNTED[exchange.label]
    else:
        assert (line["error"], line["finish"]) == (error.error_type, None)


@pytest.mark.parametrize(
    "exchange", [exchange for exchange in FAILED if exchange.streamed], ids=by_label
)
def test_a_failure_inside_a_stream_may_be_cut_anywhere(
    plugin: PluginProcess, account: Account, exchange: Exchange
) -> None:
    cuts = awkward_cuts(exchange.body_bytes() or b"")
    failed_replay(plugin, account, exchange, {**exchange.step, "split": cuts})
