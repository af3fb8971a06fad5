"""Language models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity, ParameterRule

from models.catalogue.schemas import parameters_of, schema_of

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
        return schema_of(model, model, "openai")

    def get_parameter_rules(
        self, model: str, credentials: Mapping[str, Any]
    ) -> list[ParameterRule]:
        """Return the rules of all parameters, also of those that the form has no field for."""
        del credentials
        return list(parameters_of(model, "openai"))
