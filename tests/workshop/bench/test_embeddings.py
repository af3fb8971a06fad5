"""The benchmark of embeddings runs both ends, and finds every vector in its place."""

import base64
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench.embedding_upstream import answer_to, number_in

ROOT = Path(__file__).parents[3]


def test_the_command_measures_our_plugin() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.bench.embeddings", "--texts", "150", "--delay", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    head, _, *rows = ended.stdout.split("\n\n")[0].splitlines()
    assert head == "| 150 texts, 1 ms a request | ours |"
    assert rows[-1] == "| vectors of another text | 0 |"


@pytest.mark.parametrize("sent", [["text 77"], [list(b"text 77")]], ids=["text", "tokens"])
def test_a_vector_names_its_text_in_both_forms(sent: list[object]) -> None:
    for encoding in ("base64", "float"):
        body = json.dumps({"input": sent, "encoding_format": encoding}).encode()
        (item,) = json.loads(answer_to(body))["data"]
        vector = item["embedding"]
        if encoding == "base64":
            vector = struct.unpack("<1536f", base64.b64decode(vector))
        assert len(vector) == 1536
        assert number_in([number / 3 for number in vector]) == 77
