"""The base of both classes of embedding models: what the SDK calls, handed on to the core."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any, override

from dify_plugin.entities.model import EmbeddingInputType
from dify_plugin.entities.model.text_embedding import TextEmbeddingResult
from dify_plugin.interfaces.model.text_embedding_model import TextEmbeddingModel

from models import provider_model
from models.attribution import Origin, current_app_id
from models.pricing import Pricing
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint
from models.text_embedding.limits import Texts, name_and_dimensions, refuse_unusable
from models.token_count import count_text
from models.usage import Answered


class EmbeddingModel(provider_model.ProviderModel, TextEmbeddingModel):
    """An embedding model of one provider. Queries and documents are embedded alike."""

    @override
    def _service_name(self, model: str) -> str:
        return name_and_dimensions(model)[0]

    @override
    def _invoke(
        self,
        model: str,
        credentials: dict[str, Any],
        texts: list[str],
        user: str | None = None,
        input_type: EmbeddingInputType = EmbeddingInputType.DOCUMENT,
    ) -> TextEmbeddingResult:
        """Return a vector for each text, in their order."""
        del input_type
        started = perf_counter()
        origin = Origin(current_app_id(), user)
        with self._calling(model, credentials) as endpoint:
            wanted = self._wanted(model, credentials, texts)
            vectors, answered = _embedded(endpoint, wanted, origin)
            schema = self.get_model_schema(model, credentials)
        return TextEmbeddingResult(
            model=model,
            embeddings=vectors,
            usage=Pricing(endpoint, schema, started).usage_of_embedded(answered),
        )

    @override
    def _check(self, model: str, credentials: Mapping[str, str], endpoint: Endpoint) -> None:
        """Embed a word: with the dimensions of the name, which the model may refuse."""
        _embedded(endpoint, self._wanted(model, credentials, ["ping"]), Origin(None))

    def get_num_tokens(
        self, model: str, credentials: dict[str, Any], texts: list[str]
    ) -> list[int]:
        """Estimate the tokens of each text, without any request or download."""
        del model, credentials
        return [count_text(text) for text in texts]

    def _wanted(self, model: str, credentials: Mapping[str, str], texts: Sequence[str]) -> Texts:
        most_tokens = self._get_context_size(model, dict(credentials))
        return Texts(texts, most_tokens, name_and_dimensions(model)[1])


def _embedded(
    endpoint: Endpoint, wanted: Texts, origin: Origin
) -> tuple[list[list[float]], Answered]:
    refuse_unusable(wanted, endpoint.base_model)
    import_in_thread("models.text_embedding.embed")
    from models.text_embedding.embed import embed  # noqa: PLC0415 - loaded by now

    return embed(endpoint, wanted, origin)
