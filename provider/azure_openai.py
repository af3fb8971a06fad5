"""The provider `azure_openai`: it has no credentials of its own, each deployment brings them."""

from collections.abc import Mapping
from typing import Any

from dify_plugin import ModelProvider


class AzureOpenAIProvider(ModelProvider):
    """Dify's provider `azure_openai`."""

    def validate_provider_credentials(self, credentials: Mapping[str, Any]) -> None:
        """Accept: there is no provider form, and every deployment is checked when it is added."""
