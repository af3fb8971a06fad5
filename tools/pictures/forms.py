"""A credential form as Dify shows it, read from a provider's YAML: fields, marks, choices."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")
# Of a long list the first are shown: Dify's scrolls.
_OPTIONS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `value` is what stands in it when the form opens, `group` a heading before it."""

    label: str
    required: bool
    placeholder: str
    value: str = ""
    is_select: bool = False
    options: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One of the dialogs that Dify makes of a provider's declaration, in one language.

    Where Dify has no `subtitle` it shows the provider.
    """

    provider: str
    icon: str
    title: str
    subtitle: str
    link: str
    button: str
    fields: tuple[Field, ...]


# Dify's own words and fields, which come first.
_KEY_TITLE = "API Key Authorization Configuration"
_KEY_SUBTITLE = (
    "After configuring credentials, all members within the workspace can use this model when "
    "orchestrating applications."
)
_NAME = Field("Authorization Name", required=False, placeholder="Please enter")
_TYPE = Field("Model Type", required=True, placeholder="Please enter", is_select=True)


def provider_form(name: str, language: str) -> Form:
    """Return the form of a provider's key."""
    declared = _declaration(name)
    schema = declared["provider_credential_schema"]
    fields = (_NAME, *_shown(schema, language, model_type=None))
    return _form(declared, language, (_KEY_TITLE, _KEY_SUBTITLE, "Save"), fields)


def model_form(name: str, language: str) -> Form:
    """Return the form that adds a language model, with the choices that it opens with."""
    declared = _declaration(name)
    schema = declared["model_credential_schema"]
    model = schema["model"]
    name_field = Field(
        model["label"][language], required=True, placeholder=model["placeholder"][language]
    )
    grouped = Field(
        _NAME.label, required=False, placeholder="Please enter", group="MODEL CREDENTIAL"
    )
    fields = (name_field, _TYPE, grouped, *_shown(schema, language, model_type="llm"))
    return _form(declared, language, ("Add model", "", "Add"), fields)


def page_of(form: Form, *, fold: bool, language: str) -> str:
    """Return the page that shows a form: as it opens in a window, or whole with all its choices."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("form.html").render(form=form, fold=fold, language=language)


def _declaration(name: str) -> dict[str, Any]:
    text = (ROOT / f"provider/{name}.yaml").read_text(encoding="utf-8")
    declared: dict[str, Any] = yaml.safe_load(text)
    return declared


def _form(
    declared: dict[str, Any], language: str, frame: tuple[str, str, str], fields: tuple[Field, ...]
) -> Form:
    title, subtitle, button = frame
    icon = (ROOT / "_assets" / declared["icon_small"]["en_US"]).read_bytes()
    return Form(
        provider=declared["label"][language],
        icon=f"data:image/svg+xml;base64,{base64.b64encode(icon).decode()}",
        title=title,
        subtitle=subtitle,
        link=declared["help"]["title"][language],
        button=button,
        fields=fields,
    )


def _shown(schema: dict[str, Any], language: str, *, model_type: str | None) -> list[Field]:
    """Return the fields that are visible with every choice at its default."""
    entries = schema["credential_form_schemas"]
    chosen = {entry["variable"]: entry["default"] for entry in entries if "default" in entry}
    chosen["__model_type"] = model_type
    return [
        _field(entry, language)
        for entry in entries
        if all(chosen.get(on["variable"]) == on["value"] for on in entry.get("show_on", ()))
    ]


def _field(entry: dict[str, Any], language: str) -> Field:
    labels = {
        option["value"]: option["label"].get(language, option["label"]["en_US"])
        for option in entry.get("options", ())
    }
    options = [*labels.values()]
    if more := options[_OPTIONS_SHOWN:]:
        options = [*options[:_OPTIONS_SHOWN], f"… ({len(more)} more)"]
    default = entry.get("default", "")
    return Field(
        label=entry["label"][language],
        required=entry["required"],
        placeholder=entry.get("placeholder", {}).get(language, ""),
        value=labels.get(default, default),
        is_select=entry["type"] == "select",
        options=tuple(options),
    )
