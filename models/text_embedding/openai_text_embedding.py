"""Embedding models of OpenAI, and of servers that speak its API."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import openai_model
from models.text_embedding import embedding_model


class OpenAITextEmbeddingModel(openai_model.OpenAIModel, embedding_model.EmbeddingModel):
    """What Dify's provider `openai` calls for embeddings."""
