"""A plugin's own YAML says how it is called."""

from pathlib import Path

import pytest

from tools.bench.errors import BenchFailure
from tools.bench.subject import PLUGIN_DIRECTORY, echo_plugin, other_plugin, own_plugin

URL = "http://127.0.0.1:1"


def test_openai_is_told_the_api_and_the_address() -> None:
    target = own_plugin("openai").target("chat", URL)
    assert target.provider == "openai"
    assert target.credentials == {
        "openai_api_key": "sk-bench",
        "openai_api_base": URL,
        "api_protocol": "chat",
    }


def test_azure_is_told_the_base_model_as_well() -> None:
    target = own_plugin("azure_openai").target("responses", URL)
    assert target.credentials == {
        "openai_api_key": "sk-bench",
        "openai_api_base": f"{URL}/openai/v1",
        "auth_method": "api_key",
        "base_model_name": "gpt-5",
        "api_protocol": "responses",
    }


def test_the_floor_needs_no_credentials_and_has_one_way_to_answer() -> None:
    echo = echo_plugin()
    assert echo.apis == ("chat",)
    assert echo.target("chat", URL).credentials == {}


def test_a_plugin_without_an_environment_or_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchFailure, match="name its interpreter with --python"):
        other_plugin(PLUGIN_DIRECTORY, tmp_path / "python")
    with pytest.raises(BenchFailure, match=r"manifest\.yaml cannot be read"):
        other_plugin(tmp_path, None)
