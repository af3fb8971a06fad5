"""The YAML files: the SDK loads them, the API's stricter types accept them, `lf` validates them."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from latticeflow.core.dtypes._assessment.models import (
    CustomInferenceModelConfig,
    Model,
    Secret,
    StoredModelAdapter,
)
from latticeflow.go.cli.models import get_sdk_model_from_file
from latticeflow.go.cli.utils.run_config_processing import get_sdk_run_config_from_file
from latticeflow.go.dtypes import SDKAIApp, SDKModel, SDKTaskSpecificationTemplate
from latticeflow.go.utils.schema_mappers import EntityByIdentifiersMap, map_model_sdk_to_api_entity
from latticeflow.go.utils.yaml_utils import load_yaml_recursively

from fakes.dify_app.apps import DifyApp
from integrations.aigo import run_inference as snippet
from tests.connector.dify_events import answer_events
from tests.connector.turns import converse, trace_of

FOLDER = Path(snippet.__file__).parent
TEXT = (FOLDER / "run_inference.py").read_text(encoding="utf-8").strip()
MODEL = FOLDER / "models" / "dify.yaml"
LF = Path(sys.executable).with_name("lf")


@pytest.fixture(autouse=True)
def _address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what `.env` would."""
    monkeypatch.setenv("DIFY_URL", "https://dify.example/v1")


def stored(model: SDKModel) -> Model:
    """Return a model as it would be sent to the server."""
    adapter = StoredModelAdapter.model_construct(id="adapter", key="latticeflow$identity")
    return map_model_sdk_to_api_entity(
        sdk_model=model, model_adapters_map=EntityByIdentifiersMap([adapter])
    )


def config_of(model: SDKModel) -> CustomInferenceModelConfig:
    """Return a model's connection as it would be sent."""
    config = stored(model).config
    assert isinstance(config, CustomInferenceModelConfig)
    return config


def test_the_model_is_sent_with_the_whole_snippet_and_its_key_as_a_secret() -> None:
    config = config_of(get_sdk_model_from_file(MODEL))
    assert config.run_inference_snippet == TEXT
    assert config.adapter_id == "adapter"
    assert config.timeout == 180
    key = config.environment["DIFY_API_KEY"]
    assert isinstance(key, Secret)
    assert key.name == "DIFY_API_KEY"


def test_the_environment_is_one_that_the_snippet_accepts() -> None:
    config = config_of(get_sdk_model_from_file(MODEL))
    resolved: dict[str, Any] = dict(config.environment)
    resolved["DIFY_API_KEY"] = "app-key"
    settings = snippet.read_settings(resolved)
    assert settings.url == "https://dify.example/v1"
    assert settings.timeout + snippet.SILENCE + snippet.STOP < config.timeout


def test_the_key_is_stored_under_the_name_that_the_model_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DIFY_API_KEY", "app-the-key")
    file, _ = get_sdk_run_config_from_file(FOLDER / "secrets.yaml")
    assert file.secrets == {"DIFY_API_KEY": "app-the-key"}
    assert (file.models, file.evaluation) == ([], None)


def test_an_address_that_was_not_set_is_refused_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DIFY_URL")
    config = config_of(get_sdk_model_from_file(MODEL))
    assert config.environment["DIFY_URL"] == "$DIFY_URL"
    with pytest.raises(snippet.InputError, match="`DIFY_URL` is not set"):
        snippet.read_settings({**config.environment, "DIFY_API_KEY": "app-key"})


def test_concurrency_is_limited_by_its_own_setting() -> None:
    model = stored(get_sdk_model_from_file(MODEL))
    assert model.max_concurrent_requests == 5
    assert model.rate_limit is not None
    assert model.rate_limit > 60


def test_the_app_loads_without_unknown_keys() -> None:
    app = SDKAIApp.model_validate(load_yaml_recursively(FOLDER / "app.yaml")[0], ignore_extra=False)
    assert app.key == "dify-app-under-test"


# The SDK reads fields of its own that it calls deprecated.
@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_the_run_names_what_it_holds() -> None:
    run, _ = get_sdk_run_config_from_file(FOLDER / "run.yaml")
    (model,) = run.models
    assert isinstance(model, SDKModel)
    assert config_of(model).run_inference_snippet == TEXT
    assert run.evaluation is not None
    (specification,) = run.evaluation.task_specifications
    assert isinstance(specification, SDKTaskSpecificationTemplate)
    assert run.config == {"model_key": model.key}
    assert [task.key for task in run.tasks] == [specification.task_key]
    assert run.run_config.cache_policy.value == "no-cache"


@pytest.mark.parametrize(("answer", "score"), [("It is 4711.", True), ("No idea.", False)])
def test_the_scorer_of_the_run_reads_the_answer(dify: DifyApp, answer: str, score: bool) -> None:
    text = yaml.safe_load((FOLDER / "run.yaml").read_text(encoding="utf-8"))
    source = text["tasks"][0]["definition"]["scorers"][0]["compute_scores_snippet"]
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - our own text
    output = trace_of(converse(dify, answer_events(answer)))
    assert namespace["compute_scores"]({"target": "4711"}, output) == {"remembered": score}


def test_the_command_line_validates_the_files_offline(tmp_path: Path) -> None:
    def told_by(command: str) -> str:
        address, home = "http://127.0.0.1:9", str(tmp_path)
        environment = {"LF_URL": address, "LF_API_KEY": "x", "DIFY_URL": address, "HOME": home}
        result = subprocess.run(  # noqa: S603 - the SDK's own command
            [LF, *command.split()],
            cwd=FOLDER,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout + result.stderr

    with ThreadPoolExecutor() as pool:
        for told in pool.map(told_by, ("run -f run.yaml -v", "add app -f app.yaml -v")):
            assert "not set" not in told


def test_the_example_of_an_environment_names_what_the_files_need() -> None:
    lines = (FOLDER / ".env.example").read_text(encoding="utf-8").splitlines()
    names = {line.partition("=")[0] for line in lines if "=" in line and not line.startswith("#")}
    assert names == {"LF_URL", "LF_API_KEY", "DIFY_URL", "DIFY_API_KEY"}
