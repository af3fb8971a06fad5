"""The provider `openai`: its key is proved by the cheapest call that does."""

from collections.abc import Mapping
from typing import Any

from dify_plugin import ModelProvider
from dify_plugin.entities.model import ModelType

from models.catalogue.tables import offered
from models.llm.credential_check import check_key
from models.service import openai


class OpenAIProvider(ModelProvider):
    """Dify's provider `openai`."""

    def validate_provider_credentials(self, credentials: Mapping[str, Any]) -> None:
        """Ask the model that the form names; without one, prove the key.

        Raises CredentialsValidateFailedError with what to change.
        """
        llm = self.get_model_instance(ModelType.LLM)
        model = credentials.get("validate_model")
        if isinstance(model, str) and (model := model.strip()):
            llm.validate_credentials(model, credentials)
            return
        check_key(
            lambda: openai.from_credentials(offered()[0].name, credentials),
            offered={model.name for model in offered()},
        )
