"""Servers that speak OpenAI's API: what each refuses and in which words, as accounts of the local
service.

Beside each row stands the public report, or the file of the server's source, that has its words;
"inferred" is what nobody has reported. A server takes or ignores everything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tests.wire.ends import Json

# What a call of the plugin carries and few servers know.
_UNUSUAL: list[JsonValue] = ["store", "metadata", "prompt_cache_key", "safety_identifier"]


@dataclass(frozen=True, slots=True)
class Server:
    """A compatible server: a model that it has, and what it refuses."""

    model: str
    refusals: tuple[Json, ...] = ()

    @property
    def settings(self) -> Json:
        """The settings of an account of the local service that behaves like this server."""
        return {"models": [self.model], "refusals": [*self.refusals], "openai_rules": False}

    @property
    def has_responses(self) -> bool:
        """Whether there is a Responses API."""
        return not any(refusal["status"] == 404 for refusal in self.refusals)


def _refuses(fields: JsonValue, body: JsonValue, *, status: int = 400, **more: JsonValue) -> Json:
    return {"field": fields, "status": status, "body": body, **more}


def _has_no_responses(body: JsonValue) -> Json:
    return {"apis": ["responses"], "status": 404, "body": body}


def _error(message: str, **more: JsonValue) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", **more}}


_GROQ = Server(
    "llama-3.3-70b-versatile",
    (
        # skye-harris/hass_local_openai_llm#59; `store` in this form is inferred.
        _refuses(
            ["metadata", "store"],
            _error("`{field}` is not supported with this model", param="{field}"),
        ),
        # eigent-ai/eigent#1827; of `safety_identifier`, and on Responses, it is inferred.
        _refuses(
            ["prompt_cache_key", "safety_identifier"], _error("property '{field}' is unsupported")
        ),
        # vercel/ai#1578
        _refuses(
            "stream_options",
            _error("property 'stream_options' is unsupported, did you mean 'stream'?"),
        ),
    ),
)
_CEREBRAS = Server(
    "llama-3.3-70b",
    (
        # Gitlawb/openclaude#740, several at once: anomalyco/opencode#6648, the status 400:
        # Kilo-Org/kilocode#10375. `metadata`: livekit/agents#1274; `safety_identifier` is inferred.
        _refuses(
            _UNUSUAL,
            {
                "message": "{each}",
                "type": "invalid_request_error",
                "param": "validation_error",
                "code": "wrong_api_format",
            },
            each="body.{field}: property 'body.{field}' is unsupported",
        ),
        # Its SDK has no Responses (Cerebras/cerebras-cloud-sdk-python); the words are inferred.
        _has_no_responses(
            {
                "message": "Not Found",
                "type": "not_found_error",
                "param": None,
                "code": "not_found",
            }
        ),
    ),
)
_VLLM = Server(
    "Qwen/Qwen2.5-7B-Instruct",
    (
        # vllm-project/vllm#22137. It ignores every field that it does not know (vllm#10463).
        _refuses(
            "store",
            _error(
                "`store=True` (default) is not supported. Please set `store=False` in Responses "
                "API or set `VLLM_ENABLE_RESPONSES_API_STORE=1` in the env var when starting the "
                "vLLM server.",
                param="store",
                code=400,
            ),
            unless=False,
            apis=["responses"],
        ),
    ),
)
_OLLAMA = Server(
    "llama3.2:1b",
    # Before ollama/ollama#13351: vybestack/llxprt-code#775. It ignores every field that it does not
    # know (ollama/ollama:openai/openai.go).
    (_has_no_responses("404 page not found"),),
)
_OPENROUTER = Server(
    "openai/gpt-4o-mini",
    (
        # BerriAI/litellm#30851
        _refuses(
            "store",
            {
                "error": {"code": "invalid_prompt", "message": "Invalid Responses API request"},
                "metadata": {
                    "raw": [
                        {
                            "code": "invalid_value",
                            "values": [False],
                            "path": ["store"],
                            "message": "Invalid input: expected false",
                        }
                    ]
                },
            },
            unless=False,
            apis=["responses"],
        ),
        # What the service behind it says: reVrost/go-openrouter#21; of this field it is inferred.
        _refuses(
            "safety_identifier",
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {
                        "raw": '{\n  "error": {\n    "message": "Unknown parameter: '
                        "'{field}'.\",\n"
                        '    "type": "invalid_request_error",\n    "param": "{field}",\n'
                        '    "code": "unknown_parameter"\n  }\n}',
                        "provider_name": "OpenAI",
                    },
                },
                "user_id": "org_2x",
            },
            apis=["chat"],
        ),
    ),
)
# BerriAI/litellm:litellm/utils.py, and litellm/responses/utils.py; which fields is inferred.
_LITELLM_REFUSES = (
    "litellm.UnsupportedParamsError: openai does not support parameters: %s, for model={model}. To "
    "drop these, set `litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: "
    "true`\n%s"
)
_LITELLM_HINT = (
    ". \n If you want to use these params dynamically send allowed_openai_params=[{each}] in your "
    "request."
)
_LITELLM_GROUP = "Received Model Group={model}\nAvailable Model Group Fallbacks=None"


def _litellm_error(message: str) -> Json:
    return {"error": {"message": message, "type": "None", "param": "None", "code": "400"}}


_LITELLM = Server(
    # A gateway has OpenAI's names, so the plugin takes its models for reasoning ones.
    "gpt-5-mini",
    (
        _refuses(
            _UNUSUAL,
            _litellm_error(_LITELLM_REFUSES % ("[{each}]", _LITELLM_HINT)),
            each="'{field}'",
            between=", ",
            apis=["chat"],
        ),
        _refuses(
            _UNUSUAL,
            _litellm_error(_LITELLM_REFUSES % ("{{each}}", "")),
            each="'{field}': {repr}",
            between=", ",
            apis=["responses"],
        ),
        # What the service behind it says, whole: BerriAI/litellm#38842; the inner words:
        # NousResearch/hermes-agent#23450.
        _refuses(
            "include",
            _litellm_error(
                'litellm.BadRequestError: AzureException BadRequestError - {\n  "error": {\n    '
                '"message": "Encrypted content is not supported with this model.",\n    "type": '
                '"invalid_request_error",\n    "param": "include",\n    "code": null\n  }\n}. '
                + _LITELLM_GROUP
            ),
            apis=["responses"],
        ),
        # The bytes of another service behind it: i-am-bee/beeai-framework#487.
        _refuses(
            "stream_options",
            _litellm_error(
                'litellm.BadRequestError: GroqException - b\'{"error":{"message":"property '
                "\\'stream_options\\' is unsupported, did you mean \\'stream\\'?\",\"type\":"
                '"invalid_request_error"}}\\n\'. ' + _LITELLM_GROUP
            ),
        ),
    ),
)
_SUPPORT_NOTE = " (request id: 2026112710203040506070)"
_ONE_API = Server(
    "qwen3-235b-a22b",
    (
        # DashScope behind it: infiniflow/ragflow#5912, QuantumNous/new-api#905.
        _refuses(
            "stream",
            _error(
                "This model only support stream mode, please enable the stream parameter to access "
                "the model. " + _SUPPORT_NOTE,
                param="",
                code="invalid_parameter_error",
            ),
            unless=True,
            apis=["chat"],
        ),
        # songquanpeng/one-api#1423; a note for each one-api that it passed: langgenius/dify#8615.
        # It drops the other fields that it does not know (one-api:relay/model/general.go).
        _refuses(
            ["metadata", "store"],
            _error("Unrecognized request argument supplied: {field}" + _SUPPORT_NOTE * 2, param=""),
        ),
        # QuantumNous/new-api#1396
        _has_no_responses(_error("Invalid URL (POST /v1/responses)", param="", code="")),
    ),
)


def _mistral_error(faults: JsonValue) -> Json:
    return {
        "object": "error",
        "message": {"detail": faults},
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


def _forbidden(*place: JsonValue) -> Json:
    return {
        "type": "extra_forbidden",
        "loc": ["body", *place],
        "msg": "Extra inputs are not permitted",
        "input": "{value}",
    }


_MISTRAL = Server(
    "mistral-small-latest",
    (
        # editor-code-assistant/eca#231; `store`: Gitlawb/openclaude#739; the others are inferred.
        _refuses(
            [*_UNUSUAL, "max_completion_tokens"],
            _mistral_error("{each}"),
            each=_forbidden("{field}"),
            status=422,
        ),
        # yetone/avante.nvim#2347
        _refuses(
            "stream_options.include_usage",
            _mistral_error([_forbidden("stream_options", "include_usage")]),
            status=422,
        ),
        # Kong in front of it: nextcloud/assistant#593.
        _has_no_responses(
            {"message": "no Route matched with those values", "request_id": "4e66aa01"}
        ),
    ),
)

SERVERS: Mapping[str, Server] = {
    "groq": _GROQ,
    "cerebras": _CEREBRAS,
    "vllm": _VLLM,
    "ollama": _OLLAMA,
    "openrouter": _OPENROUTER,
    "litellm": _LITELLM,
    "one-api": _ONE_API,
    "mistral": _MISTRAL,
}
