"""Transcription models deployed on Azure OpenAI."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import azure_openai_model
from models.speech2text import speech2text_model


class AzureOpenAISpeech2TextModel(
    azure_openai_model.AzureOpenAIModel, speech2text_model.TranscriptionModel
):
    """What Dify's provider `azure_openai` calls for speech to text."""
