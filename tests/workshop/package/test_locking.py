"""A lock says the same whatever an index tells besides addresses and hashes."""

import tomllib

from tools.package.locking import locked_packages, portable

LOCK = b"""\
version = 1
requires-python = "==3.12.*"

DATE[[package]]
name = "a"
version = "1"
source = { registry = "https://index.invalid/simple" }
sdist = { url = "https://index.invalid/a.tar.gz", hash = "sha256:ab"MORE }
wheels = [
    { url = "https://index.invalid/a.whl", hash = "sha256:cd"MORE },
]

[[package]]
name = "dify-x"
version = "1"
source = { virtual = "." }
"""
TOLD = (
    b', size = 12, upload-time = "2026-09-17T14:11:03.168Z"',
    b', upload-time = "2026-09-17T14:11:03Z"',
    b", size = 4096",
    b"",
)


DATES = (b"", b'[options]\nexclude-newer = "2026-11-18T00:00:00Z"\n\n')


def written(told: bytes, date: bytes) -> bytes:
    return LOCK.replace(b"MORE", told).replace(b"DATE", date)


def test_sizes_and_times_are_left_out_and_nothing_else() -> None:
    bare = written(b"", b"")
    assert {portable(written(told, date)) for told in TOLD for date in DATES} == {bare}
    assert tomllib.loads(bare.decode())["package"][0]["wheels"] == [
        {"url": "https://index.invalid/a.whl", "hash": "sha256:cd"}
    ]


def test_the_project_itself_is_no_package_of_its_lock() -> None:
    assert locked_packages(written(b"", DATES[1])) == 1
