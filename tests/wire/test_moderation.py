"""A text in, a verdict out: all of it, up to the first part that is flagged."""

from dataclasses import replace

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import ModelTarget, invoke_moderation, validate_model_credentials
from tests.wire.ends import APP, Json, Wire, raw_json

OMNI = "omni-moderation-latest"
PICTURE = "data:image/png;base64,iVBORw0KGgo="
LINK = "https://example.com/a.png"


def target_of(wire: Wire, model: str = OMNI, **credentials: str) -> ModelTarget:
    """Return a moderation model."""
    target = wire.target("openai-chat", model, **credentials)
    return replace(target, model_type="moderation")


def judge(wire: Wire, text: str, model: str = OMNI) -> bool:
    """Return the verdict on a text, on behalf of an app."""
    request = invoke_moderation(target_of(wire, model), text)
    return wire.plugin.open_session(request, app_id=APP).result()["result"] is True


def verdict(*flagged: str | None) -> Json:
    """Return the step that answers with a result for each category that is flagged, or none."""
    results: list[JsonValue] = [
        {"flagged": name is not None, "categories": {"hate": False, name or "violence": bool(name)}}
        for name in flagged
    ]
    return raw_json({"id": "modr-1", "model": "omni", "results": results})


def inputs(wire: Wire) -> list[object]:
    """Return what the service was asked about."""
    return [body["input"] for body in wire.bodies()]


def test_a_harmless_text_is_asked_about_once(wire: Wire) -> None:
    assert not judge(wire, "Have a great day!")
    assert wire.bodies() == [{"model": OMNI, "input": ["Have a great day!"]}]
    line = wire.usage_lines()[-1]
    facts = (line["api"], line["app_id"], line["input"], line["flagged"], line["error"])
    assert facts == ("moderations", APP, 0, [], None)
    assert line["cost"] == "0"  # it is free
    assert str(line["id"]).startswith("modr-")


def test_a_flagged_text_is_told_and_its_categories_are_logged(wire: Wire) -> None:
    wire.plan(verdict("violence"))
    assert judge(wire, "a secret threat")
    assert wire.usage_lines()[-1]["flagged"] == ["violence"]
    assert "a secret threat" not in str(wire.usage_lines())


def test_all_of_a_long_text_is_judged_up_to_the_first_flagged_part(wire: Wire) -> None:
    text = "some harmless words " * 20_000
    assert not judge(wire, text)
    sent = [piece for asked in inputs(wire) if isinstance(asked, list) for piece in asked]
    assert len(inputs(wire)) > 2
    assert max(len(str(piece)) for piece in sent) == 2000
    before = len(inputs(wire))
    wire.plan(verdict(*[None] * 31, "hate"))
    assert judge(wire, text)
    assert len(inputs(wire)) == before + 1


def test_pictures_are_judged_one_by_one(wire: Wire) -> None:
    text = f"Look: {PICTURE} and ![a cat]({LINK}) twice ![again]({LINK})"
    wire.plan(verdict(None), verdict(None), verdict("sexual"))
    assert judge(wire, text)
    assert inputs(wire) == [
        [text.replace(PICTURE, "")],
        [{"type": "image_url", "image_url": {"url": PICTURE}}],
        [{"type": "image_url", "image_url": {"url": LINK}}],
    ]


def test_a_model_that_takes_no_pictures_gets_the_text_as_it_is(wire: Wire) -> None:
    wire.change(models=["text-moderation-stable"])
    judge(wire, f"Look: {PICTURE}", "text-moderation-stable")
    assert inputs(wire) == [[f"Look: {PICTURE}"]]


def test_a_picture_that_the_service_cannot_fetch_hides_nothing_else(wire: Wire) -> None:
    unreachable: Json = {"message": "Error while downloading.", "code": "invalid_image_url"}
    wire.plan(verdict(None), raw_json({"error": unreachable}, 400), verdict("violence"))
    assert judge(wire, f"![one]({LINK}) ![two]({LINK}?2)")
    wire.plan(verdict(None), raw_json({"error": unreachable}, 400))
    with pytest.raises(PluginError):
        judge(wire, f"Look: {PICTURE}")


WRONG: list[Json] = [
    {"results": []},
    {"results": [{"flagged": None}]},
    {"results": [{"flagged": False}, {"flagged": False}]},
    {"results": [{}]},
    {},
]


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_no_text_is_harmless_that_was_not_judged(wire: Wire, body: Json) -> None:
    wire.plan(raw_json(body))
    with pytest.raises(PluginError) as raised:
        judge(wire, "Hello?")
    assert raised.value.error_type == "InvokeServerUnavailableError"


def test_a_wrong_key_or_model_is_refused_when_it_is_entered(wire: Wire) -> None:
    wire.plugin.open_session(validate_model_credentials(target_of(wire))).result()
    for target, words in (
        (target_of(wire, openai_api_key="sk-wrong-wrong-wrong-wrong"), "401"),
        (target_of(wire, "omni-moderation-lates"), f"similar name: {OMNI}"),
    ):
        with pytest.raises(PluginError) as raised:
            wire.plugin.open_session(validate_model_credentials(target)).result()
        assert raised.value.error_type == "CredentialsValidateFailedError"
        assert words in raised.value.message
