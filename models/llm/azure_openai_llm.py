"""Language models deployed on Azure OpenAI."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity

from models.catalogue import azure_schema

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
        return azure_schema(model, (credentials.get("base_model_name") or "").strip() or model)
