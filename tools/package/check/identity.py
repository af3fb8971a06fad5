"""Author, name and version: what the unique identifier `author/name:version@checksum` is made of.

Sources: the daemon's `plugin_entities/identity.go` (the identifier), `plugin_declaration.go`
(author and name), `manifest_entities/version.go`; its identifier columns hold 255 characters. The
SDK and Dify parse versions with `packaging`.
"""

import re

from packaging.version import InvalidVersion, Version

from tools.package.check.fields import Field
from tools.package.check.limits import IDENTIFIER_CHARACTERS
from tools.package.check.values import shown

_AUTHOR_CHARACTERS = 64
_NAME_CHARACTERS = 128
_CHECKSUM_CHARACTERS = 64
_VERSION_CHARACTERS = 64
_NAME_PATTERN = r"[a-z0-9_-]+"
_VERSION_PATTERN = r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?"
_VERSION_LIKE = "three numbers such as 1.0.0"
# What Go's uuid.Parse takes and an author may hold: with hyphens or without.
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
_RESERVED = ("langgenius", "dify")


def check_identity(manifest: Field) -> None:
    """Check who the package says it is, and that its identifier fits into the daemon's tables."""
    author = _check_author(manifest.required("author", "your name in lower case"))
    name = manifest.required("name", "the plugin's name in lower case")
    name_text = name.text(_NAME_CHARACTERS, _NAME_PATTERN, "lower-case letters, digits, _ and -")
    version = check_version(manifest.required("version", _VERSION_LIKE))
    if author is None or name_text is None or version is None:
        return
    length = len(f"{author}/{name_text}:{version}@") + _CHECKSUM_CHARACTERS
    if length > IDENTIFIER_CHARACTERS:
        rule = f"the unique identifier has {length} characters, {IDENTIFIER_CHARACTERS} are kept"
        name.problem(rule, "shorten the author, the name or the version")


def check_version(version: Field) -> str | None:
    """Return a version that the daemon's pattern and PEP 440 both take."""
    text = version.text(_VERSION_CHARACTERS, _VERSION_PATTERN, _VERSION_LIKE)
    return None if text is None or parse_version(version, text) is None else text


def parse_version(version: Field, text: str) -> Version | None:
    """Parse `text` as the SDK and Dify do, and note it if it is no version by PEP 440."""
    try:
        return Version(text)
    except InvalidVersion:
        version.problem(f"{shown(text)} is no version by PEP 440", f"write {_VERSION_LIKE}")
        return None


def _check_author(author: Field) -> str | None:
    text = author.text(_AUTHOR_CHARACTERS, _NAME_PATTERN, "lower-case letters, digits, _ and -")
    if text is None:
        return None
    if _UUID.fullmatch(text):
        author.problem("is a UUID, which marks a plugin under debugging", "write a name")
    for word in _RESERVED:
        if word in text:
            rule = f"contains {word!r}, which is kept for Dify's own packages"
            author.problem(rule, "write your own name")
    return text
