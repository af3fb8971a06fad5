"""The Marketplace's list: what belongs into a package, README, dependencies, secrets.

Source: langgenius/dify-plugins, pre-check workflow and package validation. A host unpacks stray
files without a word, and starts with a stray `.env` in force.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping

from packaging.requirements import Requirement

# All that our packages hold: no caches, environments, keys, archives, binaries.
_BELONGS = re.compile(
    r"(models|provider)/[\w./-]+\.(py|yaml)|_assets/[\w-]+\.(svg|wav)|wheels/[^/]+\.whl|main\.py"
    r"|manifest\.yaml|pyproject\.toml|uv\.lock|requirements\.txt|(README|PRIVACY|CHANGELOG)\.md"
    r"|LICENSE|\.difyignore|\.verification\.dify\.json"
)
_SECRETS = re.compile(
    rb"\bsk-[\w-]{20}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}"
    rb"|\bxox[abprs]-[A-Za-z0-9-]{10}|\bAIza[\w-]{35}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
    rb"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
_ASSIGNMENT = re.compile(
    rb"(?i)(?:api_?key|secret|token|passwd|password)[\"']?\s*[:=]\s*[\"']([\w+/=-]{20,200})[\"']"
)
_RANDOM_BITS = 4.0  # of entropy per character; words stay below, random letters and digits above
# Chinese, Japanese and Korean letters and punctuation.
_NOT_ENGLISH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_FENCED = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
_EXPECTED = {"set-up": r"install|set.?up|configur", "credentials": r"key|credential"}
_BOUNDS = {"==", "~=", "<", "<="}


def content_problems(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield what the Marketplace refuses in the files of a package."""
    for name, content in files.items():
        if not _BELONGS.fullmatch(name):
            yield f"{name}: does not belong into a package."
        if not name.endswith(".whl") and _holds_a_secret(content):
            yield f"{name}: holds what looks like a secret; take it out, revoke it if it is one."
    yield from _readme_problems(files.get("README.md", b"").decode(errors="replace"))
    yield from _dependency_problems(files.get("pyproject.toml", b"").decode())


def owner_warnings(manifest: bytes) -> Iterator[str]:
    """Yield what only the owner can fill in to publish."""
    for key in ("repo", "contact"):
        if not re.search(rf"^{key}:".encode(), manifest, re.M):
            yield f"manifest.yaml: {key}: is missing; the owner writes it to publish."


def _holds_a_secret(content: bytes) -> bool:
    values = (found[1] for found in _ASSIGNMENT.finditer(content))
    return bool(_SECRETS.search(content)) or any(_entropy(it) >= _RANDOM_BITS for it in values)


def _entropy(value: bytes) -> float:
    """Return Shannon's entropy of a value in bits per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)


def _readme_problems(text: str) -> Iterator[str]:
    if found := _NOT_ENGLISH.search(_FENCED.sub("", text)):
        yield f"README.md: holds {found[0]!r}, but must be in English outside of code."
    for what, words in _EXPECTED.items():
        if not re.search(words, text, re.I):
            yield f"README.md: is not there, or does not tell the {what}."


def _dependency_problems(pyproject: str) -> Iterator[str]:
    try:
        required = tomllib.loads(pyproject)["project"]["dependencies"]
        requirements = [Requirement(text) for text in required]
    except (KeyError, ValueError) as error:
        yield f"pyproject.toml: names no dependencies that can be read: {error}."
        return
    for requirement in requirements:
        bounds = {specifier.operator for specifier in requirement.specifier}
        if requirement.url or bounds.isdisjoint(_BOUNDS):
            yield f"pyproject.toml: {requirement.name} comes from a URL or has no upper bound."
