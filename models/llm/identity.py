"""Who a request is for, as far as the service may know: digests, never ids."""

from models.attribution import digest
from models.llm.invocation import Invocation
from models.service.endpoint import Endpoint


def identity_fields(invocation: Invocation, endpoint: Endpoint) -> dict[str, str]:
    """Return the body's fields for the end user and for the prompt cache.

    The user goes as a SHA-256 (64 hexadecimal characters, the limit of `safety_identifier`), so
    that the service can tell users apart and nobody can tell who they are. The prompt cache is
    keyed by the app, whose calls share a prompt; keyed by user, no two users would share it.
    """
    fields: dict[str, str] = {}
    if invocation.user:
        fields[endpoint.user_field] = digest(invocation.user)
    if invocation.app_id and endpoint.takes_prompt_cache_key:
        fields["prompt_cache_key"] = digest(invocation.app_id)
    return fields
