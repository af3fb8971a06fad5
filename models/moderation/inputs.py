"""What is sent of a text: all of it in pieces that overlap, and the pictures that it shows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched

from pydantic import JsonValue

# Short pieces are judged best (API guide, moderation). What stands across a border is in the next
# piece as well, as far as it is not longer than this.
_PIECE, _OVERLAP = 2000, 200
_PIECES_PER_REQUEST = 32
_LAST_SPACE = re.compile(r"\s\S*\Z")
# A picture in a text: its bytes, or a link as Markdown shows one.
_BYTES = r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/]+={0,2}"
_PICTURES = re.compile(rf"(?P<bytes>{_BYTES})|!\[[^\]\n]*\]\((?P<link>https?://[^\s()<>]+)")
_TAKES_PICTURES = re.compile(r"(.*/)?omni-moderation")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The `input` of one request and how many results it has; `link` is a picture's address, which
    the service may not be able to fetch."""

    value: JsonValue
    results: int
    link: str = ""


def inputs_of(text: str, model: str) -> Iterator[Inputs]:
    """Yield what is asked about a text, one request after the other.

    A request takes one picture (antiwork/gumroad#4709), and only some models take any.
    """
    seen = text.encode("utf-8", errors="replace").decode("utf-8")
    pictures: dict[str, str] = {}
    if _TAKES_PICTURES.match(model):
        pictures = {
            match["bytes"] or match["link"]: match["link"] or ""
            for match in _PICTURES.finditer(seen)
        }
        seen = re.sub(_BYTES, "", seen)
    for pieces in batched(_pieces(seen), _PIECES_PER_REQUEST):
        yield Inputs([*pieces], len(pieces))
    for url, link in pictures.items():
        yield Inputs([{"type": "image_url", "image_url": {"url": url}}], 1, link)


def _pieces(text: str) -> Iterator[str]:
    """Yield the pieces of a text, none for one without any sign; each begins with a whole word."""
    start = 0
    while text[start:].strip():
        yield text[start : start + _PIECE]
        if start + _PIECE >= len(text):
            return
        end = start + _PIECE - _OVERLAP
        space = _LAST_SPACE.search(text, end - _OVERLAP, end)
        start = space.start() + 1 if space else end
