"""Metadata never breaks a call and never breaks the service's rules, whatever it is given."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from models.attribution import SWITCH, Origin, normalize_metadata_value
from models.llm._metadata import apply_dify_metadata_if_enabled
from models.llm.reply import Api
from tests.properties.json_values import any_text, json_values

_pairs = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=20)
_bodies = st.fixed_dictionaries(
    {},
    optional={
        "model": json_values,
        "metadata": json_values | _pairs,
        "store": st.booleans() | json_values,
    },
)
_switches = st.sampled_from(["enabled", "enabled", "disabled", "headers", ""]) | any_text
_credentials = st.fixed_dictionaries({}, optional={SWITCH: _switches, "other": any_text})
_app_ids = (
    json_values
    | any_text
    | st.text(min_size=500, max_size=600)
    | st.uuids()
    | st.binary(max_size=5)
    | st.builds(object)
)
_apis: st.SearchStrategy[Api] = st.sampled_from(["chat", "responses"])


@given(body=_bodies, credentials=_credentials, app_id=_app_ids, api=_apis)
def test_metadata_keeps_the_rules_of_the_service(
    body: dict[str, JsonValue], credentials: dict[str, str], app_id: object, api: Api
) -> None:
    callers = body.get("metadata")
    before, written = deepcopy(callers), dict(credentials)
    sent = dict(body)
    apply_dify_metadata_if_enabled(sent, credentials, api=api, origin=Origin(app_id))
    assert callers == before
    assert credentials == written
    metadata = sent.get("metadata")
    assert metadata is None or sent["store"] is True
    if body.get("store") is False:
        assert sent["store"] is False
    if isinstance(metadata, dict) and metadata != callers:
        assert credentials[SWITCH] == "enabled"
        assert len(metadata) <= 16
        assert metadata["dify_source"] == "dify"
        tagged = metadata["dify_app_id"]
        assert isinstance(tagged, str)
        assert 0 < len(tagged) <= 512
        assert tagged.encode("utf-8")
    elif credentials.get(SWITCH) != "enabled":
        assert {**body, "store": ...} == {**sent, "metadata": callers, "store": ...} or (
            "metadata" not in body
        )


@given(value=_app_ids)
def test_any_value_is_normalised_once_and_for_all(value: object) -> None:
    text = normalize_metadata_value(value)
    assert len(text) <= 512
    assert text.encode("utf-8").decode("utf-8") == text
    assert normalize_metadata_value(text) == text
