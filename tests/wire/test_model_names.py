"""A model that a key may not use is told with those of its models that may have been meant."""

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import validate_model_credentials
from tests.wire.ends import Wire


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses"])
def test_a_check_of_a_misspelt_model_names_the_similar_ones(wire: Wire, route: str) -> None:
    wire.change(models=["gpt-4.1-mini", "gpt-4.1-micro", "o3"])
    target = wire.target(route, "gpt-41-mini")
    with pytest.raises(PluginError) as failure:
        wire.plugin.open_session(validate_model_credentials(target)).result()
    assert "gpt-4.1-mini, gpt-4.1-micro" in failure.value.message
    assert "o3" not in failure.value.message
    paths = [request["path"] for request in wire.requests()]
    assert paths[1:] == ["/v1/models"]


def test_a_check_of_a_missing_deployment_asks_for_no_list(wire: Wire) -> None:
    with pytest.raises(PluginError, match="Check the deployment's name"):
        wire.plugin.open_session(
            validate_model_credentials(wire.target("azure-chat", "nowhere"))
        ).result()
    assert len(wire.requests()) == 1
