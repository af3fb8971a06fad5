"""What docs and integrations say of metrics and usage lines is what the plugin does."""

import json
import re

import pytest
import yaml

from models.telemetry.facts import CallFacts
from tests.declarations.declaration_files import ROOT
from tests.unit.telemetry.test_instruments import CALL, measured

PRICED: CallFacts = {**CALL, "cost": "1", "dropped": 1}
UNPRICED: CallFacts = {**CALL, "cost": None, "audio_input": 1}
EMBEDDED: CallFacts = {**CALL, "api": "embeddings", "output": 0}
FAILED: CallFacts = {**CALL, "error": "InvokeError"}
EVERY = (PRICED, UNPRICED, EMBEDDED)
# One line of a real daemon (0.6.10) each, with other ids.
LINE = {"v": 1, "app_id": None, "tags": {"team": 'a "quoted" \\ name'}, "ms": 14, "error": None}
MESSAGE = f"usage {json.dumps(LINE, separators=(',', ':'))}"
TEXT = (
    "2026-11-27T21:51:44.742980278Z INFO dify-plugin-daemon logger.go:61 plugin instance log "
    f"instance=01a21efb message={json.dumps(MESSAGE)} plugin=app-attribution/openai:1.0.0@b821"
)


def prometheus_names() -> set[str]:
    """Return the names as Prometheus has them (OpenTelemetry, "Prometheus compatibility")."""
    names = set[str]()
    for name in measured(*EVERY):
        plain = name.replace(".", "_")
        if name.endswith((".duration", "_first_chunk")):
            names |= {f"{plain}_seconds_{part}" for part in ("bucket", "count", "sum")}
        elif name == "gen_ai.client.token.usage":
            names |= {f"{plain}_{part}" for part in ("bucket", "count", "sum")}
        else:
            names.add(f"{plain}_total")
    return names


def test_the_dashboard_asks_for_what_arrives() -> None:
    dashboard = json.loads((ROOT / "integrations/telemetry/grafana.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = {
        name for query in queries for name in re.findall(r"\b(?:gen_ai|dify)_\w+(?=[{\[])", query)
    }
    assert len(asked) > 8
    assert asked <= prometheus_names()
    labels = {name for query in queries for name in re.findall(r"(\w+)(?:=~|!=|=)\"", query)}
    known = {name.replace(".", "_") for name, _ in flattened()}
    assert labels <= known


def flattened() -> list[tuple[str, object]]:
    """Return every attribute of every point, of a success and of a failure."""
    points = measured(*EVERY, FAILED)
    return [
        pair
        for series in points.values()
        for attributes, _ in series
        for pair in attributes.items()
    ]


@pytest.mark.parametrize("newest", [False, True])
def test_every_metric_is_documented(newest: bool) -> None:
    page = (ROOT / "docs/telemetry.md").read_text("utf-8")
    names = set(measured(*EVERY, newest=newest))
    assert {name for name in names if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("name", ["otelcol.yaml", "vector.yaml"])
def test_a_log_pipeline_finds_the_line_in_the_daemons_text(name: str) -> None:
    config = (ROOT / "integrations/log-pipelines" / name).read_text("utf-8")
    yaml.safe_load(config)
    (pattern,) = re.findall(r"message=\(\?P<quoted>.*\)(?=')", config)
    found = re.search(f" {pattern}", TEXT)
    assert found is not None
    assert json.loads(str(json.loads(found["quoted"])).removeprefix("usage ")) == LINE
