"""Files that the marketplace refuses in a package, and READMEs that it or a host passes over."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Case,
    assert_said,
    both,
    case,
    drop,
    edit,
    name_of,
    put,
)

_STRAY = "does not belong into a package"
# Put together here, so that this file itself holds no such thing.
_KEY = "sk-" + "x" * 24
_RANDOM = "q7Zt2LpX9vRb4NcW8" + "sKd3"
_PRIVATE = "-----BEGIN RSA " + "PRIVATE KEY-----"

CONTENTS = [
    case(
        "a repository",
        both(put(".git/HEAD"), put(".git/config")),
        f".git: folder: {_STRAY}",
    ),
    case("an environment", put(".venv/bin/activate"), f".venv: folder: {_STRAY}"),
    case(
        "compiled modules",
        put("models/__pycache__/base.cpython-312.pyc"),
        f"models/__pycache__: folder: {_STRAY}",
    ),
    case("a cache", put(".ruff_cache/CACHEDIR.TAG"), f".ruff_cache: folder: {_STRAY}"),
    case("settings", put(".env", "KEY=1\n"), f".env: name: {_STRAY}"),
    case("a certificate", put("acme.pem", "x"), f"acme.pem: name: {_STRAY}"),
    case("a trace of a desktop", put("_assets/.DS_Store"), f"_assets/.DS_Store: name: {_STRAY}"),
    case(
        "a library",
        put("models/fast.so", "x"),
        "models/fast.so: content: is machine code, which the marketplace refuses",
    ),
    case(
        "a program under another name",
        put("_assets/helper", b"\x7fELF\x02\x01\x01\x00"),
        "_assets/helper: content: is machine code, which the marketplace refuses",
    ),
    case(
        "a vendor's key",
        put("models/keys.py", f"\nKEY = '{_KEY}'\n"),
        "models/keys.py: line 2: holds what looks like an OpenAI key",
    ),
    case(
        "a random secret",
        put("models/keys.py", f'api_key = "{_RANDOM}"\n'),
        "models/keys.py: line 1: holds what looks like a secret",
    ),
    case(
        "a private key",
        put("models/keys.txt", f"{_PRIVATE}\n"),
        "models/keys.txt: line 1: holds what looks like a private key",
    ),
    case(
        "an ignore list with an exception",
        put(".difyignore", "*.log\n!keep.log\n"),
        ".difyignore: line 2: takes back an exclusion, which Dify's own packer does not do",
    ),
]

READMES = [
    case("no README", drop("README.md"), "README.md: file: is not in the package"),
    case("an empty README", put("README.md", "\n"), "README.md: text: is empty"),
    case(
        "a README in Chinese",
        edit("README.md", "# Acme\n", "# Acme\n\n安装\n"),
        "README.md: line 3: holds '安', but the marketplace wants it in English",
    ),
    case(
        "a README in Latin-1",
        put("README.md", "Caf\xe9".encode("latin-1")),
        "README.md: encoding: byte 3 is no UTF-8",
    ),
    case(
        "a translation at the root",
        put("README_zh_Hans.md", "x"),
        "README_zh_Hans.md: name: is no name under which a host finds a translation",
    ),
    case(
        "a translation under another name",
        put("readme/README.zh.md", "x"),
        "readme/README.zh.md: name: is no name under which a host finds a translation",
    ),
]


@pytest.mark.parametrize("broken", CONTENTS + READMES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)


ACCEPTED = {
    "a sample of settings": (".env.example", "KEY=\n"),
    "a placeholder": ("models/keys.py", 'api_key = "your-api-key-goes-in-here"\n'),
    "Chinese in a block of code": (
        "README.md",
        "Install, add a key, use. https://code.example/acme\n```\n安装\n```\n",
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_only_looks_like_it_is_accepted(name: str, tmp_path: Path) -> None:
    file, text = ACCEPTED[name]
    assert_said(Case(name, put(file, text), ()), tmp_path)
