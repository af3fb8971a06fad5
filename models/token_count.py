"""An estimate of how many tokens a text has: offline, cheap, and only an estimate.

No vocabulary is loaded: the published ones are downloads, and a model call must neither wait for
one nor fail without it. The figures are rules of thumb for OpenAI's current vocabularies.
"""

import re
from itertools import batched

from models.turns import give_way

# Runs of Latin letters, of digits, of other alphabets (up to U+2E7F), and single signs: a token
# hardly ever spans two of them. Chinese, Japanese and Korean count one token a character.
_PIECES = re.compile(r"([A-Za-z]+)|([0-9]+)|([^\W\x00-\x7f\u2e80-\U0010ffff]+)|[^\s]")
_CHARACTERS_PER_TOKEN = {1: 5, 2: 3, 3: 3}
_PIECES_IN_A_TURN = 1_000


def count_text(text: str) -> int:
    """Estimate the tokens of a text; 0 for an empty one, never an error."""
    tokens = 0
    for pieces in batched(_PIECES.finditer(text), _PIECES_IN_A_TURN):
        give_way()
        tokens += sum(map(_tokens_of, pieces))
    return tokens


def _tokens_of(piece: re.Match[str]) -> int:
    if piece.lastindex is None:
        return 1
    return -(-len(piece.group()) // _CHARACTERS_PER_TOKEN[piece.lastindex])
