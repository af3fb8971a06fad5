"""The upstream of the embedding benchmark: a vector for each text, whose content names the text.

Run as `python -m tools.bench.embedding_upstream DELAY_MS`; it says on its first line where it
listens and ends when its stdin does. Vectors are made before: only two numbers differ.
"""

import asyncio
import base64
import json
import random
import struct
import sys
from collections.abc import AsyncIterator
from functools import partial

from tools.bench.small_upstream import serve

SIZE = 1536
# A vector begins with the text's number in units of 2^-20, and with one half to compare it with.
UNIT, HALF = 2**-20, 0.5
_CHANCE = random.Random(1)  # noqa: S311 - numbers to write, not secrets
_REST = [_CHANCE.gauss(0, SIZE**-0.5) for _ in range(SIZE - 3)]
_REST_BASE64 = base64.b64encode(struct.pack(f"<{SIZE - 3}f", *_REST)).decode()
_REST_NUMBERS = ",".join(f"{number:.8g}" for number in _REST)


def vector_of(text: str, *, in_base64: bool) -> str:
    """Return the JSON of a vector for a text that ends in its number."""
    number = int(text.rpartition(" ")[2]) * UNIT
    if in_base64:
        return f'"{base64.b64encode(struct.pack("<3f", number, HALF, 0)).decode()}{_REST_BASE64}"'
    return f"[{number:.9g},{HALF},0.0,{_REST_NUMBERS}]"


def number_in(vector: list[float]) -> int:
    """Return the number of the text that a vector was made for, also of a normalised vector."""
    return round(vector[0] / vector[1] * HALF / UNIT)


def answer_to(body: bytes) -> bytes:
    """Return the answer to a request; tokens are read as the bytes of a text."""
    asked = json.loads(body)
    texts = [item if isinstance(item, str) else bytes(item).decode() for item in asked["input"]]
    in_base64 = asked.get("encoding_format") == "base64"
    data = ",".join(
        f'{{"object":"embedding","index":{at},"embedding":{vector_of(text, in_base64=in_base64)}}}'
        for at, text in enumerate(texts)
    )
    tokens = 5 * len(texts)
    usage = f'{{"prompt_tokens":{tokens},"total_tokens":{tokens}}}'
    return f'{{"object":"list","data":[{data}],"model":"bench","usage":{usage}}}'.encode()


async def _answer(delay_seconds: float, body: bytes) -> AsyncIterator[bytes]:
    await asyncio.sleep(delay_seconds)
    content = answer_to(body)
    yield (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
        + f"content-length: {len(content)}\r\n\r\n".encode()
        + content
    )


if __name__ == "__main__":
    serve(partial(_answer, float(sys.argv[1]) / 1000))
