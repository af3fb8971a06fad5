"""Embedding models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping
from typing import Any

from dify_plugin.entities.model import AIModelEntity

from models.catalogue.schemas import schema_of
from models.service import openai
from models.service.endpoint import Endpoint

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.text_embedding import embedding_model
from models.text_embedding.limits import name_and_dimensions


class OpenAITextEmbeddingModel(embedding_model.EmbeddingModel):
    """What Dify's provider `openai` calls for embeddings."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return openai.from_credentials(model, credentials)

    def get_customizable_model_schema(
        self, model: str, credentials: Mapping[str, Any]
    ) -> AIModelEntity:
        """Return the schema of a model with other dimensions, or of one that nobody described."""
        del credentials
        return schema_of(model, name_and_dimensions(model)[0], "openai", "text-embedding")
