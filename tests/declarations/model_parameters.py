"""The parameters each model offers, in the order of its form, without the texts people read.

Dify sends a rule's default once it is switched on, and what no service takes where there is none:
so each select has one, and each default is what the service does by itself.
"""

from tests.declarations.declaration_files import JsonObject

OPENAI_RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}
AZURE_RANGES = dict.fromkeys(OPENAI_RANGES, (0.0, 1.0))


def sampling(ranges: dict[str, tuple[float, float]]) -> list[JsonObject]:
    """Build sampling rules with the services' own defaults; the template's temperature is 0."""
    rules: list[JsonObject] = []
    for name, (low, high) in ranges.items():
        rule = {"name": name, "use_template": name, "required": False}
        default = {"default": 0.0 if name.endswith("penalty") else 1.0}
        rules.append(rule | default | {"min": low, "max": high, "precision": 2})
    return rules


def token_limit(name: str, default: int, most: int) -> JsonObject:
    """Build the rule of a token limit, whose name differs between the services."""
    kind = {"use_template": name} if name == "max_tokens" else {"type": "int"}
    rule = {"name": name, "required": False, "default": default, "min": 1, "max": most}
    return rule | kind | {"precision": 0}


def choice(name: str, options: str, default: str) -> JsonObject:
    """Build a rule that offers a few values, written with blanks between them."""
    rule = {"name": name, "type": "string", "required": False, "options": options.split()}
    return rule | {"default": default}


def typed(name: str, kind: str, default: bool | None = None) -> JsonObject:
    """Build a rule with a type and at most a default."""
    rule = {"name": name, "type": kind, "required": False}
    return rule | ({} if default is None else {"default": default})


OPENAI_SAMPLING = sampling(OPENAI_RANGES)
AZURE_SAMPLING = [
    *sampling(AZURE_RANGES),
    typed("seed", "int") | {"min": 0, "max": 2**31 - 1, "precision": 0},
]

JSON_SCHEMA = typed("json_schema", "text") | {"use_template": "json_schema"}
FORMATS = [choice("response_format", "text json_object json_schema", "text"), JSON_SCHEMA]
# What the catalogue of OpenAI's own provider offers for its newer models.
SCHEMA_FORMATS = [choice("response_format", "text json_schema", "text"), JSON_SCHEMA]

EFFORTS = "none low medium high xhigh max"
GPT_5_EFFORTS = "minimal low medium high"
O_SERIES_EFFORTS = "low medium high"
SUMMARY = choice("reasoning_summary", "auto concise detailed", "auto")
# The service refuses `concise` for models up to gpt-5.
OLD_SUMMARY = choice("reasoning_summary", "auto detailed", "auto")


# What only the newest models have.
MODE_AND_CONTEXT = [
    choice("reasoning_mode", "standard pro", "standard"),
    choice("reasoning_context", "auto current_turn all_turns", "auto"),
]
VERBOSITY = choice("verbosity", "low medium high", "medium")
PARALLEL_TOOL_CALLS = typed("parallel_tool_calls", "boolean", default=True)
TOOL_CHOICE = choice("tool_choice", "auto none required", "auto")
WEB_SEARCH = [
    typed("enable_web_search", "boolean", default=False),
    typed("web_search_user_country", "string"),
    typed("web_search_allowed_domains", "text"),
    typed("web_search_include_sources", "boolean", default=False),
]
TOOLS = [PARALLEL_TOOL_CALLS, TOOL_CHOICE, *WEB_SEARCH]
SHORT_TIERS = choice("service_tier", "auto default priority", "auto")
ALL_TIERS = choice("service_tier", "auto default flex priority", "auto")
STREAM = {"name": "enable_stream", "type": "boolean", "required": True, "default": True}

PARAMETERS: dict[str, list[JsonObject]] = {
    "openai/gpt-5.6": [
        token_limit("max_tokens", 8192, 128_000),
        *SCHEMA_FORMATS,
        choice("reasoning_effort", EFFORTS, "medium"),
        SUMMARY,
        *MODE_AND_CONTEXT,
        VERBOSITY,
        *TOOLS,
        ALL_TIERS,
        STREAM,
    ],
    "openai/gpt-5": [
        token_limit("max_tokens", 8192, 128_000),
        *SCHEMA_FORMATS,
        choice("reasoning_effort", GPT_5_EFFORTS, "medium"),
        OLD_SUMMARY,
        VERBOSITY,
        *TOOLS,
        ALL_TIERS,
        STREAM,
    ],
    "openai/gpt-4.1": [
        *OPENAI_SAMPLING,
        token_limit("max_tokens", 4096, 32_768),
        *FORMATS,
        *TOOLS,
        SHORT_TIERS,
    ],
    "openai/gpt-4o-mini": [
        *OPENAI_SAMPLING,
        token_limit("max_tokens", 4096, 16_384),
        *FORMATS,
        *TOOLS,
        SHORT_TIERS,
    ],
    "openai/o3": [
        token_limit("max_tokens", 8192, 100_000),
        *FORMATS,
        choice("reasoning_effort", O_SERIES_EFFORTS, "medium"),
        OLD_SUMMARY,
        TOOL_CHOICE,
        *WEB_SEARCH,
        ALL_TIERS,
        STREAM,
    ],
    "azure_openai/gpt-5.6-sol": [
        token_limit("max_completion_tokens", 8192, 128_000),
        *FORMATS,
        choice("reasoning_effort", EFFORTS, "medium"),
        SUMMARY,
        *MODE_AND_CONTEXT,
        VERBOSITY,
        *TOOLS,
        STREAM,
    ],
    "azure_openai/gpt-5": [
        token_limit("max_completion_tokens", 8192, 128_000),
        *FORMATS,
        choice("reasoning_effort", GPT_5_EFFORTS, "medium"),
        OLD_SUMMARY,
        VERBOSITY,
        *TOOLS,
        STREAM,
    ],
    "azure_openai/gpt-4.1": [
        *AZURE_SAMPLING,
        token_limit("max_tokens", 4096, 32_768),
        *FORMATS,
        *TOOLS,
    ],
    "azure_openai/gpt-4o-mini": [
        *AZURE_SAMPLING,
        token_limit("max_tokens", 4096, 16_384),
        *FORMATS,
        *TOOLS,
    ],
    "azure_openai/o3": [
        token_limit("max_completion_tokens", 8192, 100_000),
        *FORMATS,
        choice("reasoning_effort", O_SERIES_EFFORTS, "medium"),
        OLD_SUMMARY,
        TOOL_CHOICE,
        *WEB_SEARCH,
        STREAM,
    ],
    "generic/plain": [
        *OPENAI_SAMPLING[:2],
        token_limit("max_tokens", 4096, 128_000),
        *FORMATS,
        *WEB_SEARCH,
    ],
    "generic/reasoning": [
        token_limit("max_tokens", 8192, 128_000),
        *FORMATS,
        choice("reasoning_effort", "none minimal low medium high xhigh max", "medium"),
        SUMMARY,
        VERBOSITY,
        *WEB_SEARCH,
    ],
}
