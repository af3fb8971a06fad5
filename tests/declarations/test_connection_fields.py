"""What the forms ask and what the endpoints read are the same, under every choice a form offers."""

import re
from collections.abc import Callable, Mapping

import pytest

from models.attribution import Attribution, Origin
from models.service import azure, openai
from models.service.attempts import CALL_LIMIT_SECONDS, MOST_ATTEMPTS
from models.service.endpoint import Endpoint
from models.service.settings import call_limits, extra_headers, proxy_url
from models.speech2text.hints import KEYWORDS, LANGUAGE, PROMPT
from models.tts.manner import INSTRUCTIONS, SPEED
from tests.declarations.credential_forms import (
    AZURE_MODEL,
    FORMS,
    OPENAI_PROVIDER,
    Form,
    every_form,
)
from tests.declarations.declaration_files import LANGUAGES, JsonObject

READERS: dict[str, Callable[[str, Mapping[str, str]], Endpoint]] = {
    "openai": openai.from_credentials,
    "azure_openai": azure.from_credentials,
}
# Read where the form is checked, or by a model type, and not by the endpoint.
ELSEWHERE = {"validate_model", LANGUAGE, KEYWORDS, PROMPT, INSTRUCTIONS, SPEED}
SIGN_INS = {
    "api_key": {"openai_api_key"},
    "entra_id_service_principal": {
        "azure_client_id",
        "azure_tenant_id",
        "azure_client_secret",
        "azure_authority",
    },
    "entra_id_client_certificate": {
        "azure_client_id",
        "azure_tenant_id",
        "azure_client_certificate",
        "azure_authority",
    },
    "managed_identity": {"managed_identity_client_id"},
}
ABOUT_STORED_DATA = {
    "openai": "https://developers.openai.com/api/docs/guides/your-data",
    "azure_openai": "https://learn.microsoft.com/azure/foundry/responsible-ai/openai/data-privacy",
}
# Stand in the placeholders of every language.
EXAMPLES = {
    "extra_headers": '{"X-Team": "search"}',
    "proxy_url": "http://user:password@proxy.example.com:3128",
    "request_tags": "team=search, cost_center=42",
    "azure_authority": "login.microsoftonline.us",
    "azure_scope": "https://cognitiveservices.azure.us/.default",
}


class Asked(dict[str, str]):
    """Credentials that remember which of them were asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return a value as a dict does."""
        self.names.add(name)
        return super().get(name, default)


def values_of(form: Form, variable: str) -> list[str]:
    """The values that a select offers."""
    return [option["value"] for option in form.field(variable)["options"]]


def filled_in(form: Form, **chosen: str) -> dict[str, str]:
    """What a form holds with one choice made, and what that choice needs."""
    address = {"openai_api_base": "https://service.invalid/v1"}
    typed = {field["variable"]: "x" for field in shown(form, chosen) if field["required"]}
    return {**typed, **address, **chosen}


def shown(form: Form, chosen: Mapping[str, str]) -> list[JsonObject]:
    """The fields that a choice leaves visible: Dify wants every condition met."""
    return [
        field
        for field in form.fields
        if all(chosen.get(on["variable"]) == on["value"] for on in field.get("show_on", []))
    ]


@every_form
def test_every_field_is_read_and_every_read_is_a_field(form: Form) -> None:
    choices = [{"auth_method": method} for method in SIGN_INS if "auth_method" in form.facts]
    read: set[str] = set()
    for chosen in choices or [{}]:
        credentials = Asked(filled_in(form, **chosen))
        READERS[form.provider]("m", credentials)
        read |= credentials.names
    assert read == set(form.facts) - ELSEWHERE


def test_a_sign_in_shows_what_it_reads() -> None:
    assert values_of(AZURE_MODEL, "auth_method") == list(SIGN_INS)
    for method, variables in SIGN_INS.items():
        fields = shown(AZURE_MODEL, {"auth_method": method})
        conditional = [field["variable"] for field in fields if "show_on" in field]
        assert len(conditional) == len(set(conditional))
        assert set(conditional) == variables


def test_a_field_of_several_sign_ins_reads_the_same_in_each() -> None:
    for variable in AZURE_MODEL.facts:
        first, *others = AZURE_MODEL.entries(variable)
        for other in others:
            # Dify would decrypt a secret once for each.
            assert other["type"] == "text-input"
            assert other | {"show_on": first["show_on"]} == first


@pytest.mark.parametrize("method", SIGN_INS)
def test_a_sign_in_is_known_to_the_endpoint(method: str) -> None:
    credentials = filled_in(AZURE_MODEL, auth_method=method)
    endpoint = azure.from_credentials("m", credentials)
    signs_itself_in = endpoint.connection.http.headers.keys() & {"api-key", "authorization"}
    assert bool(signs_itself_in) == (method == "api_key")


@every_form
def test_every_choice_means_something_of_its_own(form: Form) -> None:
    for protocol in values_of(form, "api_protocol"):
        credentials = filled_in(form, auth_method="api_key", api_protocol=protocol)
        assert READERS[form.provider]("m", credentials).protocol == protocol
    origin = Origin("app", "user")
    named = {
        switch: bool(
            Attribution.from_credentials({"enable_request_metadata": switch}).headers(origin)
        )
        for switch in values_of(form, "enable_request_metadata")
    }
    assert named == {"disabled": False, "enabled": False, "headers": True}
    users = [
        (Attribution.from_credentials({"request_metadata_user": user}).pairs(origin) or {}).get(
            "dify_user", ""
        )
        for user in values_of(form, "request_metadata_user")
    ]
    assert users[0] == ""
    assert len(users[1]) == 64
    assert users[2] == "user"


@pytest.mark.parametrize("language", LANGUAGES)
@every_form
def test_a_placeholder_gives_an_example_that_is_understood(form: Form, language: str) -> None:
    def placeholder(variable: str) -> str:
        return str(form.entries(variable)[0]["placeholder"][language])

    for variable, example in EXAMPLES.items():
        if variable in form.facts:
            assert example in placeholder(variable)
    service = "any"
    assert extra_headers(EXAMPLES, service=service) == {"X-Team": "search"}
    assert proxy_url(EXAMPLES, service=service) == EXAMPLES["proxy_url"]
    assert Attribution.from_credentials(EXAMPLES).tags == {"team": "search", "cost_center": "42"}
    for variable, usual in (
        ("request_timeout", CALL_LIMIT_SECONDS),
        ("max_attempts", MOST_ATTEMPTS),
    ):
        least, most, *_, default = re.findall(r"\d+", placeholder(variable))
        assert default == str(int(usual))
        for number in (least, most):
            call_limits({variable: number}, service=service)


@pytest.mark.parametrize("language", LANGUAGES)
@every_form
def test_the_switch_links_to_what_the_service_says_of_stored_data(
    form: Form, language: str
) -> None:
    help_text = form.field("enable_request_metadata")["help"][language]
    assert help_text.endswith(ABOUT_STORED_DATA[form.provider])


@every_form
def test_the_protocols_say_how_an_answer_is_found_again(form: Form) -> None:
    labels = [option["label"] for option in form.field("api_protocol")["options"]]
    assert [label["en_US"] for label in labels] == [
        "Automatic: stored answers can be listed by app where possible",
        "Responses: stored answers are read by id",
        "Chat Completions: stored answers can be listed by app",
    ]
    assert labels == [
        option["label"] for option in OPENAI_PROVIDER.field("api_protocol")["options"]
    ]


def test_what_both_services_have_reads_the_same_on_every_form() -> None:
    shared = set.intersection(*(set(form.facts) for form in FORMS.values()))
    # Their addresses and keys are told apart.
    for variable in shared - {"openai_api_base", "openai_api_key"}:
        first, *others = [form.field(variable) for form in FORMS.values()]
        for other in others:
            # Where they are shown is the form's: only a model's knows of which type the model is.
            same = {"help": None, "show_on": None}
            assert other | same == first | same, variable


@every_form
def test_chinese_readers_meet_one_word_for_the_key(form: Form) -> None:
    assert not [field for field in form.fields if "API Key" in str(field)]
