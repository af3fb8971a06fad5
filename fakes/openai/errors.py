"""The service's refusals: the exception that carries one, and the bodies both faces share."""

from fakes.openai.json_types import JsonObject

JSON_TYPE = "application/json"


class ServiceError(Exception):
    """A refusal in the service's own words: an HTTP status and an error body."""

    def __init__(
        self, status: int, error: JsonObject | str, headers: dict[str, str] | None = None
    ) -> None:
        """Carry `error`: an object is sent under the key `error`, a text as it is."""
        super().__init__(error if isinstance(error, str) else error.get("message"))
        self.status = status
        self.error = error
        self.headers = headers or {}


def invalid_request(
    message: str, param: str | None = None, code: str | None = None, status: int = 400
) -> ServiceError:
    """Return the refusal of a request that the caller has to change."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return ServiceError(status, error)


def invalid_api_key(key: str) -> ServiceError:
    """Return the 401 of a key that no account has; the key is quoted in part, as the service does.

    The charset in the content type is the service's (recording error-401-chat).
    """
    if not key:
        message = (
            "You didn't provide an API key. You need to provide your API key in an Authorization "
            "header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API "
            "key from https://platform.openai.com/account/api-keys."
        )
        return invalid_request(message, status=401)
    masked = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 16 else "*" * len(key)  # noqa: PLR2004
    message = (
        f"Incorrect API key provided: {masked}. You can find your API key at "
        "https://platform.openai.com/account/api-keys."
    )
    refusal = invalid_request(message, code="invalid_api_key", status=401)
    refusal.headers["content-type"] = "application/json; charset=utf-8"
    return refusal


def wrong_organization() -> ServiceError:
    """Return the 401 of an `OpenAI-Organization` header that is not the key's."""
    message = "OpenAI-Organization header should match organization for API key"
    return invalid_request(message, code="mismatched_organization", status=401)


def wrong_project() -> ServiceError:
    """Return the 401 of an `OpenAI-Project` header that is not the key's."""
    message = "OpenAI-Project header should match project for API key"
    return invalid_request(message, code="mismatched_project", status=401)


def unknown_url(method: str, path: str) -> ServiceError:
    """Return the 404 of a path that the service does not have."""
    return invalid_request(f"Invalid URL ({method} {path})", status=404)


def wrong_method(method: str, path: str) -> ServiceError:
    """Return the 405 of a path that exists for other methods only."""
    message = (
        f"Not allowed to {method} on {path}. "
        "(HINT: Perhaps you meant to make the request with a different HTTP method?)"
    )
    return invalid_request(message, code="method_not_supported", status=405)


def unreadable_body() -> ServiceError:
    """Return the 400 of a body that is not a JSON object."""
    message = (
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't "
        "using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was "
        "sent was not valid JSON.)"
    )
    return invalid_request(message)


def unrecognized_arguments(names: list[str]) -> ServiceError:
    """Return Chat Completions' 400 of top-level arguments that it does not know."""
    plural = "s" if len(names) > 1 else ""
    return invalid_request(f"Unrecognized request argument{plural} supplied: {', '.join(names)}")


def unknown_parameter(name: str) -> ServiceError:
    """Return Responses' 400 of a top-level parameter that it does not know."""
    return invalid_request(f"Unknown parameter: '{name}'.", name, "unknown_parameter")


def chat_model_not_found(model: str) -> ServiceError:
    """Return Chat Completions' 404 of an unknown model (recording error-404-chat)."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    refusal = invalid_request(message, code="model_not_found", status=404)
    refusal.headers["content-type"] = "application/json; charset=utf-8"
    return refusal


def responses_model_not_found(model: str) -> ServiceError:
    """Return Responses' 400 of an unknown model (error-400-responses-model-not-found)."""
    message = f"The requested model '{model}' does not exist."
    return invalid_request(message, "model", "model_not_found")


def not_stored(kind: str, identifier: str) -> ServiceError:
    """Return the 404 of a stored record that this account does not have."""
    return invalid_request(f"{kind} with id '{identifier}' not found.", status=404)
