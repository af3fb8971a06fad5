"""Signatures are the host's, checked here against its rule, and hold what was signed."""

import base64
import hashlib
import io
import json
import stat
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)

from tests.workshop.package.conftest import KeyPair
from tools.package.archive import read_archive, write_archive
from tools.package.errors import PackagerFailure
from tools.package.signature import create_key_pair, sign, verify

type KeyPairs = tuple[KeyPair, KeyPair]

ENTRY = ".verification.dify.json"
FILES = {"manifest.yaml": b"name: x\n", "a/b.py": b"pass\n", "empty": b""}
NOW = 1_790_000_000


@pytest.fixture(scope="session")
def signed(key_pairs: KeyPairs) -> bytes:
    return sign(write_archive(FILES), key_pairs[0][0].read_bytes(), "community", NOW)


def comment_of(package: bytes) -> dict[str, str | int]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        comment = json.loads(archive.comment)
    assert isinstance(comment, dict)
    return comment


def with_comment(package: bytes, comment: bytes) -> bytes:
    data = io.BytesIO(package)
    with zipfile.ZipFile(data, "a") as archive:
        archive.comment = comment
    return data.getvalue()


def test_it_is_the_signature_of_the_hosts_rule(signed: bytes, key_pairs: KeyPairs) -> None:
    comment = comment_of(signed)
    assert comment["time"] == NOW
    with zipfile.ZipFile(io.BytesIO(signed)) as archive:
        names = archive.namelist()
        assert names == ["a/b.py", "empty", "manifest.yaml", ENTRY]
        data = b"".join(hashlib.sha256(archive.read(name)).digest() for name in names)
        assert json.loads(archive.read(ENTRY)) == {"authorized_category": "community"}
    key = load_pem_public_key(key_pairs[0][1].read_bytes())
    assert isinstance(key, RSAPublicKey)
    signature = base64.b64decode(str(comment["signature"]))
    assert len(signature) == 512
    key.verify(signature, data + b"1790000000", PKCS1v15(), SHA256())


def test_the_same_package_key_and_time_give_the_same_bytes(
    signed: bytes, key_pairs: KeyPairs
) -> None:
    private = key_pairs[0][0].read_bytes()
    assert sign(write_archive(FILES), private, "community", NOW) == signed


@pytest.mark.parametrize("category", ["langgenius", "partner", "community"])
def test_whoever_has_the_public_key_learns_who_vouches(category: str, key_pairs: KeyPairs) -> None:
    private, public = key_pairs[0][0].read_bytes(), key_pairs[0][1].read_bytes()
    assert verify(sign(write_archive(FILES), private, category, NOW), public) == category


def test_what_was_packed_stays_as_it_is(signed: bytes) -> None:
    files = read_archive(signed).files
    del files[ENTRY]
    assert files == FILES
    package = write_archive(FILES)
    directory = package.index(b"PK\x01\x02")
    assert signed[:directory] == package[:directory]


def test_a_package_of_difys_own_tool_is_signed_too(key_pairs: KeyPairs) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as writer:
        for name in ("z", "a"):
            writer.writestr(name, name * 1000)
    private, public = key_pairs[0][0].read_bytes(), key_pairs[0][1].read_bytes()
    package = sign(data.getvalue(), private, "partner", NOW)
    assert list(read_archive(package).files) == ["z", "a", ENTRY]
    assert verify(package, public) is not None


def test_a_signature_without_the_entry_is_valid_as_it_is_for_a_host(key_pairs: KeyPairs) -> None:
    # The daemon still takes packages that were signed before the entry was thought of.
    whole = sign(write_archive({}), key_pairs[0][0].read_bytes(), "community", NOW)
    only_entry = read_archive(whole).files[ENTRY]
    renamed = with_comment(
        write_archive({"README.md": only_entry}), json.dumps(comment_of(whole)).encode()
    )
    assert verify(renamed, key_pairs[0][1].read_bytes()) is None


# What is written over the files and over the comment; None takes something away.
type Change = tuple[dict[str, bytes | None], dict[str, str | int | None]]
CHANGES: dict[str, Change] = {
    "a file's content": ({"a/b.py": b"pass \n"}, {}),
    "the category": ({ENTRY: b'{"authorized_category":"langgenius"}'}, {}),
    "a file added": ({"zz": b""}, {}),
    "a file removed": ({"empty": None}, {}),
    "the time": ({}, {"time": NOW + 1}),
    "the time as a text": ({}, {"time": str(NOW)}),
    "no time": ({}, {"time": None}),
    "the signature": ({}, {"signature": base64.b64encode(bytes(512)).decode()}),
    "no base64": ({}, {"signature": "*"}),
}


def altered(signed: bytes, change: Change) -> bytes:
    """Pack a signed package anew after a change."""
    files = {**read_archive(signed).files, **change[0]}
    comment = {**comment_of(signed), **change[1]}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as writer:
        for path in sorted(files, key=lambda path: (path == ENTRY, path)):
            if (content := files[path]) is not None:
                writer.writestr(path, content)
        stated = {key: value for key, value in comment.items() if value is not None}
        writer.comment = json.dumps(stated).encode()
    return data.getvalue()


def test_the_same_contents_packed_anew_are_still_signed(signed: bytes, key_pairs: KeyPairs) -> None:
    assert verify(altered(signed, ({}, {})), key_pairs[0][1].read_bytes()) is not None


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_is_refused(change: Change, signed: bytes, key_pairs: KeyPairs) -> None:
    with pytest.raises(PackagerFailure, match="The signature does not fit"):
        verify(altered(signed, change), key_pairs[0][1].read_bytes())


def test_another_key_is_refused(signed: bytes, key_pairs: KeyPairs) -> None:
    with pytest.raises(PackagerFailure, match="signed with another key"):
        verify(signed, key_pairs[1][1].read_bytes())


def test_a_package_without_a_signature_is_refused(key_pairs: KeyPairs) -> None:
    with pytest.raises(PackagerFailure, match="is not signed"):
        verify(write_archive(FILES), key_pairs[0][1].read_bytes())


def test_a_comment_of_another_kind_is_no_signature(key_pairs: KeyPairs) -> None:
    package = with_comment(write_archive(FILES), b"hello")
    with pytest.raises(PackagerFailure, match="does not fit"):
        verify(package, key_pairs[0][1].read_bytes())


def test_what_is_signed_is_not_signed_again(signed: bytes, key_pairs: KeyPairs) -> None:
    private = key_pairs[0][0].read_bytes()
    for package in (signed, with_comment(signed, b""), write_archive({ENTRY: b"{}"})):
        with pytest.raises(PackagerFailure, match="is signed already"):
            sign(package, private, "community", NOW)


def private_pem(bits: int, form: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> bytes:
    return generate_private_key(65537, bits).private_bytes(Encoding.PEM, form, NoEncryption())


def test_a_key_that_is_not_as_a_host_needs_it_is_refused(key_pairs: KeyPairs) -> None:
    good = key_pairs[0][0].read_bytes()
    for key in (
        private_pem(2048),
        private_pem(2048, PrivateFormat.PKCS8),
        key_pairs[0][1].read_bytes(),
        good + good,
        good.replace(b"A", b"B"),
        b"",
    ):
        with pytest.raises(PackagerFailure, match="no RSA PRIVATE KEY of 4096 bits"):
            sign(write_archive(FILES), key, "community", NOW)


def test_a_public_key_that_a_host_cannot_load_is_refused(
    signed: bytes, key_pairs: KeyPairs
) -> None:
    pem = key_pairs[0][1].read_bytes()
    other_form = load_pem_public_key(pem).public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    for key in (other_form, key_pairs[0][0].read_bytes(), pem + b"more", pem[:200], b""):
        with pytest.raises(PackagerFailure, match="no RSA PUBLIC KEY of 4096 bits"):
            verify(signed, key)


def test_the_private_key_is_for_its_owner_alone(key_pairs: KeyPairs) -> None:
    private, public = key_pairs[0][0], key_pairs[0][1]
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert private.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert public.read_text().startswith("-----BEGIN RSA PUBLIC KEY-----\n")
    assert (private.name, public.name) == ("first.private.pem", "first.public.pem")


@pytest.mark.parametrize("kept", ["private", "public"])
def test_a_key_is_never_overwritten(kept: str, key_pairs: KeyPairs) -> None:
    folder = key_pairs[0][0].parent
    existing = folder / f"{kept}-only.{kept}.pem"
    existing.write_text("precious")
    with pytest.raises(PackagerFailure, match=f"{kept}-only.{kept}.pem' exists"):
        create_key_pair(folder / f"{kept}-only")
    assert existing.read_text() == "precious"
    assert len(list(folder.glob(f"{kept}-only*"))) == 1
