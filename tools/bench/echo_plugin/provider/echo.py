"""The echo plugin's provider: it needs no key."""

from typing import override

from dify_plugin import ModelProvider


class EchoProvider(ModelProvider):
    """Accepts any credentials."""

    @override
    def validate_provider_credentials(self, credentials: dict[str, object]) -> None:
        """Accept them."""
