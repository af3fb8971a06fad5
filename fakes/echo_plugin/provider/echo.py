"""The echo plugin's provider: one key is right."""

from typing import override

from dify_plugin import ModelProvider
from dify_plugin.errors.model import CredentialsValidateFailedError


class EchoProvider(ModelProvider):
    """Accepts the key `right`."""

    @override
    def validate_provider_credentials(self, credentials: dict[str, object]) -> None:
        """Refuse any key but `right`."""
        if credentials.get("api_key") != "right":
            raise CredentialsValidateFailedError("The API key is not `right`.")
