"""The packages of this repository hold what each provider needs, and nothing else."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.declarations.declaration_files import model_files
from tests.workshop.package.conftest import ROOT, Files
from tools.package.product import PROVIDERS, folder_files, to_yaml, write_folder

every_provider = pytest.mark.parametrize("name", PROVIDERS)

IN_BOTH = """
.difyignore CHANGELOG.md LICENSE PRIVACY.md README.md main.py manifest.yaml pyproject.toml
models/__init__.py models/attribution.py models/catalogue.py models/dify_text.py
models/failures/__init__.py models/failures/causes.py models/failures/content_filter.py
models/failures/failure.py models/failures/pauses.py models/failures/reading.py
models/failures/refused.py models/failures/too_much.py models/failures/words.py
models/llm/__init__.py models/llm/_metadata.py models/llm/answer.py models/llm/chat/__init__.py
models/llm/chat/messages.py models/llm/chat/reply.py models/llm/chat/request.py
models/llm/chat/stream.py models/llm/chat/tool_calls.py models/llm/content_parts.py
models/llm/families.py models/llm/generate.py models/llm/generic/plain.yaml
models/llm/generic/reasoning.yaml models/llm/identity.py models/llm/invocation.py
models/llm/json_alone.py models/llm/json_schema.py models/llm/language_model.py
models/llm/legacy_completions.py models/llm/llm_result.py models/llm/media_types.py
models/llm/odd_fields.py models/llm/parameters.py models/llm/reply.py
models/llm/responses/__init__.py models/llm/responses/input_items.py models/llm/responses/replay.py
models/llm/responses/reply.py models/llm/responses/request.py models/llm/responses/stream.py
models/llm/routing.py models/llm/stop_words.py models/llm/strict_schema.py
models/llm/token_estimate.py models/llm/tool_definitions.py models/llm/tool_history.py
models/llm/tool_names.py models/llm/tool_schema.py models/llm/web_search.py models/memory.py
models/model_schemas.py models/pricing.py models/provider_model.py models/service/__init__.py
models/service/attempts.py models/service/background_import.py models/service/call.py
models/service/connection.py models/service/endpoint.py models/service/leaving_out.py
models/service/model_names.py models/service/official_call.py models/service/official_client.py
models/service/refusals.py models/service/settings.py models/service/streaming.py
models/service/transport.py _assets/one_second.wav models/speech2text/__init__.py
models/speech2text/abilities.py models/speech2text/generic/any.yaml models/speech2text/hints.py
models/speech2text/sound.py models/speech2text/speech2text_model.py models/speech2text/transcribe.py
models/speech2text/transcript.py models/text_embedding/__init__.py models/text_embedding/embed.py
models/text_embedding/embedding_model.py models/text_embedding/generic/any.yaml
models/text_embedding/limits.py models/text_embedding/pieces.py models/text_embedding/vectors.py
models/token_count.py models/usage_line.py models/variants.yaml provider/__init__.py
"""
IN_ONE = {
    "openai": """
_assets/icon_openai.svg _assets/icon_openai_dark.svg _assets/icon_openai_large.svg
_assets/icon_openai_large_dark.svg models/llm/openai_llm.py models/service/openai.py
models/llm/openai/_position.yaml models/llm/openai/gpt-4.1.yaml models/llm/openai/gpt-4o-mini.yaml
models/llm/openai/gpt-5.6.yaml models/llm/openai/gpt-5.yaml models/llm/openai/o3.yaml
models/moderation/__init__.py models/moderation/inputs.py models/moderation/moderate.py
models/moderation/openai/_position.yaml models/moderation/openai/omni-moderation-latest.yaml
models/moderation/openai_moderation.py models/speech2text/openai_speech2text.py
models/speech2text/openai/gpt-transcribe.yaml models/speech2text/openai/gpt-4o-transcribe.yaml
models/speech2text/openai/gpt-4o-mini-transcribe.yaml
models/speech2text/openai/gpt-4o-transcribe-diarize.yaml models/speech2text/openai/whisper-1.yaml
models/speech2text/openai/_position.yaml models/text_embedding/openai_text_embedding.py
models/text_embedding/openai/_position.yaml models/text_embedding/openai/text-embedding-3-large.yaml
models/text_embedding/openai/text-embedding-3-small.yaml
models/text_embedding/openai/text-embedding-ada-002.yaml provider/openai.py provider/openai.yaml
""",
    "azure_openai": """
_assets/icon_azure_openai.svg _assets/icon_azure_openai_dark.svg _assets/icon_azure_openai_large.svg
_assets/icon_azure_openai_large_dark.svg models/llm/azure_openai_llm.py models/service/azure.py
models/service/azure_sign_in.py models/llm/azure_openai/gpt-4.1.yaml
models/llm/azure_openai/gpt-4o-mini.yaml models/llm/azure_openai/gpt-5.6-sol.yaml
models/llm/azure_openai/gpt-5.yaml models/llm/azure_openai/o3.yaml
models/speech2text/azure_openai_speech2text.py models/text_embedding/azure_openai_text_embedding.py
models/text_embedding/azure_openai/text-embedding-3-large.yaml
models/text_embedding/azure_openai/text-embedding-3-small.yaml
models/text_embedding/azure_openai/text-embedding-ada-002.yaml provider/azure_openai.py
provider/azure_openai.yaml
""",
}
MADE = {".difyignore", "manifest.yaml", "pyproject.toml"}
OFFERED = {
    "openai": {"llm", "text_embedding", "moderation", "speech2text"},
    "azure_openai": {"llm", "text_embedding", "speech2text"},
}
MODEL_TYPES = ("llm", "text_embedding", "rerank", "tts", "speech2text", "moderation")


@every_provider
def test_a_package_holds_exactly_these_files(name: str, staged: dict[str, Files]) -> None:
    assert sorted(staged[name]) == sorted((IN_BOTH + IN_ONE[name]).split())


@every_provider
def test_files_are_those_of_the_tree_byte_for_byte(name: str, staged: dict[str, Files]) -> None:
    own = {"README.md": f"provider/README_{name}.md"}
    for path in staged[name].keys() - MADE:
        assert staged[name][path] == (ROOT / own.get(path, path)).read_bytes(), path


@every_provider
def test_every_module_that_a_package_imports_is_in_it(name: str, staged: dict[str, Files]) -> None:
    imports = re.compile(r"^\s*(?:from|import) ((?:models|provider)[\w.]*)(?: import (\w+))?", re.M)
    for path, content in staged[name].items():
        for module, member in imports.findall(content.decode() if path.endswith(".py") else ""):
            stem = module.replace(".", "/")
            inside = f"{stem}/__init__.py" in staged[name]
            assert f"{stem}/{member}.py" if inside else f"{stem}.py" in staged[name], (path, module)


@every_provider
def test_the_manifest_is_made_of_the_two_declarations(name: str, staged: dict[str, Files]) -> None:
    root = yaml.safe_load((ROOT / "manifest.yaml").read_text("utf-8"))
    declared = yaml.safe_load((ROOT / f"provider/{name}.yaml").read_text("utf-8"))
    permission = {"enabled": True, **{kind: kind in OFFERED[name] for kind in MODEL_TYPES}}
    assert yaml.safe_load(staged[name]["manifest.yaml"]) == {
        **root,
        "name": declared["provider"],
        "label": declared["label"],
        "description": declared["description"],
        "icon": f"icon_{name}.svg",
        "icon_dark": f"icon_{name}_dark.svg",
        "resource": {"memory": 268435456, "permission": {"model": permission}},
        "plugins": {"models": [f"provider/{name}.yaml"]},
    }


@every_provider
def test_the_project_says_only_what_uv_needs(name: str, staged: dict[str, Files]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = yaml.safe_load((ROOT / f"provider/{name}.yaml").read_text("utf-8"))
    left_out = () if name == "azure_openai" else ("azure-identity",)
    assert tomllib.loads(staged[name]["pyproject.toml"].decode()) == {
        "project": {
            "name": f"dify-{name.replace('_', '-')}",
            "version": project["version"],
            "description": declared["description"]["en_US"],
            "readme": "README.md",
            "license": project["license"],
            "requires-python": project["requires-python"],
            "dependencies": [
                dependency
                for dependency in project["dependencies"]
                if not dependency.startswith(left_out)
            ],
        },
        "tool": {"uv": {"package": False}},
    }


def test_texts_that_look_like_something_else_stay_texts() -> None:
    document = {"a": "2026-11-21T00:00:00Z", "b": "3.12", "c": "yes", "e": ["模型", "on"], "f": 5}
    assert to_yaml(document).decode() == (
        "a: '2026-11-21T00:00:00Z'\nb: '3.12'\nc: 'yes'\ne:\n- 模型\n- 'on'\nf: 5\n"
    )


def test_a_staged_folder_holds_the_package_and_what_debugging_needs(
    staged: dict[str, Files], tmp_path: Path
) -> None:
    folder = tmp_path / "staged"
    write_folder(folder, {"old.py": b"", "old/deeper.py": b"", **staged["openai"]})
    (folder / ".venv").mkdir()
    (folder / ".env").write_text("INSTALL_METHOD=remote")
    write_folder(folder, staged["openai"])
    assert (folder / ".env").read_text() == "INSTALL_METHOD=remote"
    assert (folder / ".venv").is_dir()
    # Dify's own packer leaves the two out, and so packs what we do.
    assert folder_files(folder) == staged["openai"]
