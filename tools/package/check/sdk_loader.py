"""Load the package in the working directory as a host does; print what is wrong as JSON.

A process of its own, since importing dify_plugin makes the whole process cooperative. It does what
the daemon starts (all Python is compiled, the SDK registers the plugin), then hands what was loaded
to the data types with which Dify reads it (graphon: model_runtime/entities). Models that are not
predefined are read by the plugin alone, and only when they are called; here they are read as well.
"""

# ruff: noqa: E402 - what is set first concerns the imports
import compileall
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from gevent import events

# This process loads and ends: as the plugin (main.py), it collects nothing meanwhile and reads no
# metadata of what is installed, a quarter of its time.
gc.disable()
events.notify_and_call_entry_points = events.notify  # type: ignore[attr-defined] # it has no types

from dify_plugin import DifyPluginEnv  # isort: skip # it must come first
from dify_plugin.core.plugin_registration import PluginRegistration
from dify_plugin.core.utils.yaml_loader import load_yaml_file
from dify_plugin.entities.model import AIModelEntity
from graphon.model_runtime.entities.model_entities import AIModelEntity as DifyModel
from graphon.model_runtime.entities.provider_entities import ProviderEntity
from pydantic import BaseModel, ValidationError
from yaml import YAMLError

# The same values in a tenth of the time, as the plugin itself reads them (main.py).
yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment,misc] # the same interface


def _problems() -> Iterator[str]:
    if not compileall.compile_dir(".", quiet=2):
        yield "A file is no Python 3.12; `python -m compileall` names it."
    for path in sorted(Path("models").glob("*/*/*.yaml")):
        if path.name != "_position.yaml":
            try:
                model = AIModelEntity(**load_yaml_file(str(path)))
                DifyModel.model_validate(_as_sent(model))
            except (TypeError, ValueError, KeyError, YAMLError) as error:
                yield f"{path}: {_sentence(error)}"
    try:
        _register()
    except Exception as error:  # noqa: BLE001 - whatever the package's code raises
        yield f"The SDK or Dify refuses it: {_sentence(error)}"


def _register() -> None:
    registration = PluginRegistration(DifyPluginEnv())
    for provider, _, models in registration.models_mapping.values():
        ProviderEntity.model_validate(_as_sent(provider))
        for model_type in provider.supported_model_types:
            models.get_instance(model_type)


def _as_sent(loaded: BaseModel) -> object:
    return loaded.model_dump(mode="json", by_alias=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False)
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
    return " ".join(str(error).split())


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    print(json.dumps(list(_problems())))
