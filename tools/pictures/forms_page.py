"""docs/forms.md and its pictures: each form as it opens, and whole with its choices open."""

import hashlib
from collections.abc import Callable, Mapping

from playwright.sync_api import Browser

from tools.pictures.forms import LANGUAGES, ROOT, Form, model_form, page_of, provider_form

PAGE = ROOT / "docs/forms.md"
FOLDER = ROOT / "docs/forms"
_HEAD = """# The forms, as Dify shows them

Made from `provider/*.yaml` by `uv run -q python -m tools.pictures`, in the sizes of Dify 1.15 in a
window of 1440 by 900. Dify shows labels, placeholders and choices of a credential form and none of
its help texts, so these carry what matters. First each form as it opens; below, the whole of it
with every choice open.
"""
_MAKERS: Mapping[str, tuple[str, Callable[[str], Form]]] = {
    "openai": (
        "OpenAI: the key of the provider",
        lambda language: provider_form("openai", language),
    ),
    "azure_openai": (
        "Azure OpenAI: a model",
        lambda language: model_form("azure_openai", language),
    ),
}
_VIEWS = {"opened": "as it opens", "whole": "whole, with every choice open"}
# Texts that are wider than their place are cut by the browser, and nobody reads the rest.
_CUT = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"


def forms_page() -> str:
    """Return the page; a mark behind each picture says from which texts it was made."""
    parts = [_HEAD]
    for name, (title, form) in _MAKERS.items():
        parts.append(f"\n## {title}\n")
        for view, words in _VIEWS.items():
            html = page_of(form("en_US"), fold=view == "opened", language="en_US")
            mark = hashlib.sha256(html.encode()).hexdigest()[:16]
            parts.append(
                f"\n![The form of {title}, {words}](forms/{name}_{view}.png)\n<!-- {mark} -->\n"
            )
    return "".join(parts)


def make_forms(browser: Browser) -> list[str]:
    """Write the page and its pictures; return what no reader of some language sees whole."""
    FOLDER.mkdir(exist_ok=True)
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    cut = []
    for name, (_, form) in _MAKERS.items():
        for view in _VIEWS:
            page.set_content(page_of(form("en_US"), fold=view == "opened", language="en_US"))
            page.locator("#dialog").screenshot(path=FOLDER / f"{name}_{view}.png")
        for language in LANGUAGES:
            page.set_content(page_of(form(language), fold=False, language=language))
            texts = page.locator(".text").evaluate_all(_CUT)
            cut += [f"{name}, {language}: {text!r} is wider than its place" for text in texts]
    page.close()
    PAGE.write_text(forms_page(), encoding="utf-8")
    return cut
