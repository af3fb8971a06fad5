"""What documents tell of models by their names: rules of families, ends, names; the sources beside.

`openai 3.54` is the package of that name and version on the Python index; after it a file of its
`types`. Other sources are threads, in which the service was asked, and pages of documentation.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

# The day that the documents below were read for; an account's default `today`.
READ_ON = date(2026, 11, 27)

# When Chat Completions takes function tools: always, unless a request sets an effort that reasons,
# only with effort `none`, or never.
type ToolsOnChat = Literal["always", "without effort", "with none", "never"]

_HIGH = ("low", "medium", "high")
_XHIGH = (*_HIGH, "xhigh")
_MAX = (*_XHIGH, "max")
# github.com/alvinunreal/tmuxai/issues/82, and of codex models Portkey-AI/gateway/issues/1445.
ONLY_ON_RESPONSES = "This model is only supported in v1/responses and not in v1/chat/completions."
NO_CHAT_MODEL = (
    "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
    "Did you mean to use v1/completions?"
)


@dataclass(frozen=True, slots=True)
class Family:
    """The models whose whole name, without its date, matches `names`.

    `efforts` are those that Responses takes, none where the model cannot reason. `not_on_chat` are
    the words with which Chat Completions refuses the model, empty where it serves it.
    """

    names: str
    efforts: tuple[str, ...]
    source: str
    tools_on_chat: ToolsOnChat = "always"
    not_on_chat: str = ""
    on_responses: bool = True
    takes_cache_options: bool = False


# The first row that matches counts. From `gpt-5.6` on a row holds for later numbers of its line
# too: names that no document tells of are held to the rules of their newest known relative.
FAMILIES = (
    Family(
        r"gpt-audio.*|gpt-4o(-mini)?-(audio|search)-preview",
        (),
        "https://github.com/truefoundry/models/pull/2006",
        on_responses=False,
    ),
    Family(r"gpt-5-chat(-latest)?", (), "https://github.com/Laisky/one-api/issues/120"),
    Family(
        r"gpt-(3\.5|35|4).*|chatgpt-4o-latest", (), "https://github.com/BoundaryML/baml/pull/2708"
    ),
    Family(r"o\d.*", _HIGH, "https://github.com/enricoros/big-AGI/issues/1159"),
    Family(
        r"gpt-5-codex|gpt-5\.1-codex(-mini)?|codex-mini(-latest)?",
        _HIGH,
        "https://github.com/openai/codex/issues/6647",
        not_on_chat=NO_CHAT_MODEL,
    ),
    Family(
        r"gpt-5\.1-codex-max|gpt-5\.[23]-codex",
        _XHIGH,
        "https://github.com/Eric-CN-MS/azure-openai-api-test/blob/main/CORE_SUPPORT_MATRIX.md",
        not_on_chat=NO_CHAT_MODEL,
    ),
    Family(
        r"gpt-5-pro",
        ("high",),
        "https://github.com/anomalyco/opencode/pull/26268",
        not_on_chat=ONLY_ON_RESPONSES,
    ),
    Family(
        r"gpt-5\.\d-pro",
        ("medium", "high", "xhigh"),
        "https://github.com/anomalyco/opencode/pull/26268",
        not_on_chat=ONLY_ON_RESPONSES,
    ),
    # Tried on the service in 2026-07 (github.com/pydantic/pydantic-ai, profiles/openai.py).
    Family(
        r"gpt-5\.\d-chat(-latest)?",
        ("medium",),
        "https://github.com/egoist/chatwise-releases/issues/1257",
    ),
    Family(
        r"(gpt-)?chat-latest", ("medium",), "https://github.com/IBM/mcp-context-forge/issues/5021"
    ),
    Family(
        r"gpt-5(-mini|-nano)?",
        ("minimal", *_HIGH),
        "https://developers.openai.com/api/docs/models/gpt-5",
    ),
    Family(
        r"gpt-5\.1(-mini)?",
        ("none", *_HIGH),
        "https://github.com/anomalyco/opencode/issues/4451",
    ),
    Family(r"gpt-5\.[23]", ("none", *_XHIGH), "https://github.com/anomalyco/opencode/pull/26268"),
    Family(
        r"gpt-5\.4(-mini|-nano)?",
        ("none", *_XHIGH),
        "https://github.com/openai/openai-openapi/issues/541",
        tools_on_chat="without effort",
    ),
    Family(
        r"gpt-5\.5",
        ("none", *_XHIGH),
        "https://github.com/anomalyco/opencode/pull/26268",
        tools_on_chat="with none",
    ),
    Family(
        r"gpt-5\.[6-9](-sol|-terra|-luna)?",
        ("none", *_MAX),
        "https://github.com/BerriAI/litellm/pull/34569",
        tools_on_chat="with none",
        takes_cache_options=True,
    ),
    Family(
        r"gpt-6-sol",
        ("none", *_MAX),
        "https://github.com/onyx-dot-app/onyx/issues/15008",
        tools_on_chat="with none",
        takes_cache_options=True,
    ),
    Family(
        r"gpt-([6-9]|\d\d)(\.\d+)?-luna",
        ("none", *_MAX),
        "https://docs.oxen.ai/inference-api/reference/models/gpt-6-luna",
        tools_on_chat="with none",
        takes_cache_options=True,
    ),
    Family(
        r"gpt-([6-9]|\d\d)(\.\d+)?-terra",
        ("none", *_MAX),
        "https://github.com/maitham16/ur/releases/tag/v1.87.5",
        tools_on_chat="never",
        takes_cache_options=True,
    ),
    # No effort lets tools through on Chat Completions, since `none` is refused.
    Family(
        r"gpt-([6-9]|\d\d)(\.\d+)?-astra",
        _MAX,
        "https://github.com/genkit-ai/genkit/pull/6303",
        tools_on_chat="never",
        takes_cache_options=True,
    ),
    Family(
        r"gpt-([6-9]|\d\d)(\.\d+)?-sol",
        _MAX,
        "https://developers.openai.com/api/docs/models/gpt-6.2-sol",
        tools_on_chat="never",
        takes_cache_options=True,
    ),
    # Their efforts are told nowhere; held to the strictest of their line.
    Family(
        r"gpt-(5\.6|6)-cyber|gpt-6-rosalind|gpt-rosalind-research|gpt-6\.\d-astra-law"
        r"|gpt-daybreak-(blue|red)-latest",
        _MAX,
        "openai 3.54, shared/responses_model.py",
        not_on_chat=ONLY_ON_RESPONSES,
        takes_cache_options=True,
    ),
)
# Chat Completions does not know it of any model: github.com/livekit/agents/pull/7169 (gpt-5.6),
# genkit-ai/genkit/pull/6303 and BerriAI/litellm/pull/39983 (gpt-6-astra, there on Azure).
NOT_ON_CHAT = "max"

# When a model ended or is to end at OpenAI: `openai 3.54`, shared/chat_model.py, audio_model.py,
# audio/speech_model.py, responses/response_compact_params.py; gpt-5.1-codex-mini and gpt-5.2-codex:
# github.com/anomalyco/models.dev/pull/3707; gpt-5.3-codex and gpt-audio:
# developers.openai.com/api/docs/deprecations.
SHUTDOWNS = {
    "2024-09-13": "gpt-3.5-turbo-0301 gpt-3.5-turbo-0613 gpt-3.5-turbo-16k gpt-3.5-turbo-16k-0613",
    "2024-12-06": "gpt-4-vision-preview",
    "2025-06-06": "gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613",
    "2025-07-28": "o1-preview",
    "2025-10-10": "gpt-4o-audio-preview-2024-10-01",
    "2025-10-27": "o1-mini",
    "2026-02-12": "codex-mini-latest",
    "2026-02-17": "chatgpt-4o-latest",
    "2026-03-26": "gpt-4-0125-preview gpt-4-0314 gpt-4-turbo-preview",
    "2026-05-07": "gpt-4o-audio-preview gpt-4o-mini-audio-preview",
    "2026-07-23": "computer-use-preview gpt-4o-mini-search-preview gpt-4o-search-preview "
    "gpt-5-chat-latest gpt-5-codex gpt-5.1-chat-latest gpt-5.1-codex gpt-5.1-codex-max "
    "gpt-5.1-codex-mini gpt-5.2-codex o3-deep-research o4-mini-deep-research",
    "2026-08-10": "gpt-5.2-chat-latest gpt-5.3-chat-latest",
    "2026-09-28": "gpt-3.5-turbo-1106",
    "2026-10-23": "gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-4 gpt-4-0613 gpt-4-1106-preview "
    "gpt-4-turbo gpt-4.1-nano gpt-4o-2024-05-13 o1 o1-pro o3-mini o4-mini",
    "2026-12-11": "gpt-5 gpt-5-mini gpt-5-nano gpt-5-pro o3 o3-pro",
    "2027-01-06": "gpt-4o-mini-tts tts-1 tts-1-hd",
    "2027-01-14": "gpt-4.1 gpt-4.1-mini gpt-4o gpt-4o-mini",
    "2027-01-20": "gpt-audio gpt-audio-mini",
    "2027-02-26": "gpt-4o-mini-transcribe gpt-4o-transcribe gpt-4o-transcribe-diarize whisper-1",
    "2027-04-01": "gpt-5.1 gpt-5.3-codex gpt-5.4-nano",
}

# Names that the published schema does not have, by where they stand.
NEWER_NAMES = {
    "openai 3.54, shared/chat_model.py": "gpt-6.2-astra gpt-6.2-sol gpt-6.1-sol gpt-6.1-terra "
    "gpt-6-astra gpt-6-sol gpt-6-luna gpt-audio-mini gpt-audio-mini-2025-12-15",
    "openai 3.54, shared/responses_model.py": "gpt-6-cyber gpt-6-rosalind gpt-rosalind-research "
    "gpt-6.2-astra-law",
    "https://developers.openai.com/api/docs/models": "gpt-5.6 gpt-5.4-2026-03-05 gpt-5.4-pro "
    "gpt-5.4-pro-2026-03-05 gpt-5.3-codex gpt-5.2-codex gpt-5.1-codex-mini gpt-audio "
    "gpt-audio-2025-08-28 gpt-audio-1.5 chat-latest",
}
# Names of Azure alone, some of them retired there; all are deployed where an account names none.
AZURE_NAMES = {
    "https://github.com/MicrosoftDocs/azure-ai-docs/blob/main/articles/foundry/openai/includes/"
    "concepts-model-retirement-schedule-content.md": "codex-mini gpt-5-chat gpt-5.1-chat "
    "gpt-5.2-chat gpt-5.3-chat gpt-chat-latest gpt-oss-120b model-router grok-3 grok-3-mini grok-4 "
    "grok-4-1-fast-non-reasoning grok-4-1-fast-reasoning grok-4-20-non-reasoning "
    "grok-4-20-reasoning grok-code-fast-1 tts tts-hd whisper",
    "https://learn.microsoft.com/azure/ai-foundry/openai/concepts/legacy-models": "gpt-35-turbo "
    "gpt-35-turbo-16k",
}
