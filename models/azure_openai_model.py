"""What the models of every type have in common that are deployed on Azure OpenAI."""

from collections.abc import Mapping
from typing import ClassVar, override

from models import provider_model
from models.catalogue.model import Service
from models.catalogue.names import base_of_deployment
from models.service import azure
from models.service.endpoint import Endpoint


class AzureOpenAIModel(provider_model.ProviderModel):
    """A deployment, whose form or name tells the model behind it."""

    table: ClassVar[Service] = "azure_openai"

    @override
    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return azure.from_credentials(model, credentials)

    @override
    def _base_model(self, model: str, credentials: Mapping[str, str]) -> str:
        chosen: object = credentials.get("base_model_name")
        # What is no text is refused where the endpoint is made.
        return base_of_deployment(model, chosen if isinstance(chosen, str) else None)
