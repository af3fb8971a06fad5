"""The page that Dify shows of an installed package says what the provider's form says."""

import re
from itertools import pairwise

import pytest

from tests.declarations.credential_forms import Form, every_form
from tests.declarations.declaration_files import PROVIDERS, ROOT, JsonObject
from tests.declarations.test_translations import facts_in

# "**Speech to text: languages, prompt**" tells of two fields.
SEVERAL = re.compile(r"\*\*([^*:]+: )([^*]+, [^*]+)\*\*")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def page_of(form: Form) -> str:
    """Return the page of the form's package, with every field's label spelt out."""
    page = (ROOT / f"provider/README_{form.provider}.md").read_text(encoding="utf-8")
    spelt_out = (
        prefix + name for prefix, names in SEVERAL.findall(page) for name in names.split(", ")
    )
    return "\n".join((page, *spelt_out))


def choices_of(field: JsonObject) -> list[str]:
    """Return what a select offers; names of models are the catalogue's."""
    options = field.get("options", []) if field["variable"] != "base_model_name" else []
    return [option["label"]["en_US"] for option in options]


@every_form
def test_every_field_and_choice_is_on_the_page_by_its_name(form: Form) -> None:
    page = page_of(form)
    names = [field["label"]["en_US"] for field in form.fields]
    # What follows a name says what it means, which the page says at length.
    names += [
        choice if choice in page else choice.partition(": ")[0]
        for field in form.fields
        for choice in choices_of(field)
    ]
    assert [name for name in names if name not in page] == []


@every_form
def test_every_number_name_and_address_of_a_form_is_on_the_page(form: Form) -> None:
    page = page_of(form)
    for field in form.fields:
        texts = [field.get(kind, {}).get("en_US", "") for kind in ("help", "placeholder")]
        told = {fact for text in (*texts, *choices_of(field)) for fact in facts_in(text)}
        lost = {fact for fact in told if fact not in page and "example.com" not in fact}
        assert lost == set(), field["variable"]


@every_form
def test_what_decides_how_answers_are_found_stands_out(form: Form) -> None:
    page = page_of(form)
    switches = ("enable_request_metadata", "request_metadata_user")
    for variable in (*switches, "api_protocol", "request_tags"):
        assert f"**{form.field(variable)['label']['en_US']}**" in page
    for variable in switches:
        assert [each for each in choices_of(form.field(variable)) if f"*{each}*" not in page] == []


@pytest.mark.parametrize("provider", PROVIDERS)
def test_dify_lays_the_page_out_well(provider: str) -> None:
    """Dify keeps single line breaks and does not wrap tables."""
    page = (ROOT / f"provider/README_{provider}.md").read_text(encoding="utf-8")
    lines = CODE.sub("", page).splitlines()
    assert not [line for line in lines if line.startswith("|")]
    assert not [(a, b) for a, b in pairwise(lines) if a and b and b[0].isalpha()]
