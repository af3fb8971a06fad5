"""Transcription models of OpenAI, and of servers that speak its API."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import openai_model
from models.speech2text import speech2text_model


class OpenAISpeech2TextModel(openai_model.OpenAIModel, speech2text_model.TranscriptionModel):
    """What Dify's provider `openai` calls for speech to text."""
