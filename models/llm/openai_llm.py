"""Language models of OpenAI, and of servers that speak its API."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import openai_model
from models.llm import language_model


class OpenAILargeLanguageModel(openai_model.OpenAIModel, language_model.LanguageModel):
    """What Dify's provider `openai` calls for language models."""
