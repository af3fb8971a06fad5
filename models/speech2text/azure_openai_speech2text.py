"""Transcription models deployed on Azure OpenAI."""

from collections.abc import Mapping

from models.service import azure
from models.service.endpoint import Endpoint

# The module, not the class: the SDK would register every model class that it finds by name here.
from models.speech2text import speech2text_model


class AzureOpenAISpeech2TextModel(speech2text_model.TranscriptionModel):
    """What Dify's provider `azure_openai` calls for speech to text."""

    def _endpoint(self, model: str, credentials: Mapping[str, str]) -> Endpoint:
        return azure.from_credentials(model, credentials)
