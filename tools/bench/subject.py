"""What is measured: a plugin directory with its Python, and what its forms must be filled with."""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import JsonValue

from fakes.dify_daemon.requests import ModelTarget
from tools.bench.errors import BenchFailure

type Api = Literal["chat", "responses"]
APIS: tuple[Api, ...] = ("chat", "responses")

OURS, FLOOR, RAW = "ours", "floor", "raw client"

PLUGIN_DIRECTORY = Path(__file__).parents[2]
ECHO_DIRECTORY = PLUGIN_DIRECTORY / "fakes/echo_plugin"
_STAND_IN = Path(__file__).with_name("stand_in")

_KEY = "sk-bench"
_OPENAI_MODEL = "gpt-4o-mini"
# Azure plugins choose the API by the base model unless their form asks for it.
_AZURE_BASE_MODELS: Mapping[Api, str] = {"chat": "gpt-4o-mini", "responses": "gpt-5"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One plugin to measure.

    title: its column in the tables; python: the interpreter of its environment; variables: the
    fields that its credential form has, which say what it can be told; environment: more variables
    for its process.
    """

    title: str
    directory: Path
    python: Path
    provider: str
    variables: frozenset[str]
    answers_itself: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs to measure it with; a plugin without an upstream has one way to answer."""
        return APIS[:1] if self.answers_itself else APIS

    def target(self, api: Api, upstream_url: str) -> ModelTarget:
        """Return the model and the credentials that make it call one API of the upstream."""
        azure = "base_model_name" in self.variables
        values = {
            "openai_api_key": _KEY,
            "openai_api_base": f"{upstream_url}/openai/v1" if azure else upstream_url,
            "auth_method": "api_key",
            "base_model_name": _AZURE_BASE_MODELS[api],
            "api_protocol": api,
        }
        credentials: dict[str, JsonValue] = {
            name: value for name, value in values.items() if name in self.variables
        }
        model = "echo" if self.answers_itself else "bench" if azure else _OPENAI_MODEL
        return ModelTarget(provider=self.provider, model=model, credentials=credentials)


def own_plugin(provider: str) -> Subject:
    """Return this repository's plugin, to be called through one of its providers."""
    return _read_subject(PLUGIN_DIRECTORY, Path(sys.executable), OURS, provider)


def echo_plugin() -> Subject:
    """Return the plugin without an upstream: what the SDK costs by itself."""
    return _read_subject(ECHO_DIRECTORY, Path(sys.executable), FLOOR, "echo")


def other_plugin(
    directory: Path, python: Path | None, environment: Mapping[str, str] | None = None
) -> Subject:
    """Return another plugin by its manifest; its first provider is the one to be called.

    environment: more variables for its process, beside the way to the stand-in for tiktoken.

    Raises:
        BenchFailure: there is no manifest, or nothing that runs it.
    """
    manifest = _read_yaml(directory / "manifest.yaml")
    python = python or directory / ".venv" / "bin" / "python"
    if not python.exists():
        raise BenchFailure(
            f"{directory} has no environment of its own; make one with `uv sync --no-dev --frozen`"
            " or name its interpreter with --python."
        )
    title = f"{manifest['name']} {manifest['version']}"
    provider = provider_names(directory)[0]
    # An interpreter of a virtual environment is a link that must not be followed.
    subject = _read_subject(directory.resolve(), python.absolute(), title, provider)
    return replace(subject, environment={"PYTHONPATH": str(_STAND_IN), **(environment or {})})


def variable(text: str) -> tuple[str, str]:
    """Read `NAME=VALUE`, as the option --env has it."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=VALUE")
    return name, value


def provider_names(directory: Path) -> tuple[str, ...]:
    """Return the providers of a plugin in the order of its manifest."""
    return tuple(_fields_by_provider(directory))


def _read_subject(directory: Path, python: Path, title: str, provider: str) -> Subject:
    variables = _fields_by_provider(directory)[provider]
    return Subject(title, directory, python, provider, variables, directory == ECHO_DIRECTORY)


def _fields_by_provider(directory: Path) -> dict[str, frozenset[str]]:
    """Return the credential fields of each provider."""
    found = {}
    for path in _read_yaml(directory / "manifest.yaml")["plugins"]["models"]:
        form = _read_yaml(directory / path)
        schemas = (form.get(f"{of}_credential_schema") or {} for of in ("provider", "model"))
        found[form["provider"]] = frozenset(
            field["variable"]
            for schema in schemas
            for field in schema.get("credential_form_schemas", ())
        )
    return found


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchFailure(f"{path} cannot be read; name the directory of a plugin.") from error
    return document
