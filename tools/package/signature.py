"""The host's signature of a package by an operator's own key.

As in the daemon (signer/withkey/sign_with_key.go, decoder/verifier.go): RSA with PKCS#1 v1.5 and
SHA-256 over the SHA-256 of each entry's content, in the order of the archive, then the time in
decimal. The last entry added says who vouches for the package; the archive's comment holds the
signature. Names of entries are not signed: neither the host nor `verify` sees a file renamed.
"""

import base64
import binascii
import hashlib
import io
import os
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
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

from tools.package.archive import entry, open_archive, read_archive
from tools.package.errors import PackagerFailure

CATEGORIES = ("community", "partner", "langgenius")

_VERIFICATION = ".verification.dify.json"
_KEY_BITS = 4096
_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of a new key pair: the private one signs, hosts are given the public one."""

    private: Path
    public: Path


class Verification(BaseModel):
    """Who vouches for a package: the entry that signing adds."""

    model_config = ConfigDict(frozen=True)

    authorized_category: str


class _Comment(BaseModel):
    """The archive's comment. time: seconds since 1970."""

    model_config = ConfigDict(strict=True)

    signature: str
    time: int


def create_key_pair(name: Path) -> KeyPair:
    """Write `name`.private.pem, for its owner alone, and `name`.public.pem.

    Raises:
        PackagerFailure: one of the files exists, or there is no name.
        OSError: they cannot be written.
    """
    if not name.name:
        raise PackagerFailure("A key pair needs a name; write one, such as `team`.")
    pair = KeyPair(Path(f"{name}.private.pem"), Path(f"{name}.public.pem"))
    if existing := [path for path in (pair.private, pair.public) if path.exists()]:
        raise PackagerFailure(
            f"{str(existing[0])!r} exists, and whoever lost a key must sign anew; name another."
        )
    key = generate_private_key(_EXPONENT, _KEY_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    _write_new(pair.private, private, mode=0o600)
    _write_new(pair.public, public, mode=0o644)
    return pair


def sign(package: bytes, private_key: bytes, category: str, time: int) -> bytes:
    """Return a package with a signature; what was in it stays as it is, byte for byte.

    private_key: PEM; time: of signing, in seconds since 1970.

    Raises:
        PackagerFailure: the package is damaged or signed already, or the key is not such a key.
    """
    files = read_archive(package)
    with open_archive(package) as archive:
        if archive.comment or _VERIFICATION in files:
            raise PackagerFailure("The package is signed already; sign the one that was built.")
    verification = Verification(authorized_category=category).model_dump_json().encode()
    signature = _private_key(private_key).sign(
        _signed_data([*files.values(), verification], time), PKCS1v15(), SHA256()
    )
    comment = _Comment(signature=base64.b64encode(signature).decode(), time=time)
    signed = io.BytesIO(package)
    with zipfile.ZipFile(signed, "a") as archive:
        archive.writestr(entry(_VERIFICATION), verification)
        archive.comment = comment.model_dump_json().encode()
    return signed.getvalue()


def verify(package: bytes, public_key: bytes) -> Verification | None:
    """Return who vouches for a package that this key's owner signed; None if it does not say.

    Raises:
        PackagerFailure: it is unsigned, or not what was signed with the key, then.
    """
    files = read_archive(package)
    with open_archive(package) as archive:
        comment = archive.comment
    if not comment:
        raise PackagerFailure("The package is not signed; sign it first.")
    try:
        stated = _Comment.model_validate_json(comment)
        signature = base64.b64decode(stated.signature, validate=True)
        signed = _signed_data(files.values(), stated.time)
        _public_key(public_key).verify(signature, signed, PKCS1v15(), SHA256())
        stated_by = files.get(_VERIFICATION)
        return None if stated_by is None else Verification.model_validate_json(stated_by)
    except (ValidationError, binascii.Error, InvalidSignature) as error:
        raise PackagerFailure(
            "The signature does not fit: the package was changed, or signed with another key."
        ) from error


def _signed_data(contents: Iterable[bytes], time: int) -> bytes:
    digests = b"".join(hashlib.sha256(content).digest() for content in contents)
    return digests + str(time).encode()


def _private_key(pem: bytes) -> RSAPrivateKey:
    failure = PackagerFailure(
        f"The key is no RSA private key of {_KEY_BITS} bits in PEM (PKCS#1, without a password);"
        " make one with the keys command."
    )
    _ensure_only(pem, b"RSA PRIVATE KEY", failure)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise failure from error
    if not isinstance(key, RSAPrivateKey) or key.key_size != _KEY_BITS:
        raise failure
    return key


def _public_key(pem: bytes) -> RSAPublicKey:
    failure = PackagerFailure(
        "The key is no RSA public key in PEM (PKCS#1); name the .public.pem file of a key pair."
    )
    _ensure_only(pem, b"RSA PUBLIC KEY", failure)
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise failure from error
    if not isinstance(key, RSAPublicKey):
        raise failure
    return key


def _ensure_only(pem: bytes, label: bytes, failure: PackagerFailure) -> None:
    """Raise the failure unless the daemon, too, would read the file: one block of that label."""
    begins, ends = b"-----BEGIN " + label + b"-----", b"-----END " + label + b"-----"
    if not (pem.startswith(begins) and pem.rstrip().endswith(ends) and pem.count(begins) == 1):
        raise failure


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(descriptor, "wb") as file:
        file.write(content)
