"""The words of failures: what to do about one, and what must not be shown."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote, quote_plus

from models.dify_text import for_dify

# A service's message is quoted up to here: long enough for every recorded one, short for a form.
_MAX_CHARACTERS = 800
_MOST_READ_CHARACTERS = 20_000
# Of a sentence of ours that quotes a value of a form, beginning and end: what is wrong, what to do.
_MOST_SHOWN_CHARACTERS = 4_000
_SHORTEST_SECRET = 8
_LONGEST_KEY = 400
_LONGEST_NAME = 200
_WORD_AT_END = re.compile(r"[\w*.\-]+$")

type _Masks = tuple[tuple[re.Pattern[str], str], ...]
# What is a key wherever it stands. Starred remains are hidden as well.
_KEYS: _Masks = (
    (re.compile(r"\b(sk|rk|sess)-[\w*.\-]{4,}"), "[key]"),
    # A signed token (RFC 7515, section 3): two parts of JSON, of which each begins with `{"`.
    (re.compile(r"\beyJ[\w\-]{4,}\.eyJ[\w\-]*(\.[\w\-]*)?"), "[token]"),
    # A user, and maybe a password, in an address.
    (re.compile(r"(?<=://)[^/\s?#@]+@"), ""),
    # It begins where a word does: from every letter of a long text it would take minutes.
    (re.compile(r"(?<![\w*\-])[\w\-]*\*{3,}[\w*\-]*"), "[key]"),
    # Azure's longer ones.
    (re.compile(r"\b[A-Za-z0-9]{84}\b"), "[key]"),
)
# OpenAI quotes organisation ids in full; Azure's shorter keys look like many an id.
_MASKS: _Masks = (
    *_KEYS,
    (re.compile(r"\borg-[\w\-]{4,}"), "[organization]"),
    (re.compile(r"\bproj_[\w\-]{4,}"), "[project]"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "[key]"),
)

# OpenAI's is the provider's or the model's, Azure's the model's: no page is named.
_KEY = "Check the API key, and that the API base URL is where it belongs."
_ADVICE_BY_CODE = {
    "connection": "Check the API base URL and the network, then try again.",
    "no_place": "Run fewer calls at once, or raise the plugin daemon's limit of open files.",
    "time_limit": "Ask for fewer tokens or a lower reasoning effort.",
    "invalid_api_key": _KEY,
    # openai/codex#1000.
    "mismatched_organization": "Check the organization ID, or leave it empty.",
    "bad_token": "Check the API key, or the token scope and the cloud of the sign-in.",
    # Of an identity, not of a key: Microsoft Learn, role-based access control for Azure OpenAI.
    "no_role": (
        "Give the identity that signs in the role Cognitive Services OpenAI User on the Azure "
        "resource, and wait some minutes."
    ),
    "AuthenticationTypeDisabled": (
        "The Azure resource takes no keys: choose a sign-in with Microsoft Entra ID in the "
        "settings."
    ),
    "insufficient_quota": (
        "Add credit or raise the budget in the account's billing; retrying does not help."
    ),
    "billing_not_active": "Activate the account's billing; retrying does not help.",
    "quota_used_up": (
        "Raise the quota or the pricing tier of the Azure resource; retrying does not help."
    ),
    "model_not_found": "Check the model's name, and that this key's project may use it.",
    "model_not_allowed": "Allow the model to this key's project, or choose another one.",
    "missing_scope": "Give the key the permission that is named, or use a key with all of them.",
    "unknown_model": "Check the deployment's name.",
    "DeploymentNotFound": "Check the deployment's name in the Azure resource.",
    "context_length_exceeded": "Shorten the conversation or choose a model with more context.",
    "too_few_tokens": "Raise Max tokens or lower the reasoning effort.",
    "empty_length": "Raise Max tokens or lower the reasoning effort.",
    "empty_content_filter": "Change the prompt, or the deployment's content filter.",
    "content_filter": "Change the prompt, or the deployment's content filter.",
    "other_api": "If only the other API serves this, set API protocol to Automatic.",
    "too_long": "Ask for a shorter answer, or check the API base URL.",
    "request_too_long": "Shorten the conversation, or send smaller files.",
    "too_large": "Shorten the conversation, or ask for a higher rate limit.",
    "rate_limit_exceeded": "Wait, or ask for a higher rate limit.",
    "RateLimitReached": "Wait, or ask for a higher rate limit of the deployment.",
    "server_error": "The service has a problem; try again later.",
}
# Following would send the prompt and the key to an address that nobody entered.
_MOVED = "Enter the address that it moved to as the API base URL."
_ADVICE_BY_STATUS = {
    301: _MOVED,
    302: _MOVED,
    307: _MOVED,
    308: _MOVED,
    401: _KEY,
    403: "Check what this key, its project and its network may use.",
    404: "Check the API base URL: the request went to {address}.",
    405: "Check the API base URL: the request went to {address}.",
    413: "Shorten the conversation.",
    429: "Wait, or ask for a higher rate limit.",
}
_FIRST_SERVER_STATUS = 500


def has_advice(code: str) -> bool:
    """Return whether a code by itself says what to do."""
    return code in _ADVICE_BY_CODE


def advice_for(code: str | None, status: int | None = None, address: str = "") -> str:
    """Return the sentence that says what to do, "" where only the service's words can."""
    if code in _ADVICE_BY_CODE:
        return _ADVICE_BY_CODE[code]
    if status is not None and status >= _FIRST_SERVER_STATUS:
        return _ADVICE_BY_CODE["server_error"]
    advice = _ADVICE_BY_STATUS.get(status or 0, "")
    return advice.format(address=address) if address or "{" not in advice else ""


def name_of(text: str | None, secrets: Iterable[str] = ()) -> str | None:
    """Return a name or id that a service gave, without keys; None for a text that is none.

    A server may put anything there, also what it was asked.
    """
    if not text or len(text) > _LONGEST_NAME or re.search(r"\s", text):
        return None
    return _masked(text, secrets, _KEYS)


def shown(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text of somebody else on one line, cut, and without what signs requests in.

    Nor what looks like a key or an account's id. A server may quote a header in full, in any field
    of an answer.
    """
    return _masked(text, secrets, _MASKS)


def _masked(text: str, secrets: Iterable[str], masks: _Masks) -> str:
    text = _read(text, secrets)
    for pattern, replacement in masks:
        text = pattern.sub(replacement, text)
    return _cut(text)


def shortened(text: str) -> str:
    """Return a text without its middle where it is so long that nobody would read it."""
    if len(text) <= _MOST_SHOWN_CHARACTERS:
        return text
    half = _MOST_SHOWN_CHARACTERS // 2
    return f"{text[:half]} … {text[-half:]}"


def _read(text: str, secrets: Iterable[str]) -> str:
    """Return the beginning of a text on one line, without what signs requests in.

    Far more than is shown, and little enough for every pattern. A word that is cut is left out, as
    far as it may be a key: of half a key nothing tells that it is one.
    """
    for form in _all_forms(tuple(secrets)):
        text = text.replace(form, "[key]")
    text = for_dify(" ".join(text.encode("utf-8", errors="replace").decode("utf-8").split()))
    if len(text) <= _MOST_READ_CHARACTERS:
        return text
    cut_off = _WORD_AT_END.search(text, _MOST_READ_CHARACTERS - _LONGEST_KEY, _MOST_READ_CHARACTERS)
    return text[: cut_off.start()] if cut_off else text[:_MOST_READ_CHARACTERS]


# What a few connections sign in with, which keep it as well.
@lru_cache(maxsize=16)
def _all_forms(secrets: tuple[str, ...]) -> Sequence[str]:
    """Return how any of the secrets may be quoted, the longest form first."""
    return sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)


def _forms(secret: str) -> Iterator[str]:
    """Yield how a secret may be quoted: as it is, in JSON, in a form or a URL, without `Bearer`."""
    secret = secret.strip()
    for word in (secret, secret.partition(" ")[2]):
        if len(word) >= _SHORTEST_SECRET:
            yield from (word, json.dumps(word)[1:-1], quote(word, safe=""), quote_plus(word))


def _cut(text: str) -> str:
    return f"{text[:_MAX_CHARACTERS]}…" if len(text) > _MAX_CHARACTERS else text
