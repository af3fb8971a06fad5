"""The provider `openai`: its credentials are checked with one small call."""

from collections.abc import Mapping
from typing import Any

from dify_plugin import ModelProvider
from dify_plugin.entities.model import ModelType

_VALIDATE_MODEL = "gpt-4o-mini"


class OpenAIProvider(ModelProvider):
    """Dify's provider `openai`."""

    def validate_provider_credentials(self, credentials: Mapping[str, Any]) -> None:
        """Ask the model that the form names, or a cheap one that every key has.

        Raises CredentialsValidateFailedError with what to change.
        """
        model = (credentials.get("validate_model") or "").strip() or _VALIDATE_MODEL
        self.get_model_instance(ModelType.LLM).validate_credentials(model, credentials)
