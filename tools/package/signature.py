"""The host's signature of a package by an operator's own key.

As in the daemon (dify-plugin-daemon: pkg/plugin_packager/signer and decoder/verifier.go): RSA with
PKCS#1 v1.5 and SHA-256 over the SHA-256 of each entry's content, in the order of the archive, then
the time in decimal. The last entry added says who vouches for the package; the archive's comment
holds the signature. Names of entries are not signed: neither the host nor `verify` sees a file
renamed.
"""

import base64
import binascii
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import BaseModel, ConfigDict, ValidationError

from tools.package.archive import Archive, entry, read_archive
from tools.package.errors import PackagerFailure

CATEGORIES = ("community", "partner", "langgenius")

_VERIFICATION = ".verification.dify.json"
_KEY_BITS = 4096
_EXPONENT = 65537


class _Comment(BaseModel):
    """The archive's comment. time: seconds since 1970."""

    model_config = ConfigDict(strict=True)

    signature: str
    time: int


def create_key_pair(name: Path) -> tuple[Path, Path]:
    """Write `name`.private.pem, for its owner alone, and `name`.public.pem, for hosts.

    Raises:
        PackagerFailure: one of the files exists, or there is no name.
        OSError: they cannot be written.
    """
    if not name.name:
        raise PackagerFailure("A key pair needs a name; write one, such as `team`.")
    private, public = Path(f"{name}.private.pem"), Path(f"{name}.public.pem")
    if existing := [path for path in (private, public) if path.exists()]:
        raise PackagerFailure(
            f"{str(existing[0])!r} exists, and whoever lost a key must sign anew; name another."
        )
    key = generate_private_key(_EXPONENT, _KEY_BITS)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with open(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1))
    return private, public


def sign(package: bytes, private_key: bytes, category: str, time: int) -> bytes:
    """Return a package with a signature; what was in it stays as it is, byte for byte.

    private_key: PEM; time: of signing, in seconds since 1970.

    Raises:
        PackagerFailure: the package is damaged or signed already, or the key is not such a key.
    """
    archive = read_archive(package)
    if archive.comment or _VERIFICATION in archive.files:
        raise PackagerFailure("The package is signed already; sign the one that was built.")
    verification = json.dumps({"authorized_category": category}, separators=(",", ":")).encode()
    signed = _signed_data([*archive.files.values(), verification], time)
    load = partial(load_pem_private_key, password=None)
    key = _key(private_key, RSAPrivateKey, "RSA PRIVATE KEY", load)  # type: ignore[type-abstract]
    signature = key.sign(signed, PKCS1v15(), SHA256())
    comment = _Comment(signature=base64.b64encode(signature).decode(), time=time)
    data = io.BytesIO(package)
    with zipfile.ZipFile(data, "a") as writer:
        writer.writestr(entry(_VERIFICATION), verification)
        writer.comment = comment.model_dump_json().encode()
    return data.getvalue()


def verify(package: bytes, public_key: bytes) -> str | None:
    """Return as whose a package is shown that this key's owner signed; None if it does not say.

    Raises:
        PackagerFailure: it is unsigned, or not what was signed with the key, then.
    """
    archive = read_archive(package)
    if not archive.comment:
        raise PackagerFailure("The package is not signed; sign it first.")
    load = load_pem_public_key
    key = _key(public_key, RSAPublicKey, "RSA PUBLIC KEY", load)  # type: ignore[type-abstract]
    try:
        stated = _Comment.model_validate_json(archive.comment)
        signature = base64.b64decode(stated.signature, validate=True)
        key.verify(
            signature, _signed_data(archive.files.values(), stated.time), PKCS1v15(), SHA256()
        )
    except (ValidationError, binascii.Error, InvalidSignature) as error:
        raise PackagerFailure(
            "The signature does not fit: the package was changed, or signed with another key."
        ) from error
    if _VERIFICATION not in archive.files:
        return None  # as the daemon allows for packages signed before the entry was thought of
    return str(json.loads(archive.files[_VERIFICATION])["authorized_category"])


def comment_problem(archive: Archive) -> Iterator[str]:
    """Yield why a host cannot read an archive's comment, which is for a signature alone.

    Whether the signature is genuine is what `verify` says.
    """
    try:
        if archive.comment:
            _Comment.model_validate_json(archive.comment)
        elif _VERIFICATION in archive.files:
            yield f"{_VERIFICATION}: belongs to a signature, which the package does not have."
    except ValidationError:
        yield "The comment is no signature; leave it empty or sign the package."


def _signed_data(contents: Iterable[bytes], time: int) -> bytes:
    digests = b"".join(hashlib.sha256(content).digest() for content in contents)
    return digests + str(time).encode()


def _key[K: (RSAPrivateKey, RSAPublicKey)](
    pem: bytes, kind: type[K], label: str, load: Callable[[bytes], object]
) -> K:
    """Read a key's file: one block of that label, as the daemon reads it."""
    begins, ends = f"-----BEGIN {label}-----".encode(), f"-----END {label}-----".encode()
    try:
        if pem.startswith(begins) and pem.rstrip().endswith(ends) and pem.count(begins) == 1:
            key = load(pem)
            if isinstance(key, kind) and key.key_size == _KEY_BITS:
                return key
    except (ValueError, TypeError):
        pass  # said below
    raise PackagerFailure(
        f"The key is no {label} of {_KEY_BITS} bits in PEM (PKCS#1, without a password); make a"
        " pair with the keys command."
    )
