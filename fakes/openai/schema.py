"""Validates request bodies against the published schema, closed for unknown top-level arguments."""

import json
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from fakes.openai.json_types import JsonObject

PUBLISHED_SCHEMA = Path(__file__).with_name("openapi.json")
_REFERENCE = "#/components/schemas/"


class PublishedSchema:
    """The published schema, with every validator compiled when it is first needed."""

    def __init__(self, path: Path = PUBLISHED_SCHEMA) -> None:
        document = json.loads(path.read_text(encoding="utf-8"))
        self._schemas: JsonObject = _to_json_schema(document["components"]["schemas"])
        _accept_recorded_requests(self._schemas)
        _limit_as_described(self._schemas)
        _add_what_is_newer(self._schemas)
        update = document["paths"]["/chat/completions/{completion_id}"]["post"]["requestBody"]
        self._schemas["UpdateChatCompletion"] = update["content"]["application/json"]["schema"]
        self._validators: dict[str, Draft202012Validator] = {}

    def violation(self, name: str, value: object) -> ValidationError | None:
        """Return the first violation of schema `name` by `value`, None when there is none."""
        validator = self._validators.get(name)
        if validator is None:
            document = {"$ref": _REFERENCE + name, "components": {"schemas": self._schemas}}
            validator = self._validators[name] = Draft202012Validator(document)
        return None if validator.is_valid(value) else next(validator.iter_errors(value), None)

    def properties(self, name: str, *path: str) -> tuple[str, ...]:
        """Return the properties that schema `name` knows, or the part of it at `path`."""
        return tuple(self._gathered(reduce(getitem, path, self._schemas[name]), "properties"))

    def enumerated(self, name: str, *path: str) -> tuple[str, ...]:
        """Return every string that schema `name` enumerates, or the part of it at `path`."""
        return tuple(self._gathered(reduce(getitem, path, self._schemas[name]), "enum"))

    def _gathered(self, schema: JsonObject, word: str) -> Iterator[str]:
        """Yield what a schema and the parts it is composed of list under `word`."""
        if "$ref" in schema:
            yield from self._gathered(self._schemas[schema["$ref"].removeprefix(_REFERENCE)], word)
        yield from schema.get(word, ())
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
            yield from self._gathered(part, word)


def _to_json_schema(node: Any) -> Any:
    """Translate the OpenAPI 3.0 words that the published 3.1 document still uses.

    `nullable` becomes a type; `oneOf` becomes `anyOf`, because the published unions overlap
    (a plain message is both an easy input message and an item) and the service accepts those.
    """
    if isinstance(node, list):
        return [_to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: _to_json_schema(value) for key, value in node.items() if key != "nullable"}
    if isinstance(schema.get("oneOf"), list):
        schema["anyOf"] = schema.pop("oneOf")
    if node.get("nullable") is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _accept_recorded_requests(schemas: JsonObject) -> None:
    """Loosen the places where the real service accepted what its published schema refuses.

    Each is seen in a recording: responses-tools-parallel (a function without `strict`),
    responses-tool-round-trip (a call sent back with `status: null`), error-400-context-length
    (an assistant message of bare output_text parts got past validation).
    """
    schemas["FunctionTool"]["required"] = ["type", "name"]
    status = schemas["FunctionToolCall"]["properties"]["status"]
    schemas["FunctionToolCall"]["properties"]["status"] = {"anyOf": [status, {"type": "null"}]}
    schemas["OutputTextContent"]["required"] = ["type", "text"]
    output_parts = {"type": "array", "items": {"$ref": _REFERENCE + "OutputMessageContent"}}
    schemas["EasyInputMessage"]["properties"]["content"]["anyOf"].append(output_parts)


def _limit_as_described(schemas: JsonObject) -> None:
    """Add the limits that the document tells in words: of metadata, a list's query, tool names.

    Described at `Metadata`, at the parameters of the paths that list, and at `FunctionObject`; the
    service holds names in history to the same (https://github.com/langgenius/dify/issues/22867) and
    wants ids of calls that are not empty (https://github.com/vercel/ai/issues/7834).
    """
    name = {"pattern": "^[a-zA-Z0-9_-]+$", "maxLength": 64}
    call = schemas["ChatCompletionMessageToolCall"]["properties"]
    called = schemas["FunctionToolCall"]["properties"]
    for named in (schemas["FunctionObject"], schemas["FunctionTool"], call["function"]):
        named["properties"]["name"] |= name
    called["name"] |= name
    for known in (call["id"], called["call_id"]):
        known["minLength"] = 1
    pairs = schemas["Metadata"]["anyOf"][0]
    pairs |= {"maxProperties": 16, "propertyNames": {"maxLength": 64}}
    pairs["additionalProperties"]["maxLength"] = 512
    limit = {"type": "integer", "minimum": 1, "maximum": 100}
    schemas["ListQuery"] = {"properties": {"limit": limit, "order": {"enum": ["asc", "desc"]}}}


def _add_what_is_newer(schemas: JsonObject) -> None:
    """Add what came after the document (openai 3.54, responses/response_create_params.py and
    chat/completion_create_params.py): longer user identifiers, and a second lifetime of cached
    prompts, on Responses alone."""
    properties = schemas["ModelResponseProperties"]["properties"]
    properties["safety_identifier"]["anyOf"][0]["maxLength"] = 128
    lifetime = schemas["PromptCacheTTLEnum"]
    schemas["CreateChatCompletionRequest"]["allOf"].append(
        {"properties": {"prompt_cache_options": {"properties": {"ttl": dict(lifetime)}}}}
    )
    lifetime["enum"] = ["30m", "12h"]
