"""Speaking models deployed on Azure OpenAI."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity

from models.catalogue.names import base_of_deployment
from models.catalogue.schemas import schema_of
from models.service import azure
from models.service.endpoint import Endpoint

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.tts import tts_model


class AzureOpenAITTSModel(tts_model.SpeakingModel):
    """What Dify's provider `azure_openai` calls for text to speech."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return azure.from_credentials(model, credentials)

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, Any]
    ) -> AIModelEntity:
        """Return the schema of a deployment, with the voices of the model behind it."""
        base = base_of_deployment(model, credentials.get("base_model_name"))
        return schema_of(model, base, "azure_openai", "tts")
