"""What a package needs is found by following imports, or it is not made."""

import pytest

from tests.workshop.package.conftest import SmallTree
from tools.package.errors import PackagerFailure
from tools.package.imports import imported_modules, with_imported_files

FOUND = {
    "a module": ("import models.one", {"models/__init__.py", "models/one.py"}),
    "a module from its package": (
        "from models import one",
        {"models/__init__.py", "models/one.py"},
    ),
    "a name of a module": ("from models.one import ONE", {"models/__init__.py", "models/one.py"}),
    "a name of a package": ("from models import NAME", {"models/__init__.py"}),
    "a package": ("import models", {"models/__init__.py"}),
    "everything of a package": ("from models import *", {"models/__init__.py"}),
    "a module of a folder without __init__": (
        "from plain import thing",
        {"plain/thing.py"},
    ),
    "a relative import, and what it needs in turn": (
        "import models.deep.relative",
        {
            "models/__init__.py",
            "models/deep/__init__.py",
            "models/deep/relative.py",
            "models/deep/beside.py",
            "models/one.py",
        },
    ),
    "an import within a function": (
        "def later():\n    if True:\n        import models.one",
        {"models/__init__.py", "models/one.py"},
    ),
    "what nobody has here": ("import json, yaml\nfrom azure.identity import aio", set()),
}
TREE = {
    "models/__init__.py": "NAME = 1\n",
    "models/one.py": "ONE = 1\n",
    "models/unused.py": "import models.one\n",
    "models/deep/__init__.py": "",
    "models/deep/beside.py": "from .. import one\n",
    "models/deep/relative.py": "from . import beside\nfrom .beside import one\n",
    "models/yaml_only/model.yaml": "",
    "plain/thing.py": "",
    "tools/__init__.py": "",
    "tools/thing.py": "",
}
REFUSED = {
    "a module that is absent": ("import models.two", "'models.two', which the tree lacks"),
    "a module of an absent package": ("from models.no import x", "'models.no'"),
    "a name that its package does not have": ("from models import two", "'models.two'"),
    "a name of a folder without code": ("from models.yaml_only import x", "'models.yaml_only.x'"),
    "the tools": ("import tools.thing", "'tools.thing', which no package holds"),
    "an import from above": ("from .. import x", "from above the tree"),
    "a computed import": ("import importlib\nimportlib.import_module('models')", "import_module()"),
    "another computed import": ("__import__('models')", "__import__()"),
    "no Python": ("def", "'main.py' is no Python"),
}


@pytest.mark.parametrize(("source", "expected"), FOUND.values(), ids=FOUND.keys())
def test_imports_are_followed_to_their_files(
    source: str, expected: set[str], small_tree: SmallTree
) -> None:
    root = small_tree.write({**TREE, "main.py": source})
    assert set(with_imported_files(root, ["main.py"])) == {"main.py", *expected}


@pytest.mark.parametrize(("source", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_followed_is_refused(source: str, words: str, small_tree: SmallTree) -> None:
    root = small_tree.write({**TREE, "main.py": source})
    with pytest.raises(PackagerFailure) as raised:
        with_imported_files(root, ["main.py"])
    assert words in str(raised.value)
    assert "main.py" in str(raised.value)


def test_a_source_brings_the_packages_that_it_lies_in(small_tree: SmallTree) -> None:
    root = small_tree.write(TREE)
    assert set(with_imported_files(root, ["models/deep/__init__.py"])) == {
        "models/__init__.py",
        "models/deep/__init__.py",
    }


def test_a_source_that_is_absent_is_refused(small_tree: SmallTree) -> None:
    with pytest.raises(PackagerFailure, match=r"'main\.py' is to be packed"):
        with_imported_files(small_tree.root, ["main.py"])


def test_names_that_might_be_modules_count_as_imported() -> None:
    files = {
        "main.py": b"import yaml, a.b\nfrom azure.identity import aio\n",
        "models/x.py": b"from . import y\n",
        "data.yaml": b"import nothing",
    }
    assert imported_modules(files) == {
        "yaml",
        "a.b",
        "azure.identity",
        "azure.identity.aio",
        "models",
        "models.y",
    }
