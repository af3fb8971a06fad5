"""What is told of one call to the process that counts: facts of its usage line, no more.

No end user, not even a digest, no id of a request or an answer, and no content is among them.
"""

from collections.abc import Mapping
from typing import TypedDict

# Facts of the usage line, by their names there (docs/metadata.md), and the model that was asked
# for. A line of a model type that has no such fact leaves it out.
_OF_THE_LINE = (
    "provider",
    "api",
    "model",
    "asked",
    "app_id",
    "tier",
    "input",
    "cached",
    "cache_write",
    "output",
    "reasoning",
    "audio_input",
    "audio_output",
    "cost",
    "error",
    "ms",
    "first_ms",
    "tags",
)


class CallFacts(TypedDict, total=False):
    """One call. `asked` is the model that was asked for, `host` and `port` are the service's.

    `dropped`: so many calls before this one could not be told. Times are milliseconds, the cost is
    US dollars as a decimal's text, None where the price is unknown.
    """

    provider: str
    api: str
    model: str
    asked: str
    app_id: str | None
    tier: str | None
    input: int
    cached: int
    cache_write: int
    output: int
    reasoning: int
    audio_input: int
    audio_output: int
    cost: str | None
    error: str | None
    ms: int
    first_ms: int | None
    tags: dict[str, str]
    host: str
    port: int
    dropped: int


def told(line: Mapping[str, object]) -> dict[str, object]:
    """Return what is told of a usage line."""
    return {name: line[name] for name in _OF_THE_LINE if name in line}
