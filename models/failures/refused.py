"""Which fields of a request, or which API, a service's words refuse.

Only words are believed that a caller's prompt, tool or schema cannot make: a field named by the
error's own structure with a code that says "unknown", or a known sentence that is the whole
message, or each of its lines. A word inside a longer text never counts: services quote prompts.
Each sentence names a public report that has it.
"""

import ast
import json
import re
from collections.abc import Iterator
from itertools import chain

from models.failures.failure import Said, ServiceError
from models.failures.reading import from_error_body

# An answer in one piece, of a model that answers in pieces alone: refused like a field.
WHOLE = "an answer in one piece"

# What a model thought elsewhere: of this call alone, and never remembered.
FOREIGN_REASONING = "encrypted reasoning of another deployment"

_UNKNOWN = frozenset({"unknown_parameter", "unsupported_parameter", "wrong_api_format"})
# A value is what an app chose, except of fields that only make an answer nicer.
_EXTRAS = frozenset(
    {
        *("stream", "stop", "service_tier", "temperature", "top_p"),
        *("presence_penalty", "frequency_penalty", "verbosity", "text.verbosity"),
        *("reasoning_effort", "reasoning.effort", "reasoning.summary"),
    }
)

_FIELD = r"(?P<field>[A-Za-z_]+(?:\.[A-Za-z_]+|\[\d+\])*)"
_NAMING = tuple(
    re.compile(sentence)
    for sentence in (
        # OpenAI and Azure OpenAI: openai/openai-python#1492, betalgo/openai#675.
        rf"Unknown parameter: '{_FIELD}'\.?",
        # Their older words: microsoft/semantic-kernel#10113, songquanpeng/one-api#1423.
        r"Unrecognized request arguments? supplied: (?P<field>[a-z_]+(?:, [a-z_]+)*)"
        r"(?:\. Please contact us through an Azure support request at: \S+ for further "
        r"questions\.)?",
        # A model's: UKGovernmentBEIS/inspect_ai#1023, microsoft/vscode-copilot-release#8054.
        rf"Unsupported parameter: '{_FIELD}' is not supported with (?:this model|the '[^'\n]+' "
        r"model)\.(?: Use '[a-z_]+' instead\.)?",
        # Of a value, in a gateway's words without any code: Kilo-Org/cloud#3807.
        rf"Unsupported value: '(?P<field>{'|'.join(map(re.escape, sorted(_EXTRAS)))})' does not "
        r"support [^\n]{1,200} with (?:this model|the '[^'\n]+' model)\.(?: (?:Only the default "
        r"\([^()\n]{1,40}\) value is supported|Supported values are: [a-z', ]{1,200})\.)?",
        # LiteLLM's own of a name that it knows: chatboxai/chatbox#2627, clusterzx/paperless-ai#883.
        r"(?:gpt-5 models(?: \(including gpt-5-codex\))?|O-series models) don't support "
        r"(?P<field>temperature)=[0-9.e-]{1,20}\. Only temperature=1 is supported\."
        r"(?: For gpt-5\.1, [^\n]{1,150}\.)? To drop unsupported (?:openai )?params "
        r"(?:from the call, )?set `?litellm\.drop_params = True`?\.?",
        # Groq: eigent-ai/eigent#1827, vercel/ai#1578, skye-harris/hass_local_openai_llm#59.
        r"property '(?P<field>[a-z_]+)' is unsupported(?:, did you mean '[a-z_]+'\?)?",
        r"`(?P<field>[a-z_]+)` is not supported with this model",
        # Cerebras, one line a field: livekit/agents#1274, Gitlawb/openclaude#740; agno#4508.
        # new-api hides `body` as if it were a host's (QuantumNous/new-api:common/str.go).
        r"(?:(?:body|\*{3})\.)?(?P<field>[a-z_]+): property '(?:(?:body|\*{3})\.)?(?P=field)' "
        r"is unsupported",
        r"(?P<field>parallel_tool_calls)=(?:False|True) is not supported by this model\.",
        # Backends of ChatGPT accounts: diegosouzapw/OmniRoute#1841.
        r"Unsupported parameter: (?P<field>[a-z_]+)",
        # Gemini's compatible server: liliMozi/openhanako#394.
        r'Invalid JSON payload received\. Unknown name "(?P<field>[a-z_]+)": Cannot find field\.',
    )
)
_MEANING = tuple(
    (re.compile(sentence), field)
    for sentence, field in (
        # NousResearch/hermes-agent#23450, pydantic/pydantic-ai#2915.
        (r"Encrypted content is not supported with this model\.", "include"),
        # microsoft/vscode#260670, continuedev/continue#9283.
        (r"Your organization must be verified to stream this model\..*", "stream"),
        (
            r"Your organization must be verified to generate reasoning summaries\..*",
            "reasoning.summary",
        ),
        # Servers that know `store` and store nothing, so nothing tagged either:
        # vllm-project/vllm#22137, router-for-me/CLIProxyAPI#1028.
        (r"`store=True` \(default\) is not supported\..*", "metadata"),
        (r"Store must be set to false", "metadata"),
        # DashScope: FoundationAgents/OpenManus#330, langgenius/dify-plugin-sdks#46.
        (
            r"This model only support stream mode, please enable the stream parameter to access "
            r"the model\.",
            WHOLE,
        ),
        # Qwen: infiniflow/ragflow#8972. ModelScope: musistudio/claude-code-router#948.
        (r"parameter\.enable_thinking must be set to false for non-streaming calls", WHOLE),
        (r"enable thinking can not be support when `stream=False`\.", WHOLE),
        # Backends of ChatGPT accounts; Xunfei: songquanpeng/one-api#455.
        (r"[Ss]tream must be set to true", WHOLE),
        (r"xunfei api does not support non-stream mode", WHOLE),
    )
)
_BAD_REQUEST = 400
# firebase/genkit#6303, BerriAI/litellm#34569.
_NO_TOOLS_ON_CHAT = re.compile(r"Function tools with reasoning_effort are not supported for ")
_NO_SUCH_API = tuple(
    re.compile(sentence)
    for sentence in (
        # OpenAI: alvinunreal/tmuxai#82.
        r"This model is only supported in v1/responses and not in v1/chat/completions\.",
        # Portkey-AI/gateway#1445.
        r"This is not a chat model and thus not supported in the v1/chat/completions endpoint\. .*",
        # Azure: langgenius/dify-plugin-sdks#264, Aider-AI/aider#4029, openai/codex#3725,
        # CherryHQ/cherry-studio#8077.
        r"The [A-Za-z]+ operation does not work with the specified model, \S+\. Please choose .*",
        r"Azure OpenAI Responses API is enabled only for api-version \S+ and later\.?",
        r"API version not supported",
        r"Resource not found",
        # vLLM and other FastAPI servers: BerriAI/litellm#9367.
        r"The model does not support Responses API",
        r"Not Found",
        # Ollama before it had Responses: vybestack/llxprt-code#775.
        r"404 page not found.*",
        # Groq: crewAIInc/crewAI#522. one-api: QuantumNous/new-api#885. Kong:
        # nextcloud/assistant#593. Wei-Shaw/sub2api#885.
        r"Unknown request URL: POST .*",
        r"Invalid URL \(POST .*\)",
        r"no Route matched with those values",
        r"Unsupported legacy protocol: /v1/chat/completions is not supported\. .*",
        # A page instead of an answer (`reading`).
        r"the answer was not JSON but .*",
    )
)
_API_CODES = frozenset({"OperationNotSupported", "unknown_url", "convert_request_failed"})
# new-api's, of a service behind it that answered with this status: QuantumNous/new-api#940.
_NOT_FOUND_BEHIND = ("bad_response_status_code", 404)

# What one-api and new-api add, once for each that a request passed: langgenius/dify#8615.
_SUPPORT_NOTE = re.compile(r"\(request id: [0-9A-Za-z_-]{1,80}\)\Z")
_LONGEST_NOTE = 100
# No refusal is longer, and a long text costs time that all calls share.
_LONGEST_REFUSAL = 20_000
# LiteLLM's own refusal: a list of names, or a dict of names and values (litellm/utils.py); and how
# it wraps what the service behind it says: its words, its body, or Python's repr of the body
# (BerriAI/litellm#23087, BerriAI/litellm#38842, i-am-bee/beeai-framework#487).
_LITELLM_NAMES = re.compile(
    r"litellm\.UnsupportedParamsError: \S+ does not support parameters: "
    r"(\[[^\]\n]*\]|\{[^\n]*\}), for model=\S+\. To drop these, set `litellm\.drop_params=True`.*",
    re.DOTALL,
)
_LITELLM_WRAPPED = re.compile(
    r"(?:litellm\.\w+: )+(?:\w+(?: \w+)? - )?(?P<inner>.*?)(?:\. Received Model Group=.*)?",
    re.DOTALL,
)
_NOT_READABLE = (ValueError, SyntaxError, RecursionError, MemoryError)


def named_fields(said: Said) -> Iterator[str]:
    """Yield what a refusal names: paths such as `store` or `tools[0].strict`, or WHOLE."""
    yield from _named_by(said)
    if wrapped := _LITELLM_WRAPPED.fullmatch(_own_words(said)):
        yield from _named_by(_said_behind(wrapped["inner"]))


def _named_by(said: Said) -> Iterator[str]:
    yield from said.unknown
    if said.param and (
        said.code in _UNKNOWN or (said.code == "unsupported_value" and said.param in _EXTRAS)
    ):
        yield said.param
    if said.code == "invalid_encrypted_content":
        # openai/codex#8145, Wei-Shaw/sub2api#2863.
        yield FOREIGN_REASONING
    message = _own_words(said)
    if names := _LITELLM_NAMES.fullmatch(message):
        yield from _listed(names[1])
    lines = [list(_named_in(line)) for line in message.split("\n")]
    if all(lines):
        # Cerebras writes a line for each; one line among others may be a caller's.
        yield from chain.from_iterable(lines)


def _said_behind(inner: str) -> Said:
    try:
        text = ast.literal_eval(inner).decode() if inner.startswith(("b'", 'b"')) else inner
        return from_error_body(json.loads(text)).said if text.startswith("{") else Said(text)
    except _NOT_READABLE:
        return Said(inner)


def without_tools(failure: ServiceError) -> bool:
    """Return whether a failure says that Chat Completions has the model, but without tools."""
    return failure.status == _BAD_REQUEST and bool(
        _NO_TOOLS_ON_CHAT.match(_own_words(failure.said))
    )


def lacking_api(failure: ServiceError) -> bool:
    """Return whether a failure says that the model or address lacks the API that was asked."""
    code = failure.said.code
    if code in _API_CODES or (code, failure.status) == _NOT_FOUND_BEHIND:
        return True
    words = _own_words(failure.said)
    return failure.status in {400, 404, 405} and any(
        sentence.fullmatch(words) for sentence in _NO_SUCH_API
    )


def _own_words(said: Said) -> str:
    """Return a message without the notes of gateways; "" for one that is too long."""
    words = said.message.strip()
    if len(words) > _LONGEST_REFUSAL:
        return ""
    while note := _SUPPORT_NOTE.search(words, max(0, len(words) - _LONGEST_NOTE)):
        words = words[: note.start()].rstrip()
    return words


def _named_in(sentence: str) -> Iterator[str]:
    for pattern in _NAMING:
        if match := pattern.fullmatch(sentence):
            yield from match["field"].split(", ")
    for pattern, field in _MEANING:
        if pattern.fullmatch(sentence):
            yield field


def _listed(names: str) -> Iterator[str]:
    try:
        yield from map(str, ast.literal_eval(names))
    except _NOT_READABLE:
        return
