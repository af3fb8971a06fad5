"""The base of both classes of speaking models: what the SDK calls, handed on to the core."""

from collections.abc import Generator, Iterator, Mapping
from typing import Any, override

from dify_plugin.interfaces.model.tts_model import TTSModel

from models import provider_model
from models.attribution import Origin, current_app_id
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint
from models.tts.manner import Manner

# Who Dify says is speaking where it reads an app's answers aloud: nobody's id (langgenius/dify,
# core/base/tts/app_generator_tts_publisher.py).
_DIFY_ITSELF = "responding_tts"


class SpeakingModel(provider_model.ProviderModel, TTSModel):
    """A speaking model of one provider."""

    @override
    def _invoke(
        self,
        model: str,
        tenant_id: str,
        credentials: dict[str, Any],
        content_text: str,
        voice: str,
        user: str | None = None,
    ) -> Generator[bytes]:
        """Return a text as mp3, in pieces."""
        del tenant_id
        # Read here, in the caller's context.
        origin = Origin(current_app_id(), None if user == _DIFY_ITSELF else user)
        return self._spoken(model, credentials, content_text, voice, origin)

    def _spoken(
        self, model: str, credentials: Mapping[str, str], text: str, voice: str, origin: Origin
    ) -> Generator[bytes]:
        with self._calling(model, credentials) as endpoint:
            yield from _said(endpoint, text, Manner.from_credentials(credentials, voice), origin)

    @override
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Have a word spoken."""
        voice = str(self._get_model_default_voice(model, dict(credentials)))
        manner = Manner.from_credentials(credentials, voice)
        for _ in _said(endpoint, "Hi", manner, Origin(None)):
            pass


def _said(endpoint: Endpoint, text: str, manner: Manner, origin: Origin) -> Iterator[bytes]:
    import_in_thread("models.tts.speak")
    from models.tts.speak import speak  # noqa: PLC0415 - loaded by now

    return speak(endpoint, text, manner, origin)
