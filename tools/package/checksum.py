"""The host's checksum of a package, and the identifier under which it knows the package.

The rule is that of the daemon (pkg/plugin_packager/decoder/checksum.go): how the files are packed,
their order and their times do not matter.
"""

import hashlib
from collections.abc import Mapping

import yaml
from pydantic import BaseModel, ValidationError

from tools.package.errors import PackagerFailure


class _Identity(BaseModel):
    author: str
    name: str
    version: str


def checksum(files: Mapping[str, bytes]) -> str:
    """Return the checksum of a package's files, in hex.

    For each file, in the order of the bytes of its path: SHA-256 of the path, SHA-256 of the
    content; then SHA-256 of all of it.
    """
    digests = hashlib.sha256()
    for path in sorted(files, key=str.encode):
        digests.update(hashlib.sha256(path.encode()).digest())
        digests.update(hashlib.sha256(files[path]).digest())
    return digests.hexdigest()


def unique_identifier(files: Mapping[str, bytes]) -> str:
    """Return `author/name:version@checksum` of a package's files.

    Raises:
        PackagerFailure: there is no manifest that names the three.
    """
    try:
        manifest = _Identity.model_validate(yaml.safe_load(files["manifest.yaml"]))
    except (KeyError, yaml.YAMLError, ValidationError) as error:
        raise PackagerFailure(
            "The package has no manifest.yaml with `author`, `name` and `version` as texts."
        ) from error
    return f"{manifest.author}/{manifest.name}:{manifest.version}@{checksum(files)}"
