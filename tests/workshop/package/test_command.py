"""The command says what it did in one line, and what is wrong in one sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workshop.package.conftest import ROOT, Files, KeyPair
from tools.package.archive import write_archive
from tools.package.build import files_of_builds
from tools.package.bundle import make_bundle
from tools.package.product import Tree, uncommitted


def packager(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tools.package", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "40"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def verified(output: str) -> list[tuple[str, ...]]:
    """Read what `verify` printed: the file, the plugin and who vouches, for each package."""
    line = r"(.+): (.+)@[0-9a-f]{64}: signed with this key as (.+)"
    matches = [re.fullmatch(line, text) for text in output.splitlines()]
    return [match.groups() for match in matches if match]


@pytest.fixture
def folder(
    tmp_path: Path, tree: Tree, staged: dict[str, Files], key_pairs: tuple[KeyPair, ...]
) -> Path:
    packages = [write_archive(files) for files in staged.values()]
    (tmp_path / "x.difypkg").write_bytes(packages[0])
    (tmp_path / "x.difybndl").write_bytes(make_bundle(tree, packages))
    for file in (file for pair in key_pairs for file in pair):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_a_package_is_signed_beside_itself_and_verified(folder: Path) -> None:
    ended = packager(folder, "sign", "x.difypkg", "--key", "first.private.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "x.signed.difypkg: signed as community\n"
    assert (folder / "x.signed.difypkg").exists()


def test_several_files_are_signed_and_verified_with_every_package_of_a_bundle(folder: Path) -> None:
    arguments = ("--key", "first.private.pem", "--category", "partner")
    assert packager(folder, "sign", "x.difypkg", "x.difybndl", *arguments).stdout == (
        "x.signed.difypkg: signed as partner\nx.signed.difybndl: signed as partner\n"
    )
    signed = ("x.signed.difypkg", "x.signed.difybndl")
    ended = packager(folder, "verify", *signed, "--key", "first.public.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert verified(ended.stdout) == [
        (file, f"app-attribution/{name}:1.0.0", "partner")
        for file, names in zip(signed, (["openai"], ["openai", "azure_openai"]), strict=True)
        for name in names
    ]


def test_of_several_files_none_is_signed_if_one_cannot_be(folder: Path) -> None:
    arguments = ("x.difypkg", "first.public.pem", "--key", "first.private.pem")
    assert packager(folder, "sign", *arguments).returncode == 1
    assert not (folder / "x.signed.difypkg").exists()


def test_a_build_replaces_the_files_of_earlier_ones_and_no_others(tmp_path: Path) -> None:
    ours = (
        "openai-0.9.0.difypkg",
        "azure_openai-1.0.0.signed.difypkg",
        "openai-suite-0.9.0.difybndl",
        "offline/openai-0.9.0-linux-arm64.difypkg",
    )
    for name in (*ours, "openai-extra.difypkg", "other-1.0.0.difypkg", "deep/openai-0.9.0.difypkg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = files_of_builds(tmp_path, "openai-suite")
    assert {path.relative_to(tmp_path).as_posix() for path in found} == {*ours}


def test_changes_that_are_packed_without_being_committed_are_named(tmp_path: Path) -> None:
    assert uncommitted(tmp_path) == []  # it is no clone
    for path in ("models/llm/a.py", "models/b.py", "tests/c.py", "LICENSE"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    git = ("git", "-c", "user.name=me", "-c", "user.email=me@example.com")
    for command in (("init", "-q"), ("add", "models/b.py"), ("commit", "-q", "-m", "b")):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)  # noqa: S603
    (tmp_path / "models/b.py").unlink()
    assert {*uncommitted(tmp_path)} == {"models/llm/a.py", "models/b.py", "LICENSE"}


FAILURES = {
    "another key": (
        ("verify", "x.difypkg", "--key", "second.public.pem"),
        "packager: x.difypkg: The package is not signed; sign it first.\n",
    ),
    "a file that is no package": (
        ("sign", "first.public.pem", "--key", "first.private.pem"),
        "packager: first.public.pem: The file is no zip; name a .difypkg or .difybndl.\n",
    ),
    "a folder": (
        ("verify", ".", "--key", "first.public.pem"),
        "packager: .: Is a directory.\n",
    ),
    "a key that exists": (
        ("keys", "first"),
        "packager: 'first.private.pem' exists, and whoever lost a key must sign anew; name"
        " another.\n",
    ),
    "keys without a name": (
        ("keys", ""),
        "packager: A key pair needs a name; write one, such as `team`.\n",
    ),
    "keys in no folder": (
        ("keys", "gone/first"),
        "packager: gone/first.private.pem: No such file or directory.\n",
    ),
}


@pytest.mark.parametrize(("arguments", "sentence"), FAILURES.values(), ids=FAILURES.keys())
def test_a_failure_is_one_sentence(arguments: tuple[str, ...], sentence: str, folder: Path) -> None:
    ended = packager(folder, *arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", sentence)


def test_keys_are_created_where_they_are_wanted(folder: Path) -> None:
    ended = packager(folder, "keys", "mine")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (
        "mine.private.pem: sign with it, and keep it secret\nmine.public.pem: give it to the host\n"
    )
    assert packager(folder, "sign", "x.difypkg", "--key", "mine.private.pem").returncode == 0


def test_a_wrong_option_is_told_apart(folder: Path) -> None:
    for arguments in (
        (),
        ("check", "gone"),
        ("sign", "x.difypkg", "--key", "first.private.pem", "--category", "mine"),
    ):
        ended = packager(folder, *arguments)
        assert ended.returncode == 2
        assert "usage: python -m tools.package" in ended.stderr


def test_each_file_is_judged_in_lines(folder: Path, staged: dict[str, Files]) -> None:
    broken = {**staged["openai"], "a.pem": b"x"}
    del broken["_assets/icon_openai_dark.svg"]
    (folder / "broken.difypkg").write_bytes(write_archive(broken))
    ended = packager(folder, "check", "x.difypkg", "broken.difypkg")
    owner = [
        f"warning: manifest.yaml: {key}: is missing; the owner writes it to publish."
        for key in ("repo", "contact")
    ]
    no_icon = "'icon_openai_dark.svg' is not in _assets, is empty or Dify's template; draw it."
    assert ended.stdout.splitlines() == [
        *(f"x.difypkg: {warning}" for warning in owner),
        "x.difypkg: no problems",
        f"broken.difypkg: manifest.yaml: icon_dark: {no_icon}",
        f"broken.difypkg: provider/openai.yaml: icon_small_dark: {no_icon}",
        "broken.difypkg: a.pem: does not belong into a package.",
        *(f"broken.difypkg: {warning}" for warning in owner),
    ]
    assert (ended.returncode, ended.stderr) == (1, "")
