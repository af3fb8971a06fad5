"""Tools whose schemas the services refuse: mended where they do, and nowhere else."""

import pytest

from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire, four_routes, objects_in

CITY: Json = {"type": "string", "description": "A city", "default": None}


def taking(**properties: Json) -> Json:
    return {"type": "object", "properties": dict(properties), "required": ["city"]}


# What an app has, and what the service gets; each is refused as it is.
MENDED: dict[str, tuple[Json, Json]] = {
    # langgenius/dify#32894
    "array-without-items": (
        taking(city=CITY, tags={"type": "array", "minItems": 1}),
        taking(city=CITY, tags={"type": "array", "minItems": 1, "items": {}}),
    ),
    # heypinchy/pinchy#380
    "array-in-array": (
        taking(rows={"type": "array", "items": {"type": "array", "description": "A tuple"}}),
        taking(
            rows={
                "type": "array",
                "items": {"type": "array", "description": "A tuple", "items": {}},
            }
        ),
    ),
    # campfirein/byterover-cli#42
    "array-among-types": (
        taking(text={"type": ["string", "array"]}),
        taking(text={"type": ["string", "array"], "items": {}}),
    ),
    # PrefectHQ/fastmcp#2464
    "tuple-of-pydantic": (
        taking(
            at={
                "anyOf": [
                    {"type": "array", "prefixItems": [CITY, CITY], "maxItems": 2},
                    {"type": "null"},
                ],
                "default": None,
            }
        ),
        taking(
            at={
                "anyOf": [
                    {"type": "array", "prefixItems": [CITY, CITY], "maxItems": 2, "items": {}},
                    {"type": "null"},
                ],
                "default": None,
            }
        ),
    ),
    # NousResearch/hermes-agent#20976
    "tuple-of-draft-7": (
        taking(at={"type": "array", "items": [{"type": "array"}, CITY]}),
        taking(
            at={
                "type": "array",
                "prefixItems": [{"type": "array", "items": {}}, CITY],
                "items": {},
            }
        ),
    ),
    "array-in-definitions": (
        {**taking(city={"$ref": "#/$defs/x"}), "$defs": {"x": {"type": "array", "items": None}}},
        {**taking(city={"$ref": "#/$defs/x"}), "$defs": {"x": {"type": "array", "items": {}}}},
    ),
    # FoundationAgents/OpenManus#1162
    "properties-as-empty-list": (
        {"type": "object", "properties": [], "required": []},
        {"type": "object", "properties": {}, "required": []},
    ),
    # karakeep-app/karakeep#1831, coaidev/coai#110
    "nulls": (
        {"type": None, "properties": None, "required": None, "description": None},
        {"type": "object", "properties": {}},
    ),
    "nested-properties-as-empty-list": (
        taking(city=CITY, more={"type": "object", "properties": [], "additionalProperties": []}),
        taking(city=CITY, more={"type": "object", "properties": {}, "additionalProperties": {}}),
    ),
    # smallmain/vscode-unify-chat-provider#162
    "property-that-is-no-schema": (
        {"type": "object", "properties": {"type": "object", "city": CITY}},
        {"type": "object", "properties": {"type": {}, "city": CITY}},
    ),
    # langchain-ai/langchainjs#9804
    "alternatives-at-the-root": (
        {**taking(city=CITY), "oneOf": [{"required": ["city"]}, {"required": ["zip"]}]},
        taking(city=CITY),
    ),
    "alternatives-with-their-own-properties": (
        {
            "anyOf": [
                {
                    "properties": {"kind": {"const": "a"}, "x": CITY},
                    "required": ["kind", "x"],
                },
                {"$ref": "#/$defs/other"},
            ],
            "$defs": {"other": {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"kind": {"anyOf": [{"const": "a"}, {"const": "b"}]}, "x": CITY},
            "required": ["kind"],
            "$defs": {"other": {"properties": {"kind": {"const": "b"}}, "required": ["kind"]}},
            "additionalProperties": False,
        },
    ),
    "all-of-at-the-root": (
        {"allOf": [taking(city=CITY), {"required": ["x"]}], "not": {}, "enum": [1]},
        {"type": "object", "properties": {"city": CITY}, "required": ["city", "x"]},
    ),
    # alibaba/spring-ai-alibaba#4576
    "another-type-at-the-root": ({"type": "string"}, {"type": "object", "properties": {}}),
    # ComposioHQ/composio#1829
    "no-type-at-the-root": (
        {"properties": {"city": CITY}},
        {"type": "object", "properties": {"city": CITY}},
    ),
    # CherryHQ/cherry-studio#4188
    "required-as-in-draft-3": (
        {"type": "object", "properties": {"city": {**CITY, "required": True}}},
        {"type": "object", "properties": {"city": CITY}, "required": ["city"]},
    ),
    # microsoft/semantic-kernel#5545
    "type-that-there-is-not": (
        taking(city={"type": "Boolean", "description": "x"}, some={"type": ["any", "null"]}),
        taking(city={"description": "x"}, some={"type": ["null"]}),
    ),
    # BerriAI/litellm#40485, anomalyco/opencode#32073
    "patterns": (
        taking(
            city={"type": "string", "pattern": r"^\p{L}+$"},
            code={"type": "string", "pattern": "^(?!x)a"},
            kept={"type": "string", "pattern": "^[a-z]+$"},
        ),
        taking(
            city={"type": "string"},
            code={"type": "string"},
            kept={"type": "string", "pattern": "^[a-z]+$"},
        ),
    ),
    "bounds-of-draft-4": (
        taking(city={"type": "number", "minimum": 1, "exclusiveMinimum": True}),
        taking(city={"type": "number", "exclusiveMinimum": 1}),
    ),
}

# What looks odd and is taken: it leaves as it came.
TAKEN: dict[str, Json] = {
    "keywords-as-names": taking(items={"type": "string"}, required={"type": "integer"}),
    "values": taking(
        city={"enum": [None, [], {"type": "array"}], "default": {"type": "array"}, "x-note": [None]}
    ),
    "nested-alternatives": taking(
        city={"oneOf": [{"type": "object"}, {"type": "object", "not": {"required": ["a"]}}]}
    ),
    "open-objects": {
        **taking(city={"type": "object", "additionalProperties": True}),
        "additionalProperties": {},
        "$schema": "http://json-schema.org/draft-07/schema#",
    },
}


def tool(name: str, parameters: Json) -> Json:
    return {"name": name, "description": "", "parameters": parameters}


@four_routes
def test_tool_schemas_are_mended_where_the_service_refuses_them(wire: Wire, route: str) -> None:
    sent = {name: given for name, (given, _) in MENDED.items()} | TAKEN
    expected = {name: mended for name, (_, mended) in MENDED.items()} | TAKEN
    options = LLMOptions(tools=[tool(name, schema) for name, schema in sent.items()])
    assert wire.ask(wire.target(route), options).text
    tools = [found.get("function", found) for found in objects_in(wire.bodies()[0]["tools"])]
    got = {found["name"]: found["parameters"] for found in tools if isinstance(found, dict)}
    assert got == expected


@pytest.mark.parametrize("name", MENDED)
def test_the_service_refuses_them_as_they_are(wire: Wire, name: str) -> None:
    function = tool(name, MENDED[name][0])
    bodies: dict[str, Json] = {
        "chat/completions": {
            "messages": [{"role": "user", "content": "x"}],
            "tools": [{"type": "function", "function": function}],
        },
        "responses": {"input": "x", "tools": [{"type": "function", **function}]},
    }
    for path, body in bodies.items():
        headers = {"Authorization": f"Bearer {wire.key}"}
        sent = {"model": "gpt-4o-mini", **body}
        answer = wire.control.post(f"/v1/{path}", json=sent, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid_function_parameters"


@four_routes
def test_a_true_schema_is_written_as_an_empty_one(wire: Wire, route: str) -> None:
    """Both say the same; compatible servers know only the second."""
    parameters = taking(city={"type": "array", "items": True})
    parameters["properties"] = {"any": True, "none": False}
    assert wire.ask(wire.target(route), LLMOptions(tools=[tool("t", parameters)])).text
    (sent,) = objects_in(wire.bodies()[0]["tools"])
    function = sent.get("function", sent)
    assert isinstance(function, dict)
    assert isinstance(function["parameters"], dict)
    assert function["parameters"]["properties"] == {"any": {}, "none": {"not": {}}}
