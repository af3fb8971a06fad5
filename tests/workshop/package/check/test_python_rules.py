"""Python sources with which a plugin dies at its start or runs the wrong class."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Case,
    assert_said,
    both,
    case,
    drop,
    edit,
    name_of,
    put,
    said_of,
)
from tests.workshop.package.check.good_package import good_files

_PROVIDER = "provider/acme.py"
_LLM = "models/llm/llm.py"
_EMBEDDING = "models/text_embedding/text_embedding.py"
_YAML = "provider/acme.yaml"
_SOURCES = f"{_YAML}: extra.python.model_sources"
_NO_LLM = f"{_SOURCES}: have no class for llm, which supported_model_types promises"

CASES = [
    case(
        "syntax of another language",
        put("models/extra.py", "x := 1\n"),
        "models/extra.py: line 1: does not compile: invalid syntax",
    ),
    case(
        "return outside a function",
        put("models/extra.py", "\nreturn 1\n"),
        "models/extra.py: line 2: does not compile: 'return' outside function",
    ),
    case(
        "no provider class",
        edit(_PROVIDER, "(base.AcmeProvider)", ""),
        f"{_PROVIDER}: classes: has no class that extends ModelProvider",
    ),
    case(
        "a provider that cannot be made",
        edit(
            "models/base.py",
            "    def validate_provider_credentials(self, credentials): ...\n",
            "    x = 1\n",
        ),
        f"{_PROVIDER}: classes: Provider lacks validate_provider_credentials, so the SDK cannot"
        " make one",
    ),
    case(
        "a model that cannot be made",
        edit(_EMBEDDING, "    def get_num_tokens(self, *args): ...\n", "    count = None\n"),
        f"{_EMBEDDING}: classes: Embedding lacks get_num_tokens, so the SDK cannot make one",
    ),
    case(
        "base of the provider imported by name",
        put(
            _PROVIDER,
            "from models.base import AcmeProvider\n\n\nclass Provider(AcmeProvider):\n    pass\n",
        ),
        f"{_PROVIDER}: classes: has AcmeProvider and Provider, of which the SDK takes only one",
    ),
    case(
        "two names for the provider",
        edit(_PROVIDER, "    pass\n", "    pass\n\n\nAcme = Provider\n"),
        f"{_PROVIDER}: classes: has Acme and Provider, of which the SDK takes only one",
    ),
    case(
        "a provider of the SDK imported by name",
        put(
            _PROVIDER,
            "from dify_plugin import OAICompatProvider\n\n\n"
            "class Provider(OAICompatProvider):\n    pass\n",
        ),
        f"{_PROVIDER}: classes: has OAICompatProvider and Provider, of which the SDK takes only"
        " one",
    ),
    case(
        "base of the model imported by name",
        put(_LLM, "from ..base import AcmeModel\n\n\nclass Llm(AcmeModel):\n    pass\n"),
        f"{_LLM}: classes: has Llm beside AcmeModel in {_LLM}: the SDK keeps the last"
        " LargeLanguageModel",
    ),
    case(
        "one type in two sources",
        edit(
            _EMBEDDING,
            "\n\nclass",
            "\nfrom models.base import *\n\n\nclass",
        ),
        f"{_EMBEDDING}: classes: has AcmeModel beside Llm in {_LLM}: the SDK keeps the last"
        " LargeLanguageModel",
    ),
    case(
        "a source without a class",
        put(_LLM, "from models import base\n\nLlm = base\n"),
        f"{_LLM}: classes: has no class that extends one of the SDK's model classes",
        _NO_LLM,
    ),
    case(
        "a class that only a type checker sees",
        put(
            _LLM,
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
            "    from models.base import AcmeModel\n",
        ),
        f"{_LLM}: classes: has no class that extends one of the SDK's model classes",
        _NO_LLM,
    ),
    case(
        "a source that is not there",
        edit(_YAML, f"{_LLM}", "models/llm/chat.py"),
        f"{_SOURCES}[0]: names 'models/llm/chat.py', which is not in the package",
    ),
    case(
        "a source too near the root",
        both(
            edit(_YAML, _LLM, "models/chat.py"),
            put("models/chat.py", "from models import base\n\n\nclass Chat(base.AcmeModel): ...\n"),
        ),
        f"{_SOURCES}: models/chat.py lies less than two folders deep, which breaks the SDK's error"
        " texts",
    ),
    case(
        "a module that was left out",
        edit("main.py", "import dify_plugin\n", "import dify_plugin\nimport models.errors\n"),
        "main.py: line 2: imports models.errors, which is not in the package",
    ),
    case(
        "a relative module that was left out",
        put("models/extra.py", "def late() -> None:\n    from .llm.errors import text\n"),
        "models/extra.py: line 2: imports .llm.errors, which is not in the package",
    ),
    case(
        "a name that a folder does not hold",
        put("models/extra.py", "from models.llm import llm, chat\n"),
        "models/extra.py: line 1: imports models.llm.chat, which is not in the package",
    ),
    case(
        "a relative import above the root",
        put("models/extra.py", "from ...models import base\n"),
        "models/extra.py: line 1: imports ...models, which is not in the package",
    ),
    case(
        "a folder called like a library",
        put("httpx2/client.py", "x = 1\n"),
        "httpx2: name: hides the installed module httpx2, as the package's root is searched first",
    ),
    case(
        "a file called like a standard module",
        put("logging.py", "x = 1\n"),
        "logging.py: name: hides the installed module logging, as the package's root is searched"
        " first",
    ),
    case(
        "the base left out",
        both(drop("models/base.py"), put("models/__init__.py")),
        f"{_PROVIDER}: classes: has no class that extends ModelProvider",
        f"{_LLM}: classes: has no class that extends one of the SDK's model classes",
        _NO_LLM,
    ),
]

# What is written otherwise, but gives the SDK one class all the same.
ACCEPTED = {
    "the SDK's module": (
        _PROVIDER,
        "import dify_plugin\n\n\nclass Provider(dify_plugin.ModelProvider):\n"
        "    def validate_provider_credentials(self, credentials): ...\n",
    ),
    "a deleted name": (
        _PROVIDER,
        "from models.base import AcmeProvider as A\n\n\nclass Provider(A): ...\n\n\ndel A\n",
    ),
    "a dotted import": (
        _LLM,
        "import models.base\n\n\nclass Llm(models.base.AcmeModel): ...\n",
    ),
    "a class in a branch": (
        _LLM,
        "from .. import base\n\ntry:\n    class Llm(base.AcmeModel): ...\n"
        "except ImportError:\n    raise\n",
    ),
    "an import that may fail": (
        "main.py",
        "try:\n    import models.speedups\nexcept ImportError:\n    pass\n",
    ),
}


@pytest.mark.parametrize("broken", CASES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)


@pytest.mark.parametrize("name", ACCEPTED)
def test_other_ways_to_one_class_are_accepted(name: str, tmp_path: Path) -> None:
    file, text = ACCEPTED[name]
    assert said_of({**good_files(), file: text.encode()}, tmp_path) == []


def test_modules_that_import_each_other_are_read_to_an_end(tmp_path: Path) -> None:
    circle = {
        "models/one.py": b"from models import two\nfrom models.two import Two\n",
        "models/two.py": b"from models import one\nclass Two: ...\n",
    }
    chain = {f"models/m{n}.py": f"from models.m{n + 1} import *\n".encode() for n in range(1_000)}
    end = {"models/m1000.py": b""}
    start = {_LLM: b"from models import base, one, m0\nclass Llm(base.AcmeModel): ...\n"}
    assert said_of(good_files() | circle | chain | end | start, tmp_path) == []
