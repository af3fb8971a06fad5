"""The rules of the house that no linter knows."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
import yaml
from dify_plugin import LargeLanguageModel, ModelProvider

ROOT = Path(__file__).parents[2]
PLUGIN = sorted([*ROOT.glob("models/**/*.py"), *ROOT.glob("provider/*.py"), ROOT / "main.py"])
SOURCES = sorted(
    [
        *PLUGIN,
        *ROOT.glob("integrations/**/*.py"),
        *ROOT.glob("tools/**/*.py"),
        *ROOT.glob("fakes/**/*.py"),
        *ROOT.glob("tests/**/*.py"),
    ]
)
PROVIDERS = ("openai", "azure_openai")
MOST_LINES = 250
# AI GO! takes the text of one file, which can import nothing of its own.
ONE_FILE_BY_CONTRACT = ROOT / "integrations/aigo/run_inference.py"
MODEL_NAMES = ("gpt-", "gpt4", "o1", "o3", "o4", "chatgpt", "chat-latest")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def strings_in(path: Path) -> list[str]:
    """Return the string constants of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_short_enough_to_be_read_at_once(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if "tests" not in path.parts and path != ONE_FILE_BY_CONTRACT:
        assert len(lines) <= MOST_LINES
    assert ast.get_docstring(ast.parse("\n".join(lines))), "says in its docstring what it is for"


@pytest.mark.parametrize("path", PLUGIN, ids=name_of)
def test_only_one_file_writes_metadata_and_store(path: Path) -> None:
    if path.name == "_metadata.py":
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    written = [
        node.slice.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Store | ast.Del)
        and isinstance(node.slice, ast.Constant)
    ]
    keys = [
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert not {"metadata", "store"} & {*written, *keys}


@pytest.mark.parametrize("path", PLUGIN, ids=name_of)
def test_only_one_file_compares_model_names(path: Path) -> None:
    allowed = {"families.py", "openai.py"}  # the second names the model that checks a key
    if path.name in allowed:
        return
    assert not [text for text in strings_in(path) if text.startswith(MODEL_NAMES)]


@pytest.mark.parametrize("path", PLUGIN, ids=name_of)
def test_nothing_but_an_endpoint_asks_which_provider_it_is(path: Path) -> None:
    if name_of(path).startswith(("models/endpoints/", "provider/")):
        return
    compared = [
        operand.value
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for operand in (node.left, *node.comparators)
        if isinstance(operand, ast.Constant)
    ]
    assert not set(PROVIDERS) & set(compared)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_sdk_finds_exactly_one_class_in_each_source(provider: str) -> None:
    declaration = yaml.safe_load((ROOT / "provider" / f"{provider}.yaml").read_text("utf-8"))
    python = declaration["extra"]["python"]
    sources: list[tuple[str, type]] = [(python["provider_source"], ModelProvider)]
    sources += [(source, LargeLanguageModel) for source in python["model_sources"]]
    for source, parent in sources:
        module_name = source.removesuffix(".py").replace("/", ".")
        module = importlib.import_module(module_name)
        found = [
            value
            for value in vars(module).values()
            if inspect.isclass(value) and issubclass(value, parent) and value is not parent
        ]
        assert len(found) == 1
        assert found[0].__module__ == module_name
        assert not inspect.isabstract(found[0])
