"""Embeddings side by side: many texts and one, against a service that takes its time.

Run as `python -m tools.bench.embeddings --against DIR`. Each plugin is called as Dify calls it when
it indexes documents: as many texts a call as the model's schema says, ten calls at once. Every
vector is checked by its content to be that of its text.
"""

import sys
import time
from functools import partial
from statistics import median
from typing import Any

from fakes.dify_daemon.requests import get_ai_model_schemas, invoke_text_embedding
from tools.bench.embedding_upstream import number_in
from tools.bench.side_by_side import Comparison, Running, compare, options, text_count

_CALLS_AT_ONCE = 10
_SINGLE_CALLS = 20
# What to expect of one plugin: a start with its single calls, and each of many texts.
_SECONDS_BEFORE, _SECONDS_A_TEXT = 5.0, 0.003


def measure(texts: int, running: Running) -> tuple[dict[str, str], int]:
    """Embed one text after the other, and then many. Return the cells, and the wrong vectors."""
    ask, target = running.process.open_session, running.target
    schema: Any = ask(get_ai_model_schemas(target)).result()["model_schema"]
    most = int(schema["model_properties"]["max_chunks"])

    def embed(first: int, count: int = most) -> int:
        """Return how many vectors of a call are not those of their texts."""
        numbers = range(first, min(first + count, texts))
        request = invoke_text_embedding(target, [f"text number {n}" for n in numbers])
        vectors: Any = ask(request).result()["embeddings"]
        return sum(number_in(vector) != n for vector, n in zip(vectors, numbers, strict=True))

    def one_text_ms() -> float:
        started = time.monotonic()
        embed(7, 1)
        return (time.monotonic() - started) * 1e3

    embed(0)
    first_mib = running.memory_mib()
    singles = [one_text_ms() for _ in range(_SINGLE_CALLS)]
    misplaced, wall, cpu = running.at_once(embed, range(0, texts, most), _CALLS_AT_ONCE)
    cells = {
        "texts a call": f"{most}",
        "one text, ms": f"{median(singles):.1f}",
        "all texts, s": f"{wall:.1f}",
        "CPU of it, s": f"{cpu:.1f}",
        **running.memory_cells(first_mib),
    }
    return cells, sum(misplaced)


def main() -> int:
    """Measure and print the table."""
    parser = options("embeddings", __doc__ or "")
    add = parser.add_argument
    add("--texts", type=text_count, default=100_000, help="how many (default: 100000)")
    add("--delay", type=int, default=50, metavar="MS", help="of a request (default: 50)")
    arguments = parser.parse_args()
    texts, delay_ms = arguments.texts, arguments.delay
    comparison = Comparison(
        what=f"{texts:,} texts, {delay_ms} ms a request",
        model="text-embedding-3-small",
        model_type="text-embedding",
        upstream=("tools.bench.embedding_upstream", str(delay_ms)),
        measure=partial(measure, texts),
        wrong="vectors of another text",
        seconds=_SECONDS_BEFORE + texts * _SECONDS_A_TEXT,
    )
    return compare(comparison, arguments)


if __name__ == "__main__":
    sys.exit(main())
