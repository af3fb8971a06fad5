"""The base of both classes of transcription models: what the SDK calls, handed on to the core."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, override

from dify_plugin.interfaces.model.speech2text_model import Speech2TextModel

from models import provider_model
from models.attribution import Origin, current_app_id
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint
from models.speech2text.hints import Hints
from models.speech2text.sound import Sound

# A tone of one second: what it costs to be heard is less than a hundredth of a cent.
_CLIP = Path(__file__).parents[2] / "_assets/one_second.wav"


class TranscriptionModel(provider_model.ProviderModel, Speech2TextModel):
    """A transcription model of one provider."""

    @override
    def _invoke(
        self,
        model: str,
        credentials: dict[str, Any],
        file: IO[bytes],
        user: str | None = None,
    ) -> str:
        """Return what is said in a recording."""
        origin = Origin(current_app_id(), user)
        with self._calling(model, credentials) as endpoint:
            return _heard(endpoint, file.read(), credentials, origin)

    @override
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Transcribe a tone of one second."""
        del model
        _heard(endpoint, _CLIP.read_bytes(), credentials, Origin(None))


def _heard(
    endpoint: Endpoint, content: bytes, credentials: Mapping[str, str], origin: Origin
) -> str:
    sound, hints = Sound.of(content), Hints.from_credentials(credentials)
    import_in_thread("models.speech2text.transcribe")
    from models.speech2text.transcribe import transcribe  # noqa: PLC0415 - loaded by now

    return transcribe(endpoint, sound, hints, origin)
