"""Azure OpenAI's own rules and error bodies: keys, api-versions, deployments, content filters."""

import re

from fakes.openai.call import Call, Service
from fakes.openai.errors import ServiceError, unrecognized_arguments
from fakes.openai.json_types import JsonObject

RESPONSES_SINCE = "2025-03-01-preview"
# When the dated chat path learned an argument (the REST reference of Azure OpenAI, by version).
_CHAT_ARGUMENTS_SINCE = {
    "metadata": "2024-10-01-preview",
    "store": "2024-10-01-preview",
    "stream_options": "2024-09-01-preview",
}
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


def access_denied() -> ServiceError:
    """Return the 401 of a key that no resource has (recording azure-embeddings-then-401)."""
    message = (
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to "
        "provide a valid key for an active subscription and use a correct regional API endpoint "
        "for your resource."
    )
    return ServiceError(401, {"code": "401", "message": message})


def resource_not_found() -> ServiceError:
    """Return the 404 of a wrong path or api-version (recording azure-error-resource-not-found)."""
    return ServiceError(404, {"code": "404", "message": "Resource not found"})


def deployment_not_found() -> ServiceError:
    """Return the 404 of an unknown deployment (recording azure-error-deployment-not-found)."""
    message = (
        "The API deployment for this resource does not exist. If you created the deployment "
        "within the last 5 minutes, please wait a moment and try again."
    )
    error = {"type": "invalid_request_error", "code": "DeploymentNotFound", "message": message}
    return ServiceError(404, error)


def unknown_model(name: str) -> ServiceError:
    """Return the 400 of an unknown deployment under /openai/v1."""
    message = f"Unknown model: {name}"
    return ServiceError(400, {"code": "unknown_model", "message": message, "details": message})


def check_api_version(call: Call) -> None:
    """Refuse a dated path without a usable api-version, and Responses before it existed."""
    if call.service is not Service.AZURE_DATED:
        return
    if not _API_VERSION.fullmatch(call.api_version or ""):
        raise resource_not_found()
    if "/responses" in call.path and str(call.api_version) < RESPONSES_SINCE:
        message = (
            f"Azure OpenAI Responses API is enabled only for api-version {RESPONSES_SINCE} "
            "and later"
        )
        raise ServiceError(400, {"code": "BadRequest", "message": message})


def check_chat_arguments(call: Call, body: JsonObject) -> None:
    """Refuse the arguments of Chat Completions that the api-version does not know yet."""
    if call.service is not Service.AZURE_DATED:
        return
    version = str(call.api_version)
    early = [name for name, since in _CHAT_ARGUMENTS_SINCE.items() if version < since]
    refused = [name for name in early if name in body]
    if refused:
        raise unrecognized_arguments(refused)


def base_model(call: Call, body: JsonObject) -> str:
    """Return the base model of the deployment that the path, or else the body, names."""
    name = call.deployment or str(body.get("model"))
    model = call.account.deployments.get(name)
    if model is None:
        v1 = call.service is Service.AZURE_V1
        raise unknown_model(name) if v1 else deployment_not_found()
    return model


def safe_content() -> JsonObject:
    """Return the judgement of a harmless text."""
    judged = {"filtered": False, "severity": "safe"}
    return {category: dict(judged) for category in ("hate", "self_harm", "sexual", "violence")}


def prompt_filter_results() -> list[JsonObject]:
    """Return the judgement of a harmless prompt."""
    jailbreak = {"filtered": False, "detected": False}
    return [
        {"prompt_index": 0, "content_filter_results": safe_content() | {"jailbreak": jailbreak}}
    ]


def content_filters(source: str, *, filtered: bool = False) -> JsonObject:
    """Return one entry of a response's `content_filters`; `source` is prompt or completion."""
    return {
        "blocked": filtered,
        "source_type": source,
        "content_filter_raw": [],
        "content_filter_results": safe_content(),
        "content_filter_offsets": {"start_offset": 0, "end_offset": 0, "check_offset": 0},
    }


def prompt_filtered(*, responses: bool) -> ServiceError:
    """Return the 400 of a prompt that the filter refused.

    Recordings azure-error-content-filter-chat and -responses: the bodies differ, and so does the
    apostrophe.
    """
    apostrophe = "\N{RIGHT SINGLE QUOTATION MARK}" if responses else "'"
    message = (
        f"The response was filtered due to the prompt triggering Azure OpenAI{apostrophe}s content "
        "management policy. Please modify your prompt and retry. To learn more about our content "
        "filtering policies please read our documentation: "
        "https://go.microsoft.com/fwlink/?linkid=2198766"
    )
    error: JsonObject = {
        "message": message,
        "type": "invalid_request_error" if responses else None,
        "param": "prompt",
        "code": "content_filter",
    }
    if not responses:
        judged = safe_content() | {"self_harm": {"filtered": True, "severity": "medium"}}
        judged["jailbreak"] = {"filtered": False, "detected": False}
        error["status"] = 400
        error["innererror"] = {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": judged,
        }
    return ServiceError(400, error)
