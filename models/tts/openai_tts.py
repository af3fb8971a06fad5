"""Speaking models of OpenAI, and of servers that speak its API."""

# The modules, not the classes: the SDK would register every model class found by name here.
from models import openai_model
from models.tts import tts_model


class OpenAITTSModel(openai_model.OpenAIModel, tts_model.SpeakingModel):
    """What Dify's provider `openai` calls for text to speech."""
