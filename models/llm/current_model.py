"""The model that a check asks where it has to ask one and nobody has named any."""

from functools import cache
from pathlib import Path

import yaml

_POSITION = Path(__file__).parent / "openai" / "_position.yaml"


@cache
def current_model() -> str:
    """Return the first of OpenAI's models in the order in which Dify shows them."""
    return str(yaml.safe_load(_POSITION.read_text(encoding="utf-8"))[0])
