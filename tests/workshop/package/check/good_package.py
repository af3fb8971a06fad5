"""A small package that every host takes, as texts: what the tests break in one place each."""

from typing import Final

from tests.workshop.package.check.good_declarations import (
    EMBEDDING,
    LARGE,
    MANIFEST,
    PROVIDER,
    SMALL,
)

_BASE: Final = """\
from dify_plugin import LargeLanguageModel, ModelProvider


class AcmeProvider(ModelProvider):
    def validate_provider_credentials(self, credentials): ...


class AcmeModel(LargeLanguageModel):
    _invoke_error_mapping = {}

    def _invoke(self, *args): ...

    def get_num_tokens(self, *args): ...

    def validate_credentials(self, model, credentials): ...
"""

_PROVIDER_SOURCE: Final = """\
from models import base


class Provider(base.AcmeProvider):
    pass
"""

_LLM_SOURCE: Final = """\
from models import base


class Llm(base.AcmeModel):
    pass
"""

_EMBEDDING_SOURCE: Final = """\
from dify_plugin.interfaces.model.text_embedding_model import TextEmbeddingModel


class Embedding(TextEmbeddingModel):
    _invoke_error_mapping = {}

    def _invoke(self, *args): ...

    def get_num_tokens(self, *args): ...

    def validate_credentials(self, model, credentials): ...
"""

_PYPROJECT: Final = """\
[project]
name = "acme-models"
version = "1.2.3"
requires-python = ">=3.12,<3.13"
dependencies = ["dify_plugin>=0.10.2,<0.11", "httpx2>=2.16,<3"]

[tool.uv]
package = false
"""

_LOCK: Final = """\
version = 1
requires-python = "==3.12.*"

[[package]]
name = "acme-models"
version = "1.2.3"
source = { virtual = "." }
dependencies = [
    { name = "dify-plugin" },
    { name = "httpx2" },
]

[package.metadata]
requires-dist = [
    { name = "dify-plugin", specifier = ">=0.10.2,<0.11" },
    { name = "httpx2", specifier = ">=2.16,<3" },
]

[[package]]
name = "dify-plugin"
version = "0.10.2"
source = { registry = "https://index.example/simple" }

[[package]]
name = "httpx2"
version = "2.16.0"
source = { registry = "https://index.example/simple" }
"""

_README: Final = """\
# Acme

Install it, add your API key, use the models. Source: https://code.example/acme/acme
"""

_ICON: Final = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>\n'

_TEXTS: Final = {
    "manifest.yaml": MANIFEST,
    "main.py": "import dify_plugin\n\nprint(dify_plugin)\n",
    "provider/acme.yaml": PROVIDER,
    "provider/acme.py": _PROVIDER_SOURCE,
    "models/base.py": _BASE,
    "models/llm/llm.py": _LLM_SOURCE,
    "models/llm/large.yaml": LARGE,
    "models/llm/small.yaml": SMALL,
    "models/llm/_position.yaml": '- "acme-large"\n- "acme-small"\n',
    "models/text_embedding/text_embedding.py": _EMBEDDING_SOURCE,
    "models/text_embedding/embedding.yaml": EMBEDDING,
    "_assets/icon.svg": _ICON,
    "_assets/icon_dark.svg": _ICON,
    "pyproject.toml": _PYPROJECT,
    "uv.lock": _LOCK,
    "requirements.txt": "dify-plugin==0.10.2\nhttpx2==2.16.0\n",
    "README.md": _README,
    "readme/README_zh_Hans.md": "# Acme 模型\n",
    "PRIVACY.md": "Nothing is kept.\n",
}


def good_files() -> dict[str, bytes]:
    """Return the files of a package with which nothing is wrong."""
    return {name: text.encode() for name, text in _TEXTS.items()}
