"""What the models of every type have in common at OpenAI, and at servers that speak its API."""

from collections.abc import Mapping
from typing import override

from models import provider_model
from models.service import openai
from models.service.endpoint import Endpoint


class OpenAIModel(provider_model.ProviderModel):
    """A model of any type under its own name."""

    @override
    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return openai.from_credentials(model, credentials)

    @override
    def _base_model(self, model: str, credentials: Mapping[str, str]) -> str:
        return model
