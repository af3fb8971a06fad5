"""The app API's refusals: an HTTP status with a code, a message and the status again."""

from fakes.openai.json_types import JsonObject


class DifyError(Exception):
    """A refusal in Dify's words, before a stream as its answer, within one as its last event."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None
    ) -> None:
        """Carry the envelope of every error (API reference, Errors and rate limits)."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def to_json(self) -> JsonObject:
        """Return the envelope."""
        return {"code": self.code, "message": self.message, "status": self.status}


def invalid_param(message: str) -> DifyError:
    """Return the 400 of a request that the caller has to change."""
    return DifyError(400, "invalid_param", message)


def invalid_fields(problems: dict[str, str]) -> DifyError:
    """Return the 400 of a body whose fields are missing or of a wrong type."""
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''}"
    lines = [f"{name}\n  {problem}" for name, problem in problems.items()]
    return invalid_param("\n".join([f"{count} for ChatRequestPayload", *lines]))


def bad_request(message: str) -> DifyError:
    """Return the 400 of something that the app cannot do."""
    return DifyError(400, "bad_request", message)


def unreadable_body() -> DifyError:
    """Return the 400 of a body that is not a JSON object."""
    return bad_request("Invalid JSON payload received or JSON payload is empty.")


def not_chat_app() -> DifyError:
    """Return the 400 of an app that holds no conversations."""
    message = "Please check if your app mode matches the right API route."
    return DifyError(400, "not_chat_app", message)


def not_found(message: str) -> DifyError:
    """Return the 404 of what this app and this user do not have."""
    return DifyError(404, "not_found", message)


def conversation_not_found() -> DifyError:
    """Return the 404 of a conversation that this app and this user do not have."""
    return not_found("Conversation Not Exists.")


def end_user_not_found() -> DifyError:
    """Return the 404 of an end user of no or another app."""
    return DifyError(404, "end_user_not_found", "End user not found.")


def unauthorized(message: str) -> DifyError:
    """Return the 401 of a request whose key is no app's."""
    return DifyError(401, "unauthorized", message, {"www-authenticate": 'Bearer realm="api"'})


def wrong_method() -> DifyError:
    """Return the 405 of a path that exists for other methods only."""
    message = "The method is not allowed for the requested URL."
    return DifyError(405, "method_not_allowed", message)
