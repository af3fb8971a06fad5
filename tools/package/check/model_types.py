"""The six kinds of models that the daemon, the SDK and Dify all know.

The daemon also takes text2img and the multimodal kinds, the SDK text2img; Dify's list of providers
breaks on them. Sources: the daemon's `plugin_entities/model_declaration.go`, the SDK's
`entities/model/schema.py`, graphon's `entities/model_entities.py`.
"""

from collections.abc import Mapping
from types import MappingProxyType

# By the key under `models` in a provider's YAML: the name of the type everywhere else.
MODEL_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "llm": "llm",
        "text_embedding": "text-embedding",
        "rerank": "rerank",
        "speech2text": "speech2text",
        "moderation": "moderation",
        "tts": "tts",
    }
)
