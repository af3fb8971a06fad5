"""What the check says of a package of ours with one mistake: that, in one line, and no more."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workshop.package.conftest import Files, Packager
from tools.package.archive import checksum, write_archive
from tools.package.check import reader_problems, verdict_of
from tools.package.check.contents import content_problems
from tools.package.check.declarations import declaration_problems
from tools.package.product import PROVIDERS, write_folder

type Break = Callable[[Files], None]

M, P, O3 = "manifest.yaml", "provider/openai.yaml", "models/llm/openai/o3.yaml"
ORDER = "models/llm/openai/_position.yaml"
STRAY = "does not belong into a package."
SECRET = "holds what looks like a secret; take it out, revoke it if it is one."
NO_ICON = "is not in _assets, is empty or Dify's template; draw it."
OWNERS = tuple(
    f"manifest.yaml: {key}: is missing; the owner writes it to publish."
    for key in ("repo", "contact")
)


def edit(file: str, old: str, new: str, count: int = 1) -> Break:
    """Replace the first of `count` places with that text."""

    def change(files: Files) -> None:
        text = files[file].decode()
        assert text.count(old) == count, f"{old!r} is {text.count(old)} times in {file}"
        files[file] = text.replace(old, new, 1).encode()

    return change


def put(file: str, content: bytes = b"x") -> Break:
    return lambda files: files.update({file: content})


def drop(file: str) -> Break:
    return lambda files: files.update({"renamed": files.pop(file)})


def broken(files: Files, *changes: Break) -> Files:
    changed = dict(files)
    for change in changes:
        change(changed)
    return changed


DECLARATIONS: dict[str, tuple[Break, str]] = {
    "author in capitals": (edit(M, "author: app", "author: App"), f"{M}: author: must match"),
    "author is Dify's": (edit(M, "author: app", "author: dify-app"), f"{M}: author: must match"),
    "version of two parts": (
        edit(M, "version: 1.0.0\ntype", "version: '1.0'\ntype"),
        rf"{M}: version: must match \d{{1,4}}(\.\d{{1,4}}){{2}}, as '1.0' does not.",
    ),
    "created on a date": (edit(M, "T00:00:00Z", ""), f"{M}: created_at: must match"),
    "two providers": (
        edit(M, f"- {P}", f"- {P}\n  - {P}"),
        f"{M}: plugins: must be one model provider, which is all that a host shows.",
    ),
    "a tool beside the models": (
        edit(M, "plugins:\n", "plugins:\n  tools: []\n"),
        f"{M}: plugins: must be one model provider, which is all that a host shows.",
    ),
    "unknown tag": (
        edit(M, "privacy:", "tags: [models, other]\nprivacy:"),
        f"{M}: tags: 'models' is unknown to hosts.",
    ),
    "another entry point": (
        edit(M, "entrypoint: main", "entrypoint: start"),
        f"{M}: meta.runner.entrypoint: must be main.",
    ),
    "no privacy text": (drop("PRIVACY.md"), "PRIVACY.md: is not in the package, or empty."),
    "no entry point": (drop("main.py"), "main.py: is not in the package, or empty."),
    "icon that is not there": (
        edit(M, "icon: icon_openai.svg", "icon: logo.svg"),
        f"{M}: icon: 'logo.svg' {NO_ICON}",
    ),
    "empty dark icon": (
        edit(M, "icon_dark: icon_openai_dark.svg", "icon_dark: logo.svg"),
        f"{M}: icon_dark: 'logo.svg' {NO_ICON}",
    ),
    "dark icon of the provider": (
        edit(P, '"icon_openai_large_dark.svg"', '"logo.svg"'),
        f"{P}: icon_large_dark: 'logo.svg' {NO_ICON}",
    ),
    "Dify's template icon": (
        put("_assets/icon_openai_large.svg", b"<!-- DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE -->"),
        f"{P}: icon_large: 'icon_openai_large.svg' {NO_ICON}",
    ),
    "description too long": (
        edit(P, "Models from OpenAI: language, embeddings, moderation, speech.", "x" * 1000),
        f"{P}: description.en_US: must have 1 to 1023 characters, not 1043.",
    ),
    "help that is empty": (
        edit(P, '"Create an API key at OpenAI"', '""'),
        f"{P}: help.title.en_US: must have 1 to 1023 characters, not 0.",
    ),
    "name longer than its column": (
        edit(P, 'provider: "openai"', f'provider: "{"a" * 128}"'),
        f"{P}: provider: must have 1 to 127 characters, not 128.",
    ),
    "required left out": (
        edit(
            P,
            'required: false\n      placeholder:\n        en_US: "Only to check',
            'placeholder:\n        en_US: "Only to check',
        ),
        f"{P}: provider_credential_schema.credential_form_schemas.8.required: is missing;",
    ),
    "33 fields": (
        edit(
            P,
            "    - *openai_organization\n",
            "    - *openai_organization\n" * 14,
        ),
        f"{P}: model_credential_schema.credential_form_schemas: may have 32 elements, not 33.",
    ),
    "key written twice": (
        edit(O3, "model: o3", "model: o3\nmodel: o3"),
        f"{O3}: the key 'model' is written twice.",
    ),
    "unknown template": (
        edit(O3, "use_template: max_tokens", "use_template: most_tokens"),
        f"{O3}: parameter_rules.0.use_template: 'most_tokens' is no template that hosts know.",
    ),
    "order of a model that is not there": (
        edit(ORDER, "- o3\n", "- o4\n"),
        f"{ORDER}: orders ['gpt-6-luna', 'gpt-6.2-sol'",
    ),
    "order without a model": (edit(ORDER, "- o3\n", ""), f"{ORDER}: orders ['gpt-6-luna'"),
    "one model in two files": (
        edit(O3, "model: o3", "model: gpt-5"),
        f"{ORDER}: orders ['gpt-6-luna', 'gpt-6.2-sol'",
    ),
    "order that the SDK does not find": (
        edit(P, "llm/openai/_position.yaml", "llm/generic/_position.yaml"),
        f"{P}: models.llm: names no _position.yaml among the models.",
    ),
    "glob through several folders": (
        edit(P, '"models/llm/openai/*.yaml"', '"models/llm/openai/**/*.yaml"'),
        f"{P}: models.llm",
    ),
}
CONTENTS: dict[str, tuple[Break, str]] = {
    "a cache": (put("models/__pycache__/errors.cpython-312.pyc"), STRAY),
    "an environment": (put(".venv/bin/activate"), STRAY),
    "settings": (put(".env"), STRAY),
    "a key": (put("team.private.pem"), STRAY),
    "a library": (put("models/fast.so"), STRAY),
    "tests": (put("tests/test_models.py"), STRAY),
    # Put together here, so that this file itself holds no such thing.
    "a vendor's key": (put("models/keys.py", b"\nKEY = 'sk-" + b"x" * 24 + b"'\n"), SECRET),
    "a random secret": (
        put("models/keys.py", b'api_key = "' + b"q7Zt2LpX9vRb4NcW8" + b'sKd3"\n'),
        SECRET,
    ),
    "a private key": (put("LICENSE", b"-----BEGIN RSA " + b"PRIVATE KEY-----"), SECRET),
    "a README in Chinese": (put("README.md", "Set up the key 安装".encode()), "must be in English"),
    "an empty README": (put("README.md", b"API key"), "does not tell the set-up."),
    "no upper bound": (
        edit("pyproject.toml", '"httpx2>=2.16,<3"', '"httpx2>=2.16"'),
        "pyproject.toml: httpx2 comes from a URL or has no upper bound.",
    ),
    "a dependency from a URL": (
        edit("pyproject.toml", '"httpx2>=2.16,<3"', '"httpx2 @ git+https://code.invalid/httpx2"'),
        "pyproject.toml: httpx2 comes from a URL or has no upper bound.",
    ),
    "no project": (put("pyproject.toml", b""), "names no dependencies that can be read"),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_a_declaration_is_refused_for_that_reason(name: str, staged: dict[str, Files]) -> None:
    change, words = DECLARATIONS[name]
    found = list(declaration_problems(broken(staged["openai"], change)))
    assert found, name
    assert all(problem.startswith(words) for problem in found), found


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_are_refused_for_that_reason(name: str, staged: dict[str, Files]) -> None:
    change, words = CONTENTS[name]
    (problem,) = content_problems(broken(staged["openai"], change))
    assert words in problem


def test_what_only_looks_like_it_is_accepted(staged: dict[str, Files]) -> None:
    files = broken(
        staged["openai"],
        put("models/keys.py", b'api_key = "your-api-key-goes-in-here"\n'),
        put("README.md", "Set up the key.\n```\n安装\n```\n".encode()),
    )
    assert list(content_problems(files)) == []


def test_the_readers_name_each_model_that_they_refuse(staged: dict[str, Files]) -> None:
    folder = "models/llm/openai"
    files = broken(
        staged["openai"],
        edit(f"{folder}/gpt-5.yaml", "- vision", "- sight"),
        edit(f"{folder}/gpt-5.1.yaml", "context_size:", "context_length:"),
        edit(f"{folder}/o3.yaml", "model: o3", "model: 1.5"),
    )
    problems = reader_problems(files)
    assert [problem.partition(" Input")[0] for problem in problems][:3] == [
        f"{folder}/gpt-5.1.yaml: model_properties.context_length.[key]:",
        f"{folder}/gpt-5.yaml: features.3:",
        f"{folder}/o3.yaml: model:",
    ]


def test_a_type_that_the_sdk_takes_and_dify_does_not_is_refused(staged: dict[str, Files]) -> None:
    types = edit("provider/azure_openai.yaml", '  - "llm"\n', '  - "llm"\n  - "text2img"\n')
    (problem,) = reader_problems(broken(staged["azure_openai"], types))
    assert problem.startswith("The SDK or Dify refuses it: supported_model_types.1:")


CODE: dict[str, tuple[Break, tuple[str, ...]]] = {
    "a module that is missing": (
        drop("models/pricing.py"),
        ("The SDK or Dify refuses it: No module named 'models.pricing'",),
    ),
    "no Python, and a base class imported by name": (
        lambda files: files.update(
            {
                "models/pricing.py": b"def",
                "provider/openai.py": b"from dify_plugin import OAICompatProvider\n"
                b"class A(OAICompatProvider): ...\n",
            }
        ),
        ("A file is no Python 3.12", "The SDK or Dify refuses it: Multiple subclasses of"),
    ),
}


@pytest.mark.parametrize("name", CODE)
def test_the_readers_load_the_code(name: str, staged: dict[str, Files]) -> None:
    change, words = CODE[name]
    problems = reader_problems(broken(staged["openai"], change))
    assert len(problems) == len(words)
    assert all(problem.startswith(said) for problem, said in zip(problems, words, strict=True))


@pytest.fixture
def bundle(packed: tuple[bytes, bytes], tmp_path: Path) -> Path:
    path = tmp_path / "suite.difybndl"
    path.write_bytes(packed[1])
    return path


def test_our_packages_their_bundle_and_their_folders_are_accepted(
    bundle: Path, staged: dict[str, Files]
) -> None:
    names = [f"_assets/{checksum(staged[name])}" for name in PROVIDERS]
    verdict = verdict_of(bundle)
    assert verdict.problems == ()
    assert verdict.warnings == tuple(f"{name}: {text}" for name in names for text in OWNERS)
    folder = bundle.parent / "openai"
    write_folder(folder, staged["openai"])
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").touch()
    verdict = verdict_of(folder)
    assert (verdict.problems, verdict.warnings) == ((), OWNERS)


def test_a_bundle_is_refused_for_what_is_in_it(bundle: Path) -> None:
    no_manifest = write_archive({"README.md": b""})
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("_assets/extra.difypkg", no_manifest)
    assert verdict_of(bundle).problems == (
        "_assets/extra.difypkg: belongs to no package of the bundle.",
    )
    places = {"dependencies": [{"value": {"path": "renamed"}}], "type": "bundle", "icon": "x.svg"}
    files = {"manifest.yaml": json.dumps(places).encode(), "_assets/renamed": no_manifest}
    bundle.write_bytes(write_archive(files))
    assert verdict_of(bundle).problems == (
        "_assets/x.svg: is not in the bundle.",
        "_assets/renamed: is not named by its checksum.",
        "_assets/renamed: manifest.yaml: is not at the root.",
    )


COMMENTS = {
    b"": ".verification.dify.json: belongs to a signature, which the package does not have.",
    b"made by hand": "The comment is no signature; leave it empty or sign the package.",
    b'{"signature": "AAAA"}': "The comment is no signature; leave it empty or sign the package.",
}


def test_the_comment_is_for_a_signature_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.difypkg"
    for comment, words in COMMENTS.items():
        path.write_bytes(write_archive({".verification.dify.json": b"{}"}))
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = comment
        assert verdict_of(path).problems == (words, "manifest.yaml: is not at the root.")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.difypkg"
    path.write_bytes(b"hello")
    assert verdict_of(path).problems == ("The file is no zip; name a .difypkg or .difybndl.",)
    with path.open("wb") as file:
        file.write(write_archive({"a": bytes(52_428_801)}))
    assert "but hosts take 52,428,800" in verdict_of(path).problems[0]


def test_each_file_is_judged_in_lines(
    folder: Path, staged: dict[str, Files], packager: Packager
) -> None:
    broken = {**staged["openai"], "a.pem": b"x"}
    del broken["_assets/icon_openai_dark.svg"]
    (folder / "broken.difypkg").write_bytes(write_archive(broken))
    ended = packager("check", "x.difypkg", "broken.difypkg")
    owner = [
        f"warning: manifest.yaml: {key}: is missing; the owner writes it to publish."
        for key in ("repo", "contact")
    ]
    no_icon = "'icon_openai_dark.svg' is not in _assets, is empty or Dify's template; draw it."
    assert ended.stdout.splitlines() == [
        *(f"x.difypkg: {warning}" for warning in owner),
        "x.difypkg: no problems",
        f"broken.difypkg: manifest.yaml: icon_dark: {no_icon}",
        f"broken.difypkg: provider/openai.yaml: icon_small_dark: {no_icon}",
        "broken.difypkg: a.pem: does not belong into a package.",
        *(f"broken.difypkg: {warning}" for warning in owner),
    ]
    assert (ended.returncode, ended.stderr) == (1, "")
