"""Language models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity

from models.catalogue import openai_schema

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.llm import language_model
from models.service import openai
from models.service.endpoint import Endpoint


class OpenAILargeLanguageModel(language_model.LanguageModel):
    """What Dify's provider `openai` calls for language models."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return openai.from_credentials(model, credentials)

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, Any]
    ) -> AIModelEntity:
        """Return the schema of a fine-tune or of a model that nobody described."""
        del credentials
        return openai_schema(model, self.predefined_models())
