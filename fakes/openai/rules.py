"""The rules that both text APIs share: what an account refuses, models, metadata and `store`."""

from collections.abc import Mapping

from fakes.openai import azure
from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import ServiceError, invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.schema_errors import invalid_type, schema_refusal, string_too_long

MAX_PAIRS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 16, 64, 512


def check_refused_arguments(call: Call, body: JsonObject) -> None:
    """Refuse what this account is set to refuse, as a compatible server that lacks it would."""
    for name in sorted(call.account.refuses & set(body)):
        raise invalid_request(f"Unrecognized request argument supplied: {name}", name)


def base_model(call: Call, body: JsonObject, unknown: ServiceError) -> str:
    """Return the model that is meant, behind Azure's deployment; raise `unknown` when none is."""
    if call.is_azure:
        return azure.base_model(call, body)
    model = body.get("model")
    if model not in call.account.models:
        raise unknown
    return str(model)


def check_schema(sandbox: Sandbox, schema: str, body: JsonObject) -> None:
    """Refuse a body that the published schema does not allow."""
    if violation := sandbox.schema.violation(schema, body):
        raise schema_refusal(violation)


def check_unsupported(body: JsonObject, tolerated: Mapping[str, object]) -> None:
    """Refuse arguments that the model does not take, unless they are null or the one value."""
    for name, value in tolerated.items():
        if body.get(name) is not None and body[name] != value:
            raise unsupported_parameter(name)


def unsupported_parameter(name: str, instead: str = "") -> ServiceError:
    """Return the 400 of an argument that the model does not take (error-400-max-tokens)."""
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    if instead:
        message += f" Use '{instead}' instead."
    return invalid_request(message, name, "unsupported_parameter")


def check_metadata(body: JsonObject, *, stores: bool) -> None:
    """Refuse metadata over its limits, and metadata of a request that is not stored."""
    metadata = body.get("metadata")
    if metadata is None:
        return
    check_metadata_limits(metadata)
    if not stores:
        message = "The 'metadata' parameter is only allowed when 'store' is enabled."
        raise invalid_request(message, "metadata")


def check_metadata_limits(metadata: object) -> None:
    """Refuse metadata that is not at most 16 pairs of keys <= 64 and texts <= 512 characters."""
    if not isinstance(metadata, dict):
        raise invalid_type("metadata", "an object", metadata)
    if len(metadata) > MAX_PAIRS:
        message = (
            "Invalid 'metadata': too many properties. Expected an object with at most "
            f"{MAX_PAIRS} properties, but got an object with {len(metadata)} properties instead."
        )
        raise invalid_request(message, "metadata", "object_above_max_properties")
    for key, value in metadata.items():
        if len(key) > MAX_KEY_LENGTH:
            message = (
                "Invalid property name in 'metadata': string too long. Expected a string with "
                f"maximum length {MAX_KEY_LENGTH}, but got a string with length {len(key)} instead."
            )
            raise invalid_request(message, "metadata", "string_above_max_length")
        if not isinstance(value, str):
            raise invalid_type(f"metadata.{key}", "a string", value)
        if len(value) > MAX_VALUE_LENGTH:
            raise string_too_long(f"metadata.{key}", value, MAX_VALUE_LENGTH)
