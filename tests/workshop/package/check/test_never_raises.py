"""Whatever lies in a package, a check ends with problems, each of them one line."""

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.workshop.package.check.good_package import good_files
from tools.package.archive import write_archive
from tools.package.check import verdict_of

_GOOD = good_files()
_ARCHIVE = write_archive(_GOOD)
_YAML = sorted(name for name in _GOOD if name.endswith(".yaml"))
_TOML = ["pyproject.toml", "uv.lock"]

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.sampled_from(["llm", "main", "provider/acme.yaml", "models/llm/*.yaml", "https://[", "\0"]),
)
_values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=6) | _scalars, inner, max_size=3),
    ),
    max_leaves=6,
)


def _check(content: bytes, suffix: str = ".difypkg") -> list[str]:
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(content)
        file.flush()
        verdict = verdict_of(Path(file.name))
    lines = [str(problem) for problem in (*verdict.problems, *verdict.warnings)]
    assert all(len(line.splitlines()) == 1 for line in lines)
    return lines


def _replaced(name: str, content: bytes) -> list[str]:
    return _check(write_archive(_GOOD | {name: content}))


@given(content=st.binary(max_size=400), suffix=st.sampled_from([".difypkg", ".difybndl"]))
def test_random_bytes_are_no_package(content: bytes, suffix: str) -> None:
    assert _check(content, suffix)


@given(
    places=st.lists(st.tuples(st.integers(0, len(_ARCHIVE) - 1), st.integers(0, 255)), max_size=6)
)
def test_a_package_with_changed_bytes_is_read_to_an_end(places: list[tuple[int, int]]) -> None:
    content = bytearray(_ARCHIVE)
    for place, byte in places:
        content[place] = byte
    _check(bytes(content))
    _check(bytes(content), ".difybndl")


@given(cut=st.integers(0, len(_ARCHIVE)))
def test_a_package_cut_anywhere_is_read_to_an_end(cut: int) -> None:
    _check(_ARCHIVE[:cut])


@given(name=st.sampled_from(sorted(_GOOD)), content=st.binary(max_size=80))
def test_any_bytes_in_any_file_are_read_to_an_end(name: str, content: bytes) -> None:
    _replaced(name, content)


@given(
    name=st.sampled_from([*_YAML, *_TOML, "requirements.txt", "models/llm/llm.py"]),
    start=st.integers(0, 4_000),
    length=st.integers(0, 40),
    piece=st.text(max_size=12)
    | st.sampled_from(["&a ", "*a", "!!int ", "<<: ", "? ", "---\n", "{["]),
)
def test_any_piece_of_text_may_stand_anywhere(
    name: str, start: int, length: int, piece: str
) -> None:
    text = _GOOD[name].decode()
    changed = text[:start] + piece + text[start + length :]
    _replaced(name, changed.encode("utf-8", "surrogatepass"))


@given(name=st.sampled_from(_YAML), keys=st.lists(st.integers(0, 50), max_size=6), value=_values)
def test_any_value_may_stand_at_any_key(name: str, keys: list[int], value: object) -> None:
    document = yaml.safe_load(_GOOD[name])
    place = document
    for key in keys:
        choices = list(place) if isinstance(place, dict) else list(range(len(place)))
        chosen = choices[key % len(choices)]
        if not isinstance(place[chosen], dict | list) or not place[chosen] or key == keys[-1]:
            place[chosen] = value
            break
        place = place[chosen]
    _replaced(name, yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "replace"))


@given(names=st.lists(st.text(min_size=1, max_size=20), max_size=4))
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_any_names_may_stand_in_an_archive(names: list[str]) -> None:
    packed = io.BytesIO(_ARCHIVE)
    with zipfile.ZipFile(packed, "a") as archive:
        for name in names:
            archive.writestr(name.encode("utf-8", "replace").decode(), b"x")
    _check(packed.getvalue())


DEEP = {
    "lists in YAML": ("manifest.yaml", "[" * 100_000),
    "mappings in YAML": ("provider/acme.yaml", "{a: " * 100_000),
    "blocks in YAML": ("manifest.yaml", "".join(f"{' ' * n}a:\n" for n in range(900))),
    "merged mappings": (
        "manifest.yaml",
        "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 2_000)),
    ),
    "lists in TOML": ("pyproject.toml", "x = " + "[" * 100_000),
    "tables in TOML": ("uv.lock", "[" + ".".join("a" * 20_000) + "]\n"),
    "brackets in Python": ("main.py", "(" * 100_000),
    "signs in Python": ("main.py", "x = " + "-" * 100_000 + "1\n"),
    "branches in Python": ("main.py", "if x: pass\n" + "elif x: pass\n" * 20_000),
    "attributes in Python": ("provider/acme.py", "class A(a" + ".b" * 50_000 + "): ...\n"),
    "a number of many digits": ("manifest.yaml", "version: " + "9" * 5_000 + "\n"),
    "a number of many hexadecimal digits": (
        "manifest.yaml",
        "version: 0x" + "f" * 50_000 + "\n",
    ),
    "sixty to the power of very much": ("manifest.yaml", "version: " + "1:" * 2_000 + "1.5\n"),
    "wrong tags": ("manifest.yaml", "version: !!int ''\nname: !!timestamp x\nauthor: !!bool x\n"),
    "tags of Python": ("manifest.yaml", "version: !!python/object/apply:os.getcwd []\n"),
    "a set": ("manifest.yaml", "version: !!set {a, b}\nplugins: !!omap [a: 1]\n"),
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_deep_or_odd_is_read_to_an_end(name: str) -> None:
    file, text = DEEP[name]
    _replaced(file, text.encode())


def test_a_comment_of_deep_json_is_no_signature() -> None:
    packed = io.BytesIO(_ARCHIVE)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.comment = b"[" * 60_000
    assert any("is no signature" in line for line in _check(packed.getvalue()))


def test_a_great_many_problems_are_cut_short() -> None:
    features = "".join(f'  - "feature {number}"\n' for number in range(250))
    many = {
        f"models/llm/m{n}.yaml": f'model: "m{n}"\nfeatures:\n{features}'.encode() for n in range(4)
    }
    lines = _check(write_archive(_GOOD | many))
    assert sum("unknown to a host" in line for line in lines) < 500
    assert any("there are more than 500 problems" in line for line in lines)
