"""Which real services the environment names."""

import pytest

from tools.demo.errors import NotConfigured
from tools.demo.services import Service, live_services

_AZURE = {
    "AZURE_OPENAI_API_KEY": "azure-key",
    "AZURE_OPENAI_ENDPOINT": "https://resource.openai.azure.com/",
    "AZURE_OPENAI_DEPLOYMENT": "my-deployment",
}
_AZURE_SERVICE = Service(
    "azure_openai", "https://resource.openai.azure.com/openai/v1", "azure-key", "my-deployment"
)
_OPENAI_SERVICE = Service("openai", "https://api.openai.com/v1", "sk-key", "model")


@pytest.mark.parametrize(
    ("environment", "services"),
    [
        ({"OPENAI_API_KEY": " sk-key "}, [_OPENAI_SERVICE]),
        ({**_AZURE}, [_AZURE_SERVICE]),
        ({"OPENAI_API_KEY": "sk-key", **_AZURE}, [_OPENAI_SERVICE, _AZURE_SERVICE]),
        ({"OPENAI_API_KEY": "sk-key", "AZURE_OPENAI_API_KEY": "azure-key"}, [_OPENAI_SERVICE]),
    ],
    ids=["openai", "azure", "both", "azure without an address"],
)
def test_a_service_is_used_if_all_its_variables_are_set(
    environment: dict[str, str], services: list[Service]
) -> None:
    assert list(live_services(environment, "model").values()) == services


@pytest.mark.parametrize("path", ["", "/openai", "/openai/v1/"])
def test_an_azure_endpoint_may_be_written_with_its_path(path: str) -> None:
    endpoint = f"https://resource.openai.azure.com{path}"
    services = live_services({**_AZURE, "AZURE_OPENAI_ENDPOINT": endpoint}, "model")
    assert services == {"azure_openai": _AZURE_SERVICE}


@pytest.mark.parametrize("missing", sorted(_AZURE))
def test_without_a_complete_service_the_variables_are_named(missing: str) -> None:
    environment = {name: value for name, value in _AZURE.items() if name != missing}
    with pytest.raises(NotConfigured, match="set OPENAI_API_KEY, or AZURE_OPENAI_API_KEY with"):
        live_services(environment, "model")


def test_a_key_is_not_in_what_a_service_shows_of_itself() -> None:
    assert "sk-key" not in repr(_OPENAI_SERVICE)
