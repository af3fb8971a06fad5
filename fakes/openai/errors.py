"""What a refusal is made of: an exception with an HTTP status and a body, and the usual bodies.

The words are this service's own, except where a recording of tests/recordings has them or a client
has to read a name out of them; such places name the recording or the thread.
"""

from collections.abc import Sequence

from fakes.openai.json_types import JsonObject

JSON_TYPE = "application/json"
# The charset that the service puts on its early refusals (error-401-chat, error-404-chat).
_EARLY = {"content-type": f"{JSON_TYPE}; charset=utf-8"}


class ServiceError(Exception):
    """A refusal; `body` is sent as it is, as JSON or, where it is a text, as plain text."""

    def __init__(
        self, status: int, body: JsonObject | str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def service_error(
    status: int,
    message: str,
    kind: str = "invalid_request_error",
    param: str | None = None,
    code: str | None = None,
) -> ServiceError:
    """Return an error of the four fields that OpenAI's errors have (openapi.json, Error)."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return ServiceError(status, {"error": error})


def invalid_request(
    message: str, param: str | None = None, code: str | None = None, status: int = 400
) -> ServiceError:
    """Return the refusal of a request that the caller has to change."""
    return service_error(status, message, param=param, code=code)


def invalid_api_key(key: str) -> ServiceError:
    """Return the 401 of a key that no account has, with a part of the key (error-401-chat)."""
    shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)  # noqa: PLR2004
    message = f"Incorrect API key provided: {shown}." if key else "No API key was sent."
    refusal = invalid_request(message, code="invalid_api_key" if key else None, status=401)
    refusal.headers |= _EARLY
    return refusal


def unrecognized_arguments(names: list[str]) -> ServiceError:
    """Return Chat Completions' 400 of arguments that it does not know.

    The message alone names them (github.com/quarkiverse/quarkus-langchain4j/issues/285).
    """
    plural = "s" if len(names) > 1 else ""
    return invalid_request(f"Unrecognized request argument{plural} supplied: {', '.join(names)}")


def unsupported_parameter(name: str, instead: str = "") -> ServiceError:
    """Return the 400 of an argument that the model does not take (error-400-max-tokens)."""
    message = f"Unsupported parameter: '{name}' is not supported with this model."
    if instead:
        message += f" Use '{instead}' instead."
    return invalid_request(message, name, "unsupported_parameter")


def unsupported_value(said: str, param: str, supported: Sequence[str]) -> ServiceError:
    """Return the 400 of a value that a model does not take; a client can read what it does.

    (github.com/genkit-ai/genkit/pull/6303, github.com/openai/codex/issues/6647,
    github.com/egoist/chatwise-releases/issues/1257.)
    """
    *others, last = (f"'{value}'" for value in supported)
    comma = "," if len(others) > 1 else ""
    listed = f"{', '.join(others)}{comma} and {last}" if others else last
    message = f"Unsupported value: {said}. Supported values are: {listed}."
    return invalid_request(message, param, "unsupported_value")


def chat_model_not_found(model: str) -> ServiceError:
    """Return the 404 of an unknown model, of every endpoint but Responses (error-404-chat)."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    refusal = invalid_request(message, code="model_not_found", status=404)
    refusal.headers |= _EARLY
    return refusal


def responses_model_not_found(model: str) -> ServiceError:
    """Return Responses' 400 of an unknown model (error-400-responses-model-not-found)."""
    message = f"The requested model '{model}' does not exist."
    return invalid_request(message, "model", "model_not_found")


def model_ended(model: str) -> ServiceError:
    """Return the 404 of a model after its end (github.com/orhanerday/open-ai/issues/135).

    Its code is that of an unknown model, so a client has to read the words.
    """
    message = (
        f"The model `{model}` has been deprecated, learn more here: "
        "https://platform.openai.com/docs/deprecations"
    )
    return invalid_request(message, code="model_not_found", status=404)


def not_stored(identifier: str) -> ServiceError:
    """Return the 404 of a record that this account does not have (openapi.json has no other)."""
    return invalid_request(f"There is no stored '{identifier}'.", status=404)
