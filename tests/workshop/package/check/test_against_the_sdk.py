"""What a check lets through, the SDK loads: broken declarations, compared with its own classes."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from dify_plugin.core.entities.plugin.setup import PluginConfiguration
from dify_plugin.entities.model import AIModelEntity
from dify_plugin.entities.model.provider import ModelProviderConfiguration
from hypothesis import given
from hypothesis import strategies as st

from tests.workshop.package.check.good_package import good_files
from tools.package.check.package_rules import check_package
from tools.package.check.problem import Report

_GOOD = good_files()
_scalars = st.sampled_from(
    ["", "llm", "x", "1.0", "true", None, True, 0, 1, -1, 7, 0.5, 3000, float("inf"), float("nan")]
)
_values: st.SearchStrategy[object] = st.one_of(
    _scalars, st.lists(_scalars, max_size=2), st.just({}), st.just({"en_US": "x"})
)


def _load_provider(document: dict[str, Any]) -> object:
    # Its globs are read from the working directory; the models have a test of their own.
    return ModelProviderConfiguration(**{**document, "models": {}})


LOADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "manifest.yaml": lambda document: PluginConfiguration(**document),
    "provider/acme.yaml": _load_provider,
    "models/llm/large.yaml": lambda document: AIModelEntity(**document),
}


def _mutate(document: Any, steps: list[int], value: object) -> None:
    """Walk down by `steps` and replace, or with the last step's parity leave out, what is there."""
    place = document
    for step in steps:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = keys[step % len(keys)]
        if not isinstance(place[key], dict | list) or step == steps[-1]:
            if step % 3:
                place[key] = value
            else:
                del place[key]
            return
        place = place[key]


@pytest.mark.parametrize("file", LOADERS)
@given(steps=st.lists(st.integers(0, 40), min_size=1, max_size=7), value=_values)
def test_an_accepted_declaration_loads(file: str, steps: list[int], value: object) -> None:
    document = yaml.safe_load(_GOOD[file])
    _mutate(document, steps, value)
    text = yaml.safe_dump(document)
    report = Report()
    check_package(_GOOD | {file: text.encode()}, report)
    if not report.verdict().problems:
        LOADERS[file](yaml.safe_load(text))
