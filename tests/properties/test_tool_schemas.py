"""Whatever a tool's parameters are, the service takes what becomes of them, and takes it once."""

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from fakes.openai.tool_schemas import parameter_refusals
from models.llm.tool_schema import mended_parameters

_KEYWORDS = (
    "type properties required $defs anyOf oneOf allOf prefixItems items additionalProperties not "
    "enum const default description pattern minimum exclusiveMinimum maxItems uniqueItems $ref "
    "examples patternProperties additionalItems dependentRequired contains format multipleOf"
)
_values: st.SearchStrategy[JsonValue] = st.sampled_from(
    [None, True, False, 0, -1, 1.5, "", "array", "any", r"\p{L}", "(?!x)", "#/$defs/a", [], {}]
)


def _deeper(inner: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    words = st.sampled_from([*_KEYWORDS.split(), "a"])
    schemas: st.SearchStrategy[JsonValue] = st.dictionaries(words, inner, max_size=3)
    return schemas | st.lists(inner, max_size=2)


_parts = st.recursive(_values, _deeper, max_leaves=8)


@given(sent=st.dictionaries(st.sampled_from(_KEYWORDS.split()), _parts, max_size=4))
@example(sent={"items": {"$ref": r"\p{L}"}})
@example(sent={"items": {"$ref": "#/$defs/Größe"}})
@example(sent={"$schema": "draft 7", "$id": "100%"})
def test_any_parameters_are_mended_into_what_the_service_takes(
    sent: dict[str, JsonValue],
) -> None:
    mended = mended_parameters(sent)
    assert [str(refusal) for refusal in parameter_refusals("f", mended, "tools")] == []
    assert mended_parameters(mended) == mended
