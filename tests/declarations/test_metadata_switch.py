"""The switches for request metadata: the same on every form, and they say what they do."""

import pytest

from tests.declarations.credential_forms import FORMS, Form, every_form
from tests.declarations.declaration_files import LANGUAGES

SWITCH = "enable_request_metadata"
USER_SWITCH = "request_metadata_user"
every_switch = pytest.mark.parametrize("switch", [SWITCH, USER_SWITCH])
FACTS_IN_THE_HELP = (
    "dify_app_id",
    "dify_source",
    "store",
    "X-Dify-App-Id",
    "X-Dify-Source",
)


@every_form
def test_the_options_name_the_consequence(form: Form) -> None:
    options = form.field(SWITCH)["options"]
    assert [(option["value"], option["label"]["en_US"]) for option in options] == [
        ("disabled", "Disabled"),
        ("enabled", "Enabled: the service stores prompts and answers"),
        ("headers", "Headers only, for a gateway of yours: nothing is stored"),
    ]


@every_form
def test_the_user_is_sent_only_by_choice(form: Form) -> None:
    field = form.field(USER_SWITCH)
    assert [(option["value"], option["label"]["en_US"]) for option in field["options"]] == [
        ("none", "Not sent"),
        ("digest", "SHA-256 digest of Dify's user id"),
        ("plain", "Dify's user id, readable"),
    ]
    assert field["default"] == "none"


@every_switch
@pytest.mark.parametrize("key", ["label", "options", "default", "required", "type"])
def test_a_switch_looks_the_same_on_every_form(switch: str, key: str) -> None:
    first, *others = [form.field(switch)[key] for form in FORMS.values()]
    assert all(other == first for other in others)


@pytest.mark.parametrize("language", LANGUAGES)
@every_form
def test_the_help_says_the_rest_in_every_language(form: Form, language: str) -> None:
    text = form.field(SWITCH)["help"][language]
    assert [fact for fact in FACTS_IN_THE_HELP if fact not in text] == []
    assert ("2024-10-01-preview" in text) == (form.provider == "azure_openai")


@pytest.mark.parametrize("language", LANGUAGES)
@every_form
def test_the_help_about_the_user_names_what_is_sent(form: Form, language: str) -> None:
    text = form.field(USER_SWITCH)["help"][language]
    assert [fact for fact in ("dify_user", "X-Dify-User") if fact not in text] == []


@every_form
def test_the_switch_and_the_protocol_stand_before_the_fold(form: Form) -> None:
    # Below Dify's own fields a window of 900 pixels shows three of a model's form, five of a
    # provider's (docs/forms.md).
    first = [field["variable"] for field in form.fields[:3]]
    assert first[1:] == [SWITCH, "api_protocol"]
