"""What a call may hold: texts that say something, and a result that the Dify daemon takes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.catalogue.names import model_behind
from models.failures.failure import bad_request

# PLUGIN_RUNTIME_MAX_BUFFER_SIZE: the daemon kills the process over a longer line of its output,
# with all calls that run. A number in it takes 17 characters at most.
_MOST_BYTES = 5 << 20
_MOST_BYTES_OF_A_NUMBER = 17
_BYTES_OF_THE_REST = 4096
_WITH_DIMENSIONS = re.compile(r"(?P<name>.+)@(?P<dimensions>[1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Texts:
    """What Dify wants embedded: of a text at most `most_tokens` at once, into vectors of
    `dimensions` numbers, None for the model's own size."""

    texts: Sequence[str]
    most_tokens: int
    dimensions: int | None = None


def name_and_dimensions(model: str) -> tuple[str, int | None]:
    """Read `text-embedding-3-large@1024`: the name, and how many numbers a vector shall have.

    They are part of the name in Dify, because Dify keeps vectors by model: under one name old ones
    of another size would be mixed with new ones.
    """
    match = _WITH_DIMENSIONS.fullmatch(model)
    return (match["name"], int(match["dimensions"])) if match else (model, None)


def refuse_unusable(wanted: Texts, base_model: str) -> None:
    """Raise InvokeBadRequestError for a call that cannot succeed, before anything is sent."""
    texts = wanted.texts
    if not texts:
        raise bad_request("There is no text to embed; send at least one")
    for number, text in enumerate(texts, start=1):
        if not text:
            raise bad_request(
                f"Text {number} of {len(texts)} is empty, and the service embeds no empty text; "
                "leave it out"
            )
    refuse_too_long_a_result(len(texts), wanted.dimensions or _size_of(base_model))


def _size_of(base_model: str) -> int:
    return model_behind(base_model, kind="text-embedding").dimensions or 0


def refuse_too_long_a_result(texts: int, size: int) -> None:
    """Raise InvokeBadRequestError for vectors of `size` numbers that are too many for one line."""
    most = (_MOST_BYTES - _BYTES_OF_THE_REST) // max(1, size * _MOST_BYTES_OF_A_NUMBER)
    if texts > most:
        raise bad_request(
            f"The vectors of {texts} texts, each of {size} numbers, are more than the Dify daemon "
            f"takes at once; send at most {most} texts in a call"
        )
