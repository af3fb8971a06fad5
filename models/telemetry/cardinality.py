"""How many values an attribute of the metrics may have: each new one costs a backend a time series.

What is beyond becomes `other`, so that sums stay right.
"""

from collections.abc import Mapping

OTHER = "other"
_MOST_VALUES: Mapping[str, int] = {"dify.app_id": 1000}
_MOST_VALUES_OF_ANY = 100
_MOST_TAGS = 13  # as many as a form takes
_LONGEST_VALUE = 128
# Of one instrument, also where every value is among the first ones. What is beyond is counted
# without attributes (OpenTelemetry: `otel.metric.overflow`).
MOST_SERIES = 5000


class Bounds:
    """The values that came first, by attribute."""

    def __init__(self) -> None:
        self._kept: dict[str, set[str]] = {}

    def kept(self, attributes: Mapping[str, str | None]) -> dict[str, str]:
        """Return the attributes that are there, with values that have room."""
        return {name: self._value(name, text) for name, text in attributes.items() if text}

    def kept_tags(self, tags: Mapping[str, str]) -> dict[str, str]:
        """Return the operator's tags as attributes; names beyond the first ones are left out."""
        room = self._kept.setdefault("dify.tag", set())
        for name in tags:
            if len(room) < _MOST_TAGS:
                room.add(name)
        return self.kept({f"dify.tag.{name}": tags[name] for name in tags if name in room})

    def _value(self, name: str, text: str) -> str:
        text = text[:_LONGEST_VALUE]
        seen = self._kept.setdefault(name, set())
        if text not in seen:
            if len(seen) >= _MOST_VALUES.get(name, _MOST_VALUES_OF_ANY):
                return OTHER
            seen.add(text)
        return text
