"""Which searches of the web a service takes money for: actions that search, as its guide says."""

import json

import pytest

from models.llm import responses


@pytest.mark.parametrize(
    ("items", "searches"),
    [
        ([], 0),
        ([{"action": {"type": "search", "query": "x"}}], 1),
        (
            [{"action": {"type": "search", "queries": ["x", "y"]}}, {"action": {"type": "search"}}],
            2,
        ),
        ([{"action": {"type": "open_page", "url": "https://x.example"}}], 0),
        ([{"action": {"type": "find_in_page", "pattern": "x"}}], 0),
        ([{"action": {"type": "search"}, "status": "failed"}], 0),
        # Servers, and old answers, that do not say what was done.
        ([{"status": "completed"}], 1),
    ],
)
def test_searches_are_counted_and_visits_are_not(items: list[object], searches: int) -> None:
    output = [{"type": "web_search_call", **item} for item in items]  # type: ignore[dict-item]
    message = {"type": "message", "content": [{"type": "output_text", "text": "Found."}]}
    body = {"id": "resp_1", "status": "completed", "output": [*output, message]}
    assert responses.to_reply(json.dumps(body).encode()).searches == searches
