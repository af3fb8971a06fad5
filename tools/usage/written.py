"""The report as CSV and as JSON, whose schema is report.schema.json beside this file."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tools.usage.measures import MEASURES
from tools.usage.summary import Summary, label
from tools.usage.views import Table

SCHEMA = Path(__file__).with_name("report.schema.json")
# A spreadsheet takes a text that begins so for a formula (OWASP, CSV Injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_SUMMARY = TypeAdapter(Summary)


def as_json(report: Summary) -> str:
    """Return all of the report; money as decimal texts, which keep every digit."""
    return _SUMMARY.dump_json(report, indent=2).decode() + "\n"


def json_schema() -> str:
    """Return what SCHEMA must say: made from the report's own types."""
    schema: dict[str, Any] = _SUMMARY.json_schema(mode="serialization")
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(schema, indent=2) + "\n"


def as_csv(table: Table, names: Mapping[str, str]) -> str:
    """Return one table: its dimensions, an app's name beside its id, every measure, and before.

    Money is not rounded. An unknown number is an empty field.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    dimensions = [
        column for name in table.by for column in ((name, "app_name") if name == "app" else (name,))
    ]
    writer.writerow([*dimensions, *MEASURES, "calls_before", "cost_before"])
    for group in table.groups:
        row: list[object] = []
        for name, key in group.keys.items():
            row.append(_no_formula(key or ""))
            if name == "app":
                row.append(_no_formula(label(name, key, names) if key in names else ""))
        row += [_number(getattr(group.measures, name)) for name in MEASURES]
        before = group.before
        row += [before.calls, _number(before.cost)] if before else ["", ""]
        writer.writerow(row)
    return text.getvalue()


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: object) -> str:
    return "" if value is None else f"{value:f}" if not isinstance(value, int) else str(value)
