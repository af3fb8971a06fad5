"""Privacy, repository and contact: what the marketplace asks for beyond what a host needs.

The privacy text is within the packager's power, so it is a rule. A repository and a contact can
only be given by the owner, so their absence is a warning.
"""

import re
from urllib.parse import urlsplit

from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.values import shown

_CHARACTERS = 2_048
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_owner(package: Package, manifest: Field) -> None:
    """Check what says who answers for the plugin and what it does with data."""
    _check_privacy(package, manifest.required("privacy", "PRIVACY.md (the marketplace reads it)"))
    repository = manifest.optional("repo")
    address = repository.text(_CHARACTERS)
    if address is not None and not _is_address(address):
        repository.problem(f"{shown(address)} is no URL", "write https://… or leave the key out")
    elif not repository.present:
        repository.warning("is missing", "the owner writes the repository's URL to publish")
    contact = manifest.optional("contact")
    if not contact.present:
        contact.warning("is missing", "the owner writes an e-mail address to publish")
    elif not isinstance(contact.value, str) or not _MAIL.fullmatch(contact.value):
        contact.warning("is no e-mail address", "the owner writes one to publish")


def _check_privacy(package: Package, privacy: Field) -> None:
    name = privacy.text(_CHARACTERS)
    if name is None:
        return
    text = package.files.get(name.removeprefix("./"))
    if text is None:
        rule = f"{shown(name)} is not in the package, where the marketplace looks for it"
        privacy.problem(rule, "add the file or write its path")
    elif not text.strip():
        privacy.problem(f"{shown(name)} is empty", "say what the plugin does with data")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
