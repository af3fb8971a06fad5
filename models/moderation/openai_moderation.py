"""Moderation models of OpenAI, and of servers that speak its API."""

from collections.abc import Mapping
from typing import Any, override

# The modules, not the classes: the SDK would register every model class found by name here.
from dify_plugin.interfaces.model import moderation_model

from models import openai_model
from models.attribution import Origin, current_app_id
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint


class OpenAIModerationModel(openai_model.OpenAIModel, moderation_model.ModerationModel):
    """What Dify's provider `openai` calls for moderation."""

    @override
    def _invoke(
        self, model: str, credentials: dict[str, Any], text: str, user: str | None = None
    ) -> bool:
        """Return whether a text is flagged."""
        origin = Origin(current_app_id(), user)
        with self._calling(model, credentials) as endpoint:
            return _is_flagged(endpoint, text, origin)

    @override
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Ask about a word, which costs nothing."""
        del model, credentials
        _is_flagged(endpoint, "ping", Origin(None))


def _is_flagged(endpoint: Endpoint, text: str, origin: Origin) -> bool:
    import_in_thread("models.moderation.moderate")
    from models.moderation.moderate import is_flagged  # noqa: PLC0415 - loaded by now

    return is_flagged(endpoint, text, origin)
