"""The command measures with real processes and writes its numbers."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tools.bench", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_quick_measure_ends_well_and_tells_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "numbers.json"
    ended = bench("--quick", "--only", "plain_call", "--json", str(path))
    assert ended.returncode == 0, ended.stderr
    assert "plain call, wall" in ended.stdout
    document = json.loads(path.read_text("utf-8"))
    assert document["failures"] == []
    assert document["titles"] == ["ours", "floor", "raw client"]
    assert set(document["versions"]["ours"]) >= {"python", "dify_plugin", "openai", "gevent"}
    numbers = document["numbers"]["plain_call"]
    assert set(numbers) == {"ours", "floor", "raw client"}
    for title, apis in (("ours", 2), ("floor", 1), ("raw client", 2)):
        assert len(numbers[title]) == apis
        for runs in numbers[title].values():
            assert {"wall_ms", "cpu_ms"} <= set(runs[0])


def test_an_unknown_measure_is_a_wrong_option() -> None:
    ended = bench("--only", "everything")
    assert ended.returncode == 2
    assert "invalid choice: 'everything'" in ended.stderr


def test_a_rest_without_an_end_is_a_wrong_option() -> None:
    ended = bench("--settle", "inf")
    assert ended.returncode == 2
    assert "'inf' is no number from 0 to 60" in ended.stderr
