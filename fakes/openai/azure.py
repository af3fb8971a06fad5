"""Azure OpenAI's own gates, error bodies and content filters; OpenAI's rules are beside it."""

import re

from fakes.openai.call import Call, Service
from fakes.openai.errors import ServiceError
from fakes.openai.json_types import JsonObject

# When Responses came (github.com/Aider-AI/aider/issues/4029 has the refusal).
RESPONSES_SINCE = "2025-03-01-preview"
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


def access_denied() -> ServiceError:
    """Return the 401 of a key that no resource has (azure-embeddings-then-401)."""
    return _error(401, "401", "Access denied due to invalid subscription key.")


def role_missing() -> ServiceError:
    """Return the 401 of an identity without a role (github.com/microsoft/semantic-kernel
    issue 10020)."""
    return _error(401, "PermissionDenied", "Principal does not have access to API/Operation.")


def resource_not_found() -> ServiceError:
    """Return the 404 of a wrong path or api-version (azure-error-resource-not-found)."""
    return _error(404, "404", "Resource not found")


def deployment_not_found() -> ServiceError:
    """Return the 404 of an unknown deployment (azure-error-deployment-not-found)."""
    message = (
        "The API deployment for this resource does not exist. If you created the deployment "
        "within the last 5 minutes, please wait a moment and try again."
    )
    return _error(404, "DeploymentNotFound", message, type="invalid_request_error")


def no_chat_operation(model: str) -> ServiceError:
    """Return the 400 of a model of Responses alone (github.com/vanna-ai/vanna/issues/967)."""
    message = (
        f"The chatCompletion operation does not work with the specified model, {model}. "
        "Please choose different model and try again."
    )
    return _error(400, "OperationNotSupported", message)


def rate_limited() -> ServiceError:
    """Return the 429 of a deployment (github.com/weaviate/weaviate/issues/3095)."""
    refusal = _error(429, "429", "The deployment has exceeded its call rate limit.")
    refusal.headers = {"retry-after": "1", "retry-after-ms": "0"}
    return refusal


def prompt_filtered(*, responses: bool) -> ServiceError:
    """Return the 400 of a filtered prompt (azure-error-content-filter-chat and -responses)."""
    error: JsonObject = {
        "message": "The prompt was filtered by the content management policy of Azure OpenAI.",
        "type": "invalid_request_error" if responses else None,
        "param": "prompt",
        "code": "content_filter",
    }
    if not responses:
        judged = safe_content() | {"self_harm": {"filtered": True, "severity": "medium"}}
        # A list in some versions of the API, an object of details in others
        # (github.com/Azure/azure-sdk-for-go/issues/22847).
        judged["custom_blocklists"] = [{"id": "our-words", "filtered": True}]
        inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": judged}
        error |= {"status": 400, "innererror": inner}
    return ServiceError(400, {"error": error})


def check_api_version(call: Call) -> None:
    """Refuse a dated path without a usable api-version, and Responses before it existed."""
    if call.service is not Service.AZURE_DATED:
        return
    version = call.query.get("api-version", "")
    if not _API_VERSION.fullmatch(version):
        raise resource_not_found()
    if call.api == "responses" and version < RESPONSES_SINCE:
        raise _error(400, "BadRequest", f"Responses needs api-version {RESPONSES_SINCE} or later.")


def safe_content() -> JsonObject:
    """Return the judgement of a harmless text (azure-chat-stream-tool)."""
    judged = {"filtered": False, "severity": "safe"}
    return {category: dict(judged) for category in ("hate", "self_harm", "sexual", "violence")}


def prompt_filter_results() -> list[JsonObject]:
    """Return the judgement of a harmless prompt (azure-chat-stream-tool)."""
    jailbreak = {"filtered": False, "detected": False}
    results = safe_content() | {"jailbreak": jailbreak}
    return [{"prompt_index": 0, "content_filter_results": results}]


def content_filters() -> list[JsonObject]:
    """Return what a response says of a harmless prompt and answer (azure-v1-responses-stream)."""
    return [
        {
            "blocked": False,
            "source_type": source,
            "content_filter_raw": [],
            "content_filter_results": safe_content(),
            "content_filter_offsets": {"start_offset": 0, "end_offset": 0, "check_offset": 0},
        }
        for source in ("prompt", "completion")
    ]


def _error(status: int, code: str, message: str, **more: str) -> ServiceError:
    return ServiceError(status, {"error": {**more, "code": code, "message": message}})
