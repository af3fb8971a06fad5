"""Models that a service streams only to verified organizations: their answers come in one piece."""

import logging
from collections.abc import Mapping

from pydantic import JsonValue

from models.endpoints.endpoint import Endpoint
from models.errors import Kind, ServiceError
from models.expiring_memory import ExpiringMemory

logger = logging.getLogger(__name__)

_refusals = ExpiringMemory[tuple[str, str], bool]()


def without_refused_stream(body: dict[str, JsonValue], endpoint: Endpoint) -> dict[str, JsonValue]:
    """Return the body, without asking for a stream where the service has refused one lately."""
    if "stream" not in body or not _refusals.recall((endpoint.metadata.endpoint, endpoint.model)):
        return body
    return {name: body[name] for name in body if name not in {"stream", "stream_options"}}


def remember_stream_refusal(
    failure: ServiceError, body: Mapping[str, JsonValue], endpoint: Endpoint
) -> bool:
    """Note that a service refused to stream; True if the call is worth repeating without.

    The service answers 400 with `param` "stream" and tells to verify the organization.
    """
    if failure.kind is not Kind.BAD_REQUEST or failure.said.param != "stream":
        return False
    if "stream" not in body:
        return False
    _refusals.remember((endpoint.metadata.endpoint, endpoint.model), True)
    logger.warning(
        "%s: %r is not streamed for ten minutes: %s",
        endpoint.service,
        endpoint.model,
        failure.said.message,
    )
    return True
