"""Locks say the same wherever they are made; an offline package looks nowhere but in itself."""

import tomllib

from packaging.markers import Marker

from tests.workshop.package.conftest import Files
from tools.package.dependencies import (
    MACHINES,
    offline_project,
    offline_requirements,
    portable,
)

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


def test_the_project_looks_nowhere_but_in_the_package(staged: dict[str, Files]) -> None:
    before = staged["openai"]["pyproject.toml"]
    for machine in MACHINES:
        document = tomllib.loads(offline_project(before, machine).decode())
        assert document["project"] == tomllib.loads(before.decode())["project"]
        settings = document["tool"]["uv"]
        (marker,) = settings.pop("environments")
        assert settings == {"package": False, "no-index": True, "find-links": ["./wheels"]}
        linux = {"sys_platform": "linux", "implementation_name": "cpython"}
        holds = [
            Marker(marker).evaluate({**linux, "platform_machine": other.platform})
            for other in MACHINES
        ]
        assert holds == [other is machine for other in MACHINES]


def test_the_requirements_look_nowhere_but_in_the_package() -> None:
    wheels = ["wheels/b_c-2-cp312-cp312-manylinux_2_17_x86_64.whl", "wheels/a-1.0-py3-none-any.whl"]
    assert offline_requirements(wheels).decode() == (
        "--no-index\n--find-links ./wheels\na==1.0\nb-c==2\n"
    )
