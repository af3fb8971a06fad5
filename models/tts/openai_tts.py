"""Speaking models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity

from models.catalogue.schemas import schema_of
from models.service import openai
from models.service.endpoint import Endpoint

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.tts import tts_model


class OpenAITTSModel(tts_model.SpeakingModel):
    """What Dify's provider `openai` calls for text to speech."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return openai.from_credentials(model, credentials)

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, Any]
    ) -> AIModelEntity:
        """Return the schema of a name, with the voices of the model that it stands for."""
        del credentials
        return schema_of(model, model, "openai", "tts")
