"""The rules of the house that no linter knows."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from dify_plugin import ModelProvider
from dify_plugin.interfaces.model.ai_model import AIModel

ROOT = Path(__file__).parents[2]
PLUGIN = sorted([*ROOT.glob("models/**/*.py"), *ROOT.glob("provider/*.py"), ROOT / "main.py"])
WORKSHOP = ("integrations", "tools", "fakes", "tests")
SOURCES = [*PLUGIN, *(path for folder in WORKSHOP for path in ROOT.glob(f"{folder}/**/*.py"))]
PROVIDERS = ("openai", "azure_openai")
MOST_LINES = 250
MODEL_NAMES = ("gpt-", "gpt4", "o1", "o3", "o4", "chatgpt", "chat-latest")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def strings_in(path: Path) -> list[str]:
    """Return the string constants of a module that are no docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def keys_written_in(path: Path) -> set[object]:
    """Return the constants under which a module sets or deletes, and the keys of its displays."""
    keys = set[object]()
    for node in ast.walk(tree_of(path)):
        match node:
            case ast.Subscript(ctx=ast.Store() | ast.Del(), slice=ast.Constant(value=value)):
                keys.add(value)
            case ast.Dict(keys=displayed):
                keys |= {key.value for key in displayed if isinstance(key, ast.Constant)}
    return keys


def constants_compared_in(path: Path) -> set[object]:
    """Return the constants that a module compares with anything."""
    return {
        operand.value
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Compare)
        for operand in (node.left, *node.comparators)
        if isinstance(operand, ast.Constant)
    }


def test_every_file_of_the_plugin_is_short_enough_to_be_read_at_once() -> None:
    lengths = {name_of(path): len(text_of(path).splitlines()) for path in PLUGIN}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_every_file_says_in_its_docstring_what_it_is_for() -> None:
    silent = [name_of(path) for path in SOURCES if not re.match(r'r?"""\S', text_of(path))]
    assert silent == []


def test_only_one_file_writes_metadata_and_store() -> None:
    others = [path for path in PLUGIN if path.name != "_metadata.py"]
    found = {name_of(path): {"metadata", "store"} & keys_written_in(path) for path in others}
    assert {name: keys for name, keys in found.items() if keys} == {}


def test_an_error_carries_no_other() -> None:
    chained = [
        f"{name_of(path)}:{node.lineno}"
        for path in PLUGIN
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Raise)
        and node.cause is not None
        and not (isinstance(node.cause, ast.Constant) and node.cause.value is None)
    ]
    assert chained == []


def test_an_error_raised_over_another_hides_it() -> None:
    # Python keeps the other as its context, which the SDK prints.
    shown = [
        f"{name_of(path)}:{node.lineno}"
        for path in PLUGIN
        for handler in ast.walk(tree_of(path))
        if isinstance(handler, ast.ExceptHandler)
        for node in ast.walk(handler)
        if isinstance(node, ast.Raise) and node.exc is not None and node.cause is None
    ]
    assert shown == []


def test_model_names_are_data() -> None:
    # Only how names are built is code.
    allowed = {"models/catalogue/names.py"}
    found = {
        name_of(path): [text for text in strings_in(path) if text.startswith(MODEL_NAMES)]
        for path in PLUGIN
        if name_of(path) not in allowed
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_nothing_but_an_endpoint_asks_which_provider_it_is() -> None:
    asking = [name_of(path) for path in PLUGIN if set(PROVIDERS) & constants_compared_in(path)]
    # Each service has a table of models.
    allowed = ("models/service/", "provider/", "models/catalogue/names.py")
    assert [name for name in asking if not name.startswith(allowed)] == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_sdk_finds_exactly_one_class_in_each_source(provider: str) -> None:
    declaration = yaml.safe_load((ROOT / "provider" / f"{provider}.yaml").read_text("utf-8"))
    python = declaration["extra"]["python"]
    sources: list[tuple[str, type]] = [(python["provider_source"], ModelProvider)]
    sources += [(source, AIModel) for source in python["model_sources"]]
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
