"""A text in parts that a request takes each, cut behind sentences wherever that is possible."""

import re

from models.token_count import count_text

# An estimate of tokens may be wrong by a quarter in usual text.
_RESERVE = 1.25
# A cut is made behind the last of the first kind that there is, but never in the first quarter.
_BORDERS = tuple(
    re.compile(border)
    for border in (
        r"\n\s*\n",
        r"[.!?\u2026][\"'\u201d\u2019)\]]*(?=\s)|[\u3002\uff01\uff1f\uff0e]+[\u300d\u300f\u201d]*|\n",
        r"[,;:\u2013\u2014](?=\s)|[\u3001\uff0c\uff1b\uff1a]",
        r"\s",
    )
)


def parts_of(text: str, *, first: int, most: int, most_tokens: int = 0) -> list[str]:
    """Return the parts of a text that have anything to be said, in their order.

    The first has at most `first` characters and the others `most`, all of them at most
    `most_tokens` tokens by estimate, where that is not 0.
    """
    parts: list[str] = []
    rest = text.encode("utf-8", errors="replace").decode("utf-8").strip()
    while rest:
        end = _end(rest, most if parts else first, most_tokens)
        part, rest = rest[:end].strip(), rest[end:].strip()
        if any(map(str.isalnum, part)):
            parts.append(part)
    return parts


def _end(text: str, most: int, most_tokens: int) -> int:
    """Return where the first part of a text ends."""
    while most_tokens and most > 1 and count_text(text[:most]) * _RESERVE > most_tokens:
        most = most * 3 // 4
    if len(text) <= most:
        return len(text)
    for border in _BORDERS:
        found = [match.end() for match in border.finditer(text, most // 4, most + 1)]
        if ends := [end for end in found if end <= most]:
            return ends[-1]
    return most
