"""The page of the forms' pictures: made from the texts that stand in the forms today."""

import pytest
from markupsafe import escape

from tools.pictures.forms import LANGUAGES, model_form, page_of, provider_form
from tools.pictures.forms_page import FOLDER, PAGE, forms_page

# What a page that people load may weigh.
MOST_BYTES = 200_000


def test_the_pictures_are_made_from_the_forms_as_they_are() -> None:
    # Otherwise run `python -m tools.pictures` and look at them.
    assert PAGE.read_text(encoding="utf-8") == forms_page()


def test_every_picture_of_the_page_is_there_and_small() -> None:
    pictures = sorted(FOLDER.iterdir())
    assert [f"(forms/{path.name})" in forms_page() for path in pictures] == [True] * 4
    for path in pictures:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert path.stat().st_size < MOST_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_shows_every_text_and_mark(language: str) -> None:
    for form in (provider_form("openai", language), model_form("azure_openai", language)):
        html = page_of(form, fold=False, language=language)
        assert html.count("<i>*</i>") == sum(field.required for field in form.fields)
        for field in form.fields:
            assert escape(field.label) in html
            assert escape(field.value or field.placeholder) in html


def test_a_form_shows_only_what_its_defaults_leave_visible() -> None:
    labels = [field.label for field in model_form("azure_openai", "en_US").fields]
    assert "API key" in labels
    assert not {"Client secret", "Speech to text: languages"} & set(labels)
