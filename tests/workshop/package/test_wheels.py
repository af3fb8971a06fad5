"""The wheels of an offline package: one per package that the machine needs, the best that fits."""

import pytest

from tools.package.errors import PackagerFailure
from tools.package.wheels import MACHINES, Machine, Wheel, choose_wheels

AMD64, ARM64 = MACHINES
HASH = "ab" * 32


def package(name: str, *wheels: str, version: str = "1.0", more: str = "") -> str:
    """Write one package of a lock, with wheels by what follows its name and version."""
    rows = "".join(
        f'    {{ url = "https://index.invalid/x/{name}-{version}-{tags}.whl",'
        f' hash = "sha256:{HASH}" }},\n'
        for tags in wheels
    )
    return (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
        f'source = {{ registry = "https://index.invalid/simple" }}\n{more}'
        f'sdist = {{ url = "https://index.invalid/x/{name}.tar.gz", hash = "sha256:{HASH}" }}\n'
        f"wheels = [\n{rows}]\n"
    )


def lock(dependencies: str, *packages: str) -> str:
    """Write a lock whose project needs `dependencies`, a TOML array's content."""
    project = '[[package]]\nname = "dify-x"\nversion = "1"\nsource = { virtual = "." }\n'
    project += f"dependencies = [{dependencies}]\n"
    return "\n".join(['version = 1\nrequires-python = "==3.12.*"\n', *packages, project])


def chosen(text: str, machine: Machine = AMD64) -> list[str]:
    return [wheel.filename for wheel in choose_wheels(text, machine)]


BEST = {
    "the only one": (["py3-none-any"], "py3-none-any"),
    "compiled before pure": (
        ["py3-none-any", "cp312-cp312-manylinux_2_17_x86_64"],
        "cp312-cp312-manylinux_2_17_x86_64",
    ),
    "this Python's before abi3": (
        ["cp38-abi3-manylinux_2_28_x86_64", "cp312-cp312-manylinux_2_17_x86_64"],
        "cp312-cp312-manylinux_2_17_x86_64",
    ),
    "the newest glibc that still is common": (
        [
            "cp312-cp312-manylinux_2_34_x86_64",
            "cp312-cp312-manylinux_2_28_x86_64",
            "cp312-cp312-manylinux2014_x86_64",
        ],
        "cp312-cp312-manylinux_2_28_x86_64",
    ),
    "an old name": (["cp311-abi3-manylinux2014_x86_64"], "cp311-abi3-manylinux2014_x86_64"),
    "several tags in one": (
        ["cp312-cp312-manylinux1_x86_64.manylinux_2_5_x86_64", "py3-none-any"],
        "cp312-cp312-manylinux1_x86_64.manylinux_2_5_x86_64",
    ),
    "never another system's, Python's or machine's": (
        [
            "cp312-cp312-musllinux_1_2_x86_64",
            "cp312-cp312-win_amd64",
            "cp312-cp312-macosx_11_0_x86_64",
            "cp312-cp312-manylinux_2_17_aarch64",
            "cp313-cp313-manylinux_2_17_x86_64",
            "cp312-cp312t-manylinux_2_17_x86_64",
            "cp315-abi3.abi3t-manylinux_2_17_x86_64",
            "py2.py3-none-any",
        ],
        "py2.py3-none-any",
    ),
}


@pytest.mark.parametrize(("wheels", "best"), BEST.values(), ids=BEST.keys())
def test_the_best_wheel_is_chosen(wheels: list[str], best: str) -> None:
    for order in (wheels, wheels[::-1]):
        assert chosen(lock('{ name = "a" }', package("a", *order))) == [f"a-1.0-{best}.whl"]


def test_each_machine_gets_its_own() -> None:
    tags = ("cp312-cp312-manylinux_2_17_x86_64", "cp312-cp312-manylinux_2_17_aarch64")
    text = lock('{ name = "a" }', package("a", *tags))
    assert chosen(text, AMD64) == [f"a-1.0-{tags[0]}.whl"]
    assert chosen(text, ARM64) == [f"a-1.0-{tags[1]}.whl"]


def test_a_wheel_is_told_as_the_lock_tells_it() -> None:
    text = lock('{ name = "a-b" }', package("a-b", "py3-none-any")).replace("a-b-1.0", "a_b-1.0")
    url = "https://index.invalid/x/a_b-1.0-py3-none-any.whl"
    assert choose_wheels(text, AMD64) == [Wheel("a-b", "1.0", url, HASH)]


def test_a_name_is_read_out_of_its_address() -> None:
    plain = package("a", "py3-none-any", version="1.0+x")
    text = lock('{ name = "a" }', plain.replace("a-1.0+x-py3", "a-1.0%2Bx-py3"))
    assert chosen(text) == ["a-1.0+x-py3-none-any.whl"]


def needs(*dependencies: str) -> str:
    return f"dependencies = [{', '.join(dependencies)}]\n"


def test_what_a_dependency_needs_comes_along_once() -> None:
    text = lock(
        '{ name = "a" }, { name = "b" }',
        package("a", "py3-none-any", more=needs('{ name = "c" }')),
        package("b", "py3-none-any", more=needs('{ name = "c" }', '{ name = "a" }')),
        package("c", "py3-none-any", more=needs('{ name = "a" }')),
        package("unneeded", "py3-none-any"),
    )
    assert chosen(text) == [f"{name}-1.0-py3-none-any.whl" for name in "abc"]


MARKERS = {
    "sys_platform == 'win32'": (False, False),
    "platform_python_implementation == 'CPython'": (True, True),
    "platform_machine == 'aarch64'": (False, True),
    "platform_machine == 'x86_64' and os_name == 'posix'": (True, False),
    "implementation_name == 'pypy' or platform_system == 'Darwin'": (False, False),
    "python_full_version < '3.13'": (True, True),
}


@pytest.mark.parametrize(("marker", "needed"), MARKERS.items(), ids=MARKERS.keys())
def test_only_what_the_machine_needs_is_carried(marker: str, needed: tuple[bool, bool]) -> None:
    dependency = f'{{ name = "b", marker = "{marker}" }}'
    text = lock(
        '{ name = "a" }',
        package("a", "py3-none-any", more=needs(dependency)),
        package("b", "py3-none-any"),
    )
    carried = tuple("b-1.0-py3-none-any.whl" in chosen(text, machine) for machine in MACHINES)
    assert carried == needed


def test_an_extra_brings_what_it_needs_also_when_the_package_is_there_without() -> None:
    more = '[package.optional-dependencies]\ncrypto = [{ name = "d" }]\nother = [{ name = "e" }]\n'
    jwt = package("jwt", "py3-none-any") + more
    text = lock(
        '{ name = "jwt", extra = ["crypto"] }, { name = "jwt" }',
        jwt,
        package("d", "py3-none-any"),
        package("e", "py3-none-any"),
    )
    assert chosen(text) == ["d-1.0-py3-none-any.whl", "jwt-1.0-py3-none-any.whl"]


def test_of_two_versions_the_one_for_the_machine_is_carried() -> None:
    def only_on(machine: Machine) -> str:
        return f"resolution-markers = [\"platform_machine == '{machine.platform}'\"]\n"

    text = lock(
        '{ name = "a" }',
        package("a", "py3-none-any", version="1.0", more=only_on(ARM64)),
        package("a", "py3-none-any", version="2.0", more=only_on(AMD64)),
    )
    assert chosen(text, AMD64) == ["a-2.0-py3-none-any.whl"]
    assert chosen(text, ARM64) == ["a-1.0-py3-none-any.whl"]
    by_version = text.replace('{ name = "a" }', '{ name = "a", version = "2.0" }')
    assert chosen(by_version, AMD64) == ["a-2.0-py3-none-any.whl"]


REFUSED = {
    "no wheel at all": (lock('{ name = "a" }', package("a")), "a 1.0 has no wheel for Linux on"),
    "no wheel that fits": (
        lock('{ name = "a" }', package("a", "cp312-cp312-win_amd64", "odd")),
        "a 1.0 has no wheel",
    ),
    "a package that is absent": (lock('{ name = "gone" }'), "needs gone on amd64, but lacks it"),
    "no project": (package("a", "py3-none-any"), "names no project"),
    "no TOML": ("[", "not written as this packager reads it"),
    "no lock": ("version = 1", "not written as this packager reads it"),
    "an odd hash": (
        lock('{ name = "a" }', package("a", "py3-none-any")).replace("sha256:ab", "md5:ab"),
        "not written as this packager reads it",
    ),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_carried_is_refused(text: str, words: str) -> None:
    with pytest.raises(PackagerFailure) as raised:
        choose_wheels(text, AMD64)
    assert words in str(raised.value)
