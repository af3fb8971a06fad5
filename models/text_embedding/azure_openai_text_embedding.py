"""Embedding models deployed on Azure OpenAI."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import azure_openai_model
from models.text_embedding import embedding_model


class AzureOpenAITextEmbeddingModel(
    azure_openai_model.AzureOpenAIModel, embedding_model.EmbeddingModel
):
    """What Dify's provider `azure_openai` calls for embeddings."""
