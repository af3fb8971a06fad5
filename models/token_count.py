"""An estimate of how many tokens a text has: offline, cheap, and only an estimate.

No vocabulary is loaded: the published ones are downloads, and a model call must neither wait for
one nor fail without it. The figures are rules of thumb for OpenAI's current vocabularies.
"""

import re

# Runs of Latin letters, of digits, of other alphabets (up to U+2E7F), and single signs: a token
# hardly ever spans two of them. Chinese, Japanese and Korean count one token a character.
_PIECES = re.compile(r"([A-Za-z]+)|([0-9]+)|([^\W\x00-\x7f\u2e80-\U0010ffff]+)|[^\s]")
_CHARACTERS_PER_TOKEN = {1: 5, 2: 3, 3: 3}


def count_text(text: str) -> int:
    """Estimate the tokens of a text; 0 for an empty one, never an error."""
    return sum(_tokens_of(piece) for piece in _PIECES.finditer(text))


def _tokens_of(piece: re.Match[str]) -> int:
    if piece.lastindex is None:
        return 1
    return -(-len(piece.group()) // _CHARACTERS_PER_TOKEN[piece.lastindex])
