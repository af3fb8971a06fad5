"""What is right is accepted: packed, unpacked, signed in form, with what only warns."""

import base64
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.workshop.package.check.breakage import edit, said, said_of
from tests.workshop.package.check.good_package import good_files
from tools.package.archive import write_archive
from tools.package.check import Problem, problems_of, verdict_of, warnings_of
from tools.package.staging import write_folder

# What the SDK does with a package before its first heartbeat, and with the first call.
_LOAD = """\
import dify_plugin
from dify_plugin.core.plugin_registration import PluginRegistration

registration = PluginRegistration(dify_plugin.DifyPluginEnv())
_, provider, factory = registration.models_mapping["acme"]
models = (type(factory.get_instance(kind)).__name__ for kind in factory.models)
print(type(provider).__name__, *sorted(models))
"""


def test_a_package_without_mistakes_has_no_problems_and_no_warnings(tmp_path: Path) -> None:
    path = tmp_path / "acme.difypkg"
    path.write_bytes(write_archive(good_files()))
    verdict = verdict_of(path)
    assert (verdict.problems, verdict.warnings) == ((), ())
    assert problems_of(path) == warnings_of(path) == []


def test_the_unpacked_package_is_accepted_as_well(tmp_path: Path) -> None:
    write_folder(tmp_path, good_files())
    assert problems_of(tmp_path) == []


def test_the_sdk_loads_that_package(tmp_path: Path) -> None:
    write_folder(tmp_path, good_files())
    command = [sys.executable, "-c", _LOAD]
    loaded = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
    assert loaded.stdout.splitlines()[-1:] == ["Provider Embedding Llm"], loaded.stderr


def test_the_packages_of_this_repository_are_accepted(
    staged: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    assert {name: said_of(files, tmp_path) for name, files in staged.items()} == {
        name: [] for name in staged
    }


def test_a_deflated_archive_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "acme.difypkg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in good_files().items():
            archive.writestr(name, content)
    assert said(path) == []


def test_a_signature_in_the_comment_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "acme.difypkg"
    mark = {".verification.dify.json": b'{"authorized_category": "community"}'}
    path.write_bytes(write_archive(good_files() | mark))
    signature = base64.b64encode(bytes(512)).decode()
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = json.dumps({"signature": signature, "time": 1_790_000_000}).encode()
    assert said(path) == []


def test_a_timestamp_without_quotes_is_one_for_every_reader(tmp_path: Path) -> None:
    files = good_files()
    edit("manifest.yaml", '"2026-01-31T00:00:00Z"', "2026-01-31T00:00:00Z")(files)
    assert said_of(files, tmp_path) == []


def test_what_the_owner_fills_in_is_a_warning(tmp_path: Path) -> None:
    files = good_files()
    edit("manifest.yaml", 'repo: "https://code.example/acme/acme"\n', "")(files)
    edit("manifest.yaml", 'contact: "people@acme.example"\n', "")(files)
    edit("README.md", " Source: https://code.example/acme/acme", "")(files)
    path = tmp_path / "acme.difypkg"
    path.write_bytes(write_archive(files))
    verdict = verdict_of(path)
    assert verdict.problems == ()
    assert [(warning.file, warning.field) for warning in verdict.warnings] == [
        ("manifest.yaml", "repo"),
        ("manifest.yaml", "contact"),
        ("README.md", "text"),
    ]


def test_a_package_that_carries_its_wheels_may_point_to_them(tmp_path: Path) -> None:
    files = good_files()
    files["wheels/httpx2-2.16.0-py3-none-any.whl"] = b"PK\x03\x04"
    edit("pyproject.toml", "package = false", 'no-index = true\nfind-links = ["./wheels"]')(files)
    lock = files["uv.lock"].replace(b"https://index.example/simple", b"wheels")
    files["uv.lock"] = lock
    files["requirements.txt"] = b"--no-index\n--find-links ./wheels\n" + files["requirements.txt"]
    assert said_of(files, tmp_path) == []


def test_a_problem_is_one_line_whatever_a_file_is_called() -> None:
    problem = Problem("a\nb", "name", "is\u2028odd", "rename it")
    assert str(problem) == "a\\nb: name: is\\u2028odd; rename it"
