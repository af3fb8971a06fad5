"""Speaking models deployed on Azure OpenAI."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import azure_openai_model
from models.tts import tts_model


class AzureOpenAITTSModel(azure_openai_model.AzureOpenAIModel, tts_model.SpeakingModel):
    """What Dify's provider `azure_openai` calls for text to speech."""
