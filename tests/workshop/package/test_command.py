"""The command says what it did in one line, and what is wrong in one sentence."""

import re
import subprocess
import sys

import pytest

from tests.workshop.package.conftest import ROOT, Packager


def verified(output: str) -> list[tuple[str, ...]]:
    """Read what `verify` printed: the file, the plugin and who vouches, for each package."""
    line = r"(.+): (.+)@[0-9a-f]{64}: signed with this key as (.+)"
    matches = [re.fullmatch(line, text) for text in output.splitlines()]
    return [match.groups() for match in matches if match]


def test_a_package_is_signed_beside_itself_and_verified(packager: Packager) -> None:
    ended = packager("sign", "x.difypkg", "--key", "first.private.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "x.signed.difypkg: signed as community\n"
    ended = packager("verify", "x.signed.difypkg", "--key", "first.public.pem")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert verified(ended.stdout) == [
        ("x.signed.difypkg", "app-attribution/openai:1.0.0", "community")
    ]


def test_every_package_of_a_bundle_is_signed_and_verified(packager: Packager) -> None:
    arguments = ("sign", "x.difybndl", "--key", "first.private.pem", "--category", "partner")
    assert packager(*arguments).stdout == "x.signed.difybndl: signed as partner\n"
    ended = packager("verify", "x.signed.difybndl", "--key", "first.public.pem")
    assert verified(ended.stdout) == [
        ("x.signed.difybndl", f"app-attribution/{name}:1.0.0", "partner")
        for name in ("openai", "azure_openai")
    ]


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
