"""A target is met by every API or not at all; the table shows what was measured."""

import pytest

from tools.bench.results import Results, Spread
from tools.bench.table import ROWS, format_number, is_met, ratios, render

ROW = {(row.measure, row.metric): row for row in ROWS}
PLAIN_CALL = ROW["plain_call", "wall_ms"]
HEARTBEAT = ROW["start", "heartbeat_ms"]


@pytest.fixture
def results() -> Results:
    machine = {"cpus": "2", "processor": "some", "system": "Linux", "load_at_start": "0.00"}
    made = Results(
        command="python -m tools.bench",
        machine=machine,
        versions={"ours": {"python": "3.12"}, "floor": {"python": "3.12"}},
        titles=["ours", "floor", "openai 1.0.4", "raw client"],
        reference_ms=[10.0],
    )
    for wall in (1.0, 3.0, 2.0):
        made.add("plain_call", "ours", "chat", {"wall_ms": wall})
    made.add("plain_call", "ours", "responses", {"wall_ms": 1.5})
    made.add("plain_call", "raw client", "chat", {"wall_ms": 1.0})
    made.add("plain_call", "raw client", "responses", {"wall_ms": 1.0})
    made.add("plain_call", "openai 1.0.4", "chat", {"wall_ms": 20.0})
    return made


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
    assert is_met(results, ROW["chunk_cpu", "cpu_us"]) is None
    assert is_met(results, HEARTBEAT) is None


def test_a_number_of_many_runs_is_their_median_and_range(results: Results) -> None:
    assert results.spreads("plain_call", "ours", "wall_ms") == {
        "chat": Spread(median=2.0, low=1.0, high=3.0),
        "responses": Spread(median=1.5, low=1.5, high=1.5),
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.00"), (1.234, "1.23"), (12.34, "12.3"), (123.4, "123"), (1234.5, "1,234")],
)
def test_numbers_have_three_figures(value: float, text: str) -> None:
    assert format_number(value) == text


def test_results_survive_their_file(results: Results) -> None:
    assert Results.model_validate_json(results.model_dump_json()) == results


def test_the_table_has_a_row_for_each_number_of_ours_and_says_what_it_was_made_with(
    results: Results,
) -> None:
    for title in ("ours", "floor"):
        results.add("growth_deltas", title, "chat", {"1": 2.0, "10000": 900.0})
    heading, _, *rows = render(results).splitlines()
    assert heading == (
        "| measure (chat / Responses) | ours | range | target | verdict | SDK floor | raw client"
        " | openai 1.0.4 |"
    )
    assert rows == [
        "| plain call, wall, ms | 2.00 / 1.50 | 1.00-3.00 / 1.50-1.50"
        " | ≤ 1.2 x raw (is 2.00 / 1.50) | **missed** |  | 1.00 / 1.00 | 20.0 |",
        "| unpaced stream, length 1, ms | 2.00 |  |  |  | 2.00 |  |  |",
        "| unpaced stream, length 10,000, ms | 900 |  |  |  | 900 |  |  |",
        "",
        "- Made by `python -m tools.bench`.",
        "- *range*: the smallest and the largest of ours; all other numbers are medians.",
        "- *SDK floor*: a plugin that answers from memory, so what dify_plugin costs.",
        "- *raw client*: the openai package, one client reused, without plugin, SDK or gevent.",
        "- Other plugins find a stand-in for tiktoken, whose tables are downloads; it is faster"
        " than the real one.",
        "- 2 CPUs, some, Linux; load 0.00 at the start.",
        "- ours, floor: python 3.12.",
        "- Reference loop 10.0-10.0 ms (median 10.0).",
    ]


def test_on_a_noisy_machine_there_is_no_verdict(results: Results) -> None:
    results.reference_ms = [10.0] * 8 + [12.6] * 2
    assert " | too noisy | " in render(results)
    assert "- Reference loop 10.0-12.6 ms (median 10.0): too noisy for a verdict" in render(results)
    results.reference_ms = [10.0] * 19 + [30.0]
    assert "noisy" not in render(results)


def test_only_what_was_measured_has_a_column_and_a_caption(results: Results) -> None:
    numbers = results.numbers["plain_call"]
    results.numbers = {"plain_call": {"ours": {"responses": numbers["ours"]["responses"]}}}
    heading, _, row, *notes = render(results).splitlines()
    assert heading == "| measure (chat / Responses) | ours | target |"
    assert row == "| plain call, wall, ms | 1.50 | ≤ 1.2 x raw |"
    assert notes == [
        "",
        "- Made by `python -m tools.bench`.",
        "- 2 CPUs, some, Linux; load 0.00 at the start.",
        "- ours: python 3.12.",
        "- Reference loop 10.0-10.0 ms (median 10.0).",
    ]
