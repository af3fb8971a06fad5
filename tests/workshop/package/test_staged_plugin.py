"""A staged package starts where there is nothing but it, and the SDK finds what it declares."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fakes.dify_daemon.plugin_process import PluginProcess
from tools.package.product import write_folder

# What of the plugin is loaded once a host's first call has been answered.
_LOADED = """
import json, sys
import main
from dify_plugin.entities.model import ModelType
(provider,) = main.plugin.registration.models_configuration
model = main.plugin.registration.get_model_instance(provider.provider, ModelType.LLM)
schema = model.get_customizable_model_schema("any", {})
print(json.dumps([provider.provider, len(provider.models), schema.model]))
"""


@pytest.mark.parametrize("name", ["openai", "azure_openai"])
def test_it_starts_as_a_host_starts_it(
    name: str, staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    write_folder(tmp_path, staged[name])
    with PluginProcess(tmp_path) as plugin:
        assert plugin.child.pid


@pytest.mark.parametrize("name", ["openai", "azure_openai"])
def test_the_sdk_shows_its_provider_and_its_models(
    name: str, staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    write_folder(tmp_path, staged[name])
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", _LOADED],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    provider, models, schema = json.loads(ended.stdout.splitlines()[-1])
    assert provider == name
    orders = [content for path, content in staged[name].items() if path.endswith("_position.yaml")]
    assert models == sum(len(yaml.safe_load(order)) for order in orders)
    assert schema == "any"
