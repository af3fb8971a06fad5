"""A target is met by every API or not at all; tables and charts show what was measured."""

from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tools.bench.charts import write_charts
from tools.bench.markdown import write_markdown
from tools.bench.results import Results
from tools.bench.rows import ROWS, cell, format_number, is_met, ratios

ROW = {(row.measure, row.metric): row for row in ROWS}
PLAIN_CALL = ROW["plain_call", "wall_ms"]
HEARTBEAT = ROW["start", "heartbeat_ms"]
CHUNK = ROW["chunk_cpu", "cpu_us"]


@pytest.fixture
def results() -> Results:
    machine = {"cpus": "2", "processor": "some", "system": "Linux", "load_at_start": "0.00"}
    empty = Results(
        command="python -m tools.bench",
        machine=machine,
        versions={"ours": {"python": "3.12"}},
        titles=["ours", "floor", "raw client", "openai 1.0.4"],
        reference_ms=[10.0],
    )
    for wall in (1.0, 3.0, 2.0):
        empty.add("plain_call", "ours", "chat", {"wall_ms": wall})
    empty.add("plain_call", "ours", "responses", {"wall_ms": 1.5})
    empty.add("plain_call", "raw client", "chat", {"wall_ms": 1.0})
    empty.add("plain_call", "raw client", "responses", {"wall_ms": 1.0})
    empty.add("plain_call", "openai 1.0.4", "chat", {"wall_ms": 20.0})
    return empty


def test_a_ratio_is_taken_api_by_api_and_one_miss_is_a_miss(results: Results) -> None:
    assert ratios(results, PLAIN_CALL) == [2.0, 1.5]
    assert is_met(results, PLAIN_CALL) is False


def test_both_apis_are_compared_with_a_floor_that_has_one(results: Results) -> None:
    for api in ("chat", "responses"):
        results.add("start", "ours", api, {"heartbeat_ms": 750.0})
    results.add("start", "floor", "chat", {"heartbeat_ms": 500.0})
    assert ratios(results, HEARTBEAT) == [1.5, 1.5]
    assert is_met(results, HEARTBEAT) is True


def test_without_a_number_a_target_is_neither_met_nor_missed(results: Results) -> None:
    assert is_met(results, CHUNK) is None
    assert is_met(results, HEARTBEAT) is None


def test_a_cell_shows_chat_first_and_its_range(results: Results) -> None:
    ours = cell(results, PLAIN_CALL, "ours")
    assert ours is not None
    assert ours.text() == "2.00 / 1.50"
    assert ours.range_text() == "1.00-3.00 / 1.50-1.50"
    assert ours.deviation_text() == "± 50 / 0 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1,234")],
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert format_number(value) == text


def test_results_survive_their_file(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    results.write(path)
    assert Results.read(path) == results


def test_the_page_has_a_row_for_each_number_of_ours(results: Results, tmp_path: Path) -> None:
    path = tmp_path / "table.md"
    write_markdown(results, path)
    rows = [line for line in path.read_text("utf-8").splitlines() if line.startswith("| plain")]
    assert rows == [
        "| plain call, wall, ms | 2.00 / 1.50 | 1.00-3.00 / 1.50-1.50"
        " | ≤ 1.6 x raw (is 2.00 / 1.50) | **missed** |  | 1.00 / 1.00 | 20.0 |"
    ]


def test_the_chart_draws_a_line_for_each_contender_and_api(
    results: Results, tmp_path: Path
) -> None:
    for title in ("ours", "floor"):
        results.add("growth_deltas", title, "chat", {"1": 2.0, "100": 9.0, "10000": 900.0})
    write_charts(results, tmp_path)
    svg = Xml.parse(tmp_path / "growth.svg").getroot()  # noqa: S314 - written here
    (panel,) = svg.iterfind("{*}g")
    assert len(list(panel.iterfind("{*}polyline"))) == 2
