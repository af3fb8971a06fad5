"""Which models a key may use, for a sentence about one that it may not."""

from dataclasses import replace
from difflib import get_close_matches

from models.failures.failure import ServiceError
from models.service.attempts import Deadline
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint

_NO_SUCH_MODEL = "model_not_found"
_LIST_SECONDS = 10.0
_MOST_NAMES = 5


def with_similar_names(failure: ServiceError, endpoint: Endpoint) -> ServiceError:
    """Return a failure whose way out names the key's models that the wanted one may have meant.

    Any other failure comes back as it is, and so does one whose service does not list its models.
    """
    if failure.said.code != _NO_SUCH_MODEL:
        return failure
    import_in_thread("models.service.official_client")
    from models.service.official_client import answer_of  # noqa: PLC0415 - loaded by now

    try:
        names = answer_of(
            endpoint,
            Deadline(_LIST_SECONDS),
            lambda client: [model.id for model in client.models.list()],
        )
    except ServiceError:
        return failure
    similar = get_close_matches(endpoint.model, names, n=_MOST_NAMES, cutoff=0.5)
    if not similar:
        return failure
    advice = f"{failure.advice} Models of this key with a similar name: {', '.join(similar)}."
    return replace(failure, advice=advice.strip())
