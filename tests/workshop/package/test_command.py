"""The command says what it did in one line, and what is wrong in one sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workshop.package.conftest import ROOT, Packager
from tools.package.build import files_of_builds
from tools.package.product import uncommitted


def verified(output: str) -> list[tuple[str, ...]]:
    """Read what `verify` printed: the file, the plugin and who vouches, for each package."""
    line = r"(.+): (.+)@[0-9a-f]{64}: signed with this key as (.+)"
    matches = [re.fullmatch(line, text) for text in output.splitlines()]
    return [match.groups() for match in matches if match]


def test_a_package_is_signed_beside_itself_and_verified(packager: Packager, folder: Path) -> None:
    ended = packager("sign", "x.difypkg", "--key", "first.private.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "x.signed.difypkg: signed as community\n"
    assert (folder / "x.signed.difypkg").exists()


def test_several_files_are_signed_and_verified_with_all_their_packages(
    packager: Packager,
) -> None:
    arguments = ("--key", "first.private.pem", "--category", "partner")
    assert packager("sign", "x.difypkg", "x.difybndl", *arguments).stdout == (
        "x.signed.difypkg: signed as partner\nx.signed.difybndl: signed as partner\n"
    )
    signed = ("x.signed.difypkg", "x.signed.difybndl")
    ended = packager("verify", *signed, "--key", "first.public.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert verified(ended.stdout) == [
        (file, f"app-attribution/{name}:1.0.0", "partner")
        for file, names in zip(signed, (["openai"], ["openai", "azure_openai"]), strict=True)
        for name in names
    ]


def test_of_several_files_none_is_signed_if_one_cannot_be(packager: Packager, folder: Path) -> None:
    arguments = ("x.difypkg", "first.public.pem", "--key", "first.private.pem")
    assert packager("sign", *arguments).returncode == 1
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
def test_a_failure_is_one_sentence(
    arguments: tuple[str, ...], sentence: str, packager: Packager
) -> None:
    ended = packager(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", sentence)


def test_keys_are_created_where_they_are_wanted(packager: Packager) -> None:
    ended = packager("keys", "mine")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (
        "mine.private.pem: sign with it, and keep it secret\nmine.public.pem: give it to the host\n"
    )
    assert packager("sign", "x.difypkg", "--key", "mine.private.pem").returncode == 0


def test_it_runs_as_a_module() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tools.package"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "usage: python -m tools.package" in ended.stderr


def test_a_wrong_option_is_told_apart(packager: Packager) -> None:
    for arguments in (
        ("check", "gone"),
        ("sign", "x.difypkg", "--key", "first.private.pem", "--category", "mine"),
    ):
        ended = packager(*arguments)
        assert ended.returncode == 2
        assert "usage: python -m tools.package" in ended.stderr
