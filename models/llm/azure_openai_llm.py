"""Language models deployed on Azure OpenAI."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import azure_openai_model
from models.llm import language_model


class AzureOpenAILargeLanguageModel(
    azure_openai_model.AzureOpenAIModel, language_model.LanguageModel
):
    """What Dify's provider `azure_openai` calls for language models."""
