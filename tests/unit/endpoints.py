"""Endpoints as credentials make them, at addresses that nobody calls or of a local server."""

from models.service import azure, openai
from models.service.endpoint import Endpoint

KEY = "swordfish-of-a-test"
DATED = "https://name.openai.azure.com"
V1 = f"{DATED}/openai/v1"


def openai_at(model: str = "gpt-4o-mini", base: str = "", **credentials: str) -> Endpoint:
    """Return a model of OpenAI's, or of the server at this address."""
    defaults = {"openai_api_key": KEY, "openai_api_base": base}
    return openai.from_credentials(model, {**defaults, **credentials})


def azure_at(base: str = DATED, base_model: str = "gpt-4.1", **credentials: str) -> Endpoint:
    """Return the deployment `d` of a model, by default with a dated API version."""
    defaults = {"openai_api_base": base, "openai_api_key": KEY, "base_model_name": base_model}
    return azure.from_credentials("d", {**defaults, **credentials})
