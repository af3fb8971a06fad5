"""Structured output and web search: understood as they were meant, or refused in one line."""

import json
import re
from copy import deepcopy

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from models.llm.json_schema import OutputFormat, output_format
from models.llm.web_search import WebSearch, web_search
from tests.plain_call import plain_call
from tests.properties.json_values import any_text, json_texts, json_values
from tests.properties.outcomes import result_or_refusal

_formats = st.sampled_from(["json_schema", "json_schema", "json_object", "text"]) | json_values
_schema_keys = st.sampled_from(["type", "properties", "required", "$ref", "additionalProperties"])
_schemas = st.dictionaries(_schema_keys, json_values, min_size=1, max_size=4)


@given(wanted=_formats, schema=json_values | json_texts | any_text)
@example(wanted="json_schema", schema='{"a":' * 900 + "1" + "}" * 900)
@example(wanted="json_schema", schema='{"a": NaN}')
@example(wanted="json_schema", schema='{"a": "\\ud800"}')
def test_any_format_is_understood_or_refused(wanted: JsonValue, schema: JsonValue) -> None:
    parameters: dict[str, JsonValue] = {"response_format": wanted, "json_schema": schema}
    before = deepcopy(parameters)
    understood = result_or_refusal(lambda: output_format(plain_call(parameters)))
    assert repr(parameters) == repr(before)
    if understood is not None:
        assert isinstance(understood, OutputFormat)
        assert (understood.schema is not None) == (understood.type == "json_schema")
        assert json.dumps(understood.schema, ensure_ascii=False, allow_nan=False).encode("utf-8")


@given(
    schema=_schemas, name=st.from_regex(r"\A[\w-]{1,64}\Z", alphabet=st.characters(codec="ascii"))
)
def test_a_schema_is_handed_on_as_it_was_given(schema: dict[str, JsonValue], name: str) -> None:
    described: dict[str, JsonValue] = {"name": name, "schema": schema}
    given_forms: list[JsonValue] = [schema, described, {"json_schema": described}]
    for form in [*given_forms, *(json.dumps(form) for form in given_forms)]:
        parameters: dict[str, JsonValue] = {"response_format": "json_schema", "json_schema": form}
        understood = output_format(plain_call(parameters))
        assert understood is not None
        assert understood.schema is not None
        assert understood.schema["schema"] == schema


@given(
    enabled=st.just(True) | json_values,
    country=json_values | any_text | st.sampled_from(["de", "US", "ß"]),
    domains=json_values | any_text | st.lists(st.sampled_from(["a.de", "B.com/x", "-"])),
)
def test_any_search_is_understood_or_refused(
    enabled: JsonValue, country: JsonValue, domains: JsonValue
) -> None:
    parameters: dict[str, JsonValue] = {
        "enable_web_search": enabled,
        "web_search_user_country": country,
        "web_search_allowed_domains": domains,
    }
    search = result_or_refusal(lambda: web_search(plain_call(parameters)))
    if search is None:
        return
    assert isinstance(search, WebSearch)
    assert re.fullmatch("([A-Z]{2})?", search.country)
    assert len(search.domains) <= 100
    assert all(re.fullmatch(r"[a-z0-9.-]+", domain) for domain in search.domains)
