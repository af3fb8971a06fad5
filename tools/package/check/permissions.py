"""What the manifest asks of a host: memory, permissions, storage.

Sources: the daemon's `plugin_entities/plugin_declaration.go`, the SDK's
`core/entities/plugin/setup.py`.
"""

from tools.package.check.fields import Field

_MODEL_FLAGS = (
    "enabled",
    "llm",
    "text_embedding",
    "rerank",
    "tts",
    "speech2text",
    "moderation",
)
_OTHER_PERMISSIONS = ("tool", "node", "endpoint", "app")
_STORAGE_BYTES = (1_024, 1_073_741_824)
_MOST_MEMORY = 2**63 - 1


def check_resource(resource: Field) -> None:
    """Check the memory, which a serverless host sets aside, and the permissions."""
    resource.required("memory", "a number of bytes").integer(1, _MOST_MEMORY)
    permission = resource.optional("permission")
    for flag in _MODEL_FLAGS:
        permission.optional("model").optional(flag).flag()
    for kind in _OTHER_PERMISSIONS:
        permission.optional(kind).optional("enabled").flag()
    storage = permission.optional("storage")
    storage.optional("enabled").flag()
    storage.required("size", "a number of bytes, or leave storage out").integer(*_STORAGE_BYTES)
