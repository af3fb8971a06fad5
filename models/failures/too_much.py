"""Whether a service says that one request held too much, so that two smaller ones may pass."""

import re

from models.failures.failure import ServiceError

_REQUEST_TOO_LARGE = 413
_STATUSES = frozenset({400, 413, 422, 429})
_CODES = frozenset({"max_tokens_per_request", "context_length_exceeded"})
_WORDS = re.compile(
    "|".join(
        (
            # OpenAI: assafelovic/gpt-researcher#1524, sbintuitions/JMTEB#15,
            # Fergana-Labs/stash#268.
            r"Requested \d+ tokens, max \d+ tokens per request",
            r"This model's maximum context length is \d+ tokens, however you requested \d+ tokens",
            r"[^\n]{0,80}maximum input length is \d+ tokens",
            r"Request too large",
            # Mistral: aurelio-labs/semantic-router#297.
            r"Too many tokens in batch\. Max is \d+ got \d+",
            # DashScope: memodb-io/memobase#142, run-llama/llama_index#11696.
            r"[^\n]{0,80}batch size is invalid, it should not be larger than \d+",
            # SiliconFlow and Text Embeddings Inference: n4ze3m/page-assist#371.
            r"[^\n]{0,20}batch size \d+ > maximum allowed batch size \d+",
        )
    ),
    re.IGNORECASE,
)


def is_too_much(failure: ServiceError) -> bool:
    """Return whether a request was refused for its size alone."""
    if failure.status not in _STATUSES:
        return False
    said = failure.said
    return (
        failure.status == _REQUEST_TOO_LARGE
        or said.code in _CODES
        or _WORDS.match(said.message) is not None
    )
