"""The checksum follows the host's rule, computed here a second time from the rule's words."""

import hashlib
import random
import zipfile
from pathlib import Path

import pytest

from tools.package.archive import read_archive, write_archive
from tools.package.checksum import checksum, unique_identifier
from tools.package.errors import PackagerFailure
from tools.package.staging import write_folder

PATHS = ["a", "a/b", "a.b", "a-b", "B", "_", "é", "二/三", "\U0001f600", "~", "z" * 200]


def checksum_of_folder(folder: Path) -> str:
    """Compute it as the daemon would of an unpacked package, sharing nothing with ours."""
    hashes: dict[bytes, bytes] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            path = str(file.relative_to(folder)).encode()
            hashes[path] = hashlib.sha256(file.read_bytes()).digest()
    everything = b""
    for path in sorted(hashes):
        everything += hashlib.sha256(path).digest() + hashes[path]
    return hashlib.sha256(everything).hexdigest()


def test_it_is_that_of_the_rule(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - the same trees every time
    for number in range(20):
        names = chance.sample(PATHS[1:], chance.randint(1, 9))
        names = [name for name in names if not any(other.startswith(f"{name}/") for other in names)]
        files = {name: chance.randbytes(chance.randint(0, 99)) for name in names}
        folder = tmp_path / str(number)
        write_folder(folder, files)
        assert checksum(files) == checksum_of_folder(folder)


def test_it_is_what_the_daemons_own_code_computes() -> None:
    # The number is what CalculateChecksum of the daemon (bdb5642) returned for a zip of these.
    files = {path: path.encode() for path in PATHS}
    assert checksum(files) == "f076542603823af2fd67bfcbabf4ce4ba7b646f30edc6165b7af7de17e014b8a"


def test_it_is_written_in_hex() -> None:
    assert checksum({}) == hashlib.sha256(b"").hexdigest()
    path, content = hashlib.sha256(b"a").digest(), hashlib.sha256(b"x").digest()
    assert checksum({"a": b"x"}) == hashlib.sha256(path + content).hexdigest()


def test_order_and_packing_do_not_matter(tmp_path: Path) -> None:
    files = {path: path.encode() for path in PATHS}
    expected = checksum(files)
    assert checksum(dict(reversed(files.items()))) == expected
    assert checksum(read_archive(write_archive(files))) == expected
    with zipfile.ZipFile(tmp_path / "x", "w", zipfile.ZIP_DEFLATED) as writer:
        for path in PATHS:
            writer.writestr(path, path)
    assert checksum(read_archive((tmp_path / "x").read_bytes())) == expected


def test_names_and_contents_matter() -> None:
    assert len({checksum(files) for files in ({"a": b""}, {"b": b""}, {"a": b"b"}, {})}) == 4


def test_a_package_is_known_by_author_name_version_and_checksum(
    staged: dict[str, dict[str, bytes]],
) -> None:
    files = staged["openai"]
    assert unique_identifier(files) == f"app-attribution/openai:1.0.0@{checksum(files)}"


@pytest.mark.parametrize(
    "manifest", [b"", b"name: x", b"a: [", b"author: a\nname: b\nversion: 1.0"]
)
def test_a_package_without_an_identity_is_refused(manifest: bytes) -> None:
    with pytest.raises(PackagerFailure, match=r"no manifest\.yaml with"):
        unique_identifier({"manifest.yaml": manifest})
