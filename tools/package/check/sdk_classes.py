"""The classes of the SDK that a plugin extends, and what such a plugin's class must define.

Source: the SDK's `interfaces/model/`. Its loader takes a module's every strict subclass of these,
imported ones too; the OpenAI-compatible classes are such subclasses themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SDK_PACKAGE = "dify_plugin"
PROVIDER_BASE = "ModelProvider"

# The base classes by the type of models that they serve.
MODEL_BASES: Mapping[str, str] = MappingProxyType(
    {
        "llm": "LargeLanguageModel",
        "text-embedding": "TextEmbeddingModel",
        "rerank": "RerankModel",
        "speech2text": "Speech2TextModel",
        "moderation": "ModerationModel",
        "tts": "TTSModel",
    }
)

_INVOKED = frozenset({"_invoke", "validate_credentials", "_invoke_error_mapping"})
_COUNTED = _INVOKED | {"get_num_tokens"}

# What each base class leaves to its subclasses; without it the class cannot be instantiated.
ABSTRACT_METHODS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        PROVIDER_BASE: frozenset({"validate_provider_credentials"}),
        "LargeLanguageModel": _COUNTED,
        "TextEmbeddingModel": _COUNTED,
        "RerankModel": _INVOKED,
        "Speech2TextModel": _INVOKED,
        "ModerationModel": _INVOKED,
        "TTSModel": _INVOKED,
    }
)

_COMPATIBLE = {
    "OAICompatProvider": PROVIDER_BASE,
    "OAICompatLargeLanguageModel": "LargeLanguageModel",
    "OAICompatEmbeddingModel": "TextEmbeddingModel",
    "OAICompatRerankModel": "RerankModel",
    "OAICompatSpeech2TextModel": "Speech2TextModel",
    "OAICompatText2SpeechModel": "TTSModel",
}


@dataclass(frozen=True, slots=True)
class SeenClass:
    """A class as far as it can be known without running it.

    extends: the SDK's base classes among its ancestors; defines: names in its body and in those
    of its ancestors; is_whole: whether all of them are known; sdk_name: of a class of the SDK.
    """

    extends: frozenset[str]
    defines: frozenset[str]
    is_whole: bool = True
    sdk_name: str = ""

    def lineage(self) -> frozenset[str]:
        """Return the SDK's base classes that a class extending this one extends."""
        return self.extends | ({self.sdk_name} & ABSTRACT_METHODS.keys())

    def missing(self) -> frozenset[str]:
        """Return the methods without which this class cannot be instantiated."""
        needed = frozenset[str]().union(*(ABSTRACT_METHODS[base] for base in self.extends))
        return needed - self.defines if self.is_whole else frozenset()


SDK_CLASSES: Mapping[str, SeenClass] = MappingProxyType(
    {name: SeenClass(frozenset(), frozenset(), sdk_name=name) for name in ABSTRACT_METHODS}
    | {
        name: SeenClass(frozenset({base}), ABSTRACT_METHODS[base], sdk_name=name)
        for name, base in _COMPATIBLE.items()
    }
)
