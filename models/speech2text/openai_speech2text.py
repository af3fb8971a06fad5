"""Transcription models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping

from models.service import openai
from models.service.endpoint import Endpoint

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.speech2text import speech2text_model


class OpenAISpeech2TextModel(speech2text_model.TranscriptionModel):
    """What Dify's provider `openai` calls for speech to text."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return openai.from_credentials(model, credentials)
