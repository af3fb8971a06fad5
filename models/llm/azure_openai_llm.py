"""Language models deployed on Azure OpenAI."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity, ParameterRule

from models.catalogue.names import base_of_deployment
from models.catalogue.schemas import parameters_of, schema_of

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.llm import language_model
from models.service import azure
from models.service.endpoint import Endpoint


class AzureOpenAILargeLanguageModel(language_model.LanguageModel):
    """What Dify's provider `azure_openai` calls for language models."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return azure.from_credentials(model, credentials)

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, Any]
    ) -> AIModelEntity:
        """Return the schema of the model behind a deployment."""
        return schema_of(model, _base_model(model, credentials), "azure_openai")

    def get_parameter_rules(
        self, model: str, credentials: Mapping[str, Any]
    ) -> list[ParameterRule]:
        """Return the rules of all parameters, also of those that the form has no field for."""
        return list(parameters_of(_base_model(model, credentials), "azure_openai"))


def _base_model(deployment: str, credentials: Mapping[str, Any]) -> str:
    chosen = credentials.get("base_model_name")
    # What is no text is refused where the endpoint is made.
    return base_of_deployment(deployment, chosen if isinstance(chosen, str) else None)
