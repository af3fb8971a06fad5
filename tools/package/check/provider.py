"""A provider's YAML: what Dify shows of it and what makes it complete.

Sources: the daemon's `plugin_entities/model_declaration.go` (limits), the SDK's
`entities/model/provider.py`, graphon's `entities/provider_entities.py`, Dify's
`models/provider_ids.py` (the characters of a provider's name).
"""

from packaging.version import Version

from tools.package.check.credential_forms import check_credential_form
from tools.package.check.fields import Field
from tools.package.check.icons import check_provider_icons
from tools.package.check.limits import PROVIDER_CHARACTERS
from tools.package.check.model_classes import check_classes
from tools.package.check.model_lists import check_model_lists
from tools.package.check.model_types import MODEL_TYPES
from tools.package.check.package import Package
from tools.package.check.python_modules import Modules
from tools.package.check.translations import check_translations

_MOST_TYPES = 16
_TEXT_CHARACTERS = 1_023
_METHODS = ("predefined-model", "customizable-model")


def check_provider(
    package: Package, modules: Modules, provider: Field, minimum_dify: Version | None
) -> None:
    """Check a provider, its models and its classes."""
    name = provider.required("provider", "the provider's name")
    name.text(PROVIDER_CHARACTERS, r"[a-z0-9_-]+", "lower-case letters, digits, _ and -")
    check_translations(provider.required("label", "a text per language"))
    check_translations(provider.optional("description"))
    check_provider_icons(package, provider)
    provider.optional("background").text(_TEXT_CHARACTERS)
    _check_help(provider.optional("help"))
    supported = _choices(provider, "supported_model_types", tuple(MODEL_TYPES.values()))
    methods = _choices(provider, "configurate_methods", _METHODS)
    _check_forms(provider, methods)
    check_model_lists(package, provider, minimum_dify)
    check_classes(package, modules, provider, supported)


def _choices(provider: Field, key: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    field = provider.required(key, f"a list of {', '.join(choices)}")
    if field.value == []:
        field.problem("is empty", f"list one or more of {', '.join(choices)}")
    found = [entry.one_of(choices) for entry in field.items(_MOST_TYPES)]
    return tuple(choice for choice in found if choice in choices)


def _check_help(help_entry: Field) -> None:
    check_translations(help_entry.required("title", "a text per language"))
    check_translations(help_entry.required("url", "an address per language"))


def _check_forms(provider: Field, methods: tuple[str, ...]) -> None:
    form = provider.optional("provider_credential_schema")
    check_credential_form(form, {})
    schema = provider.optional("model_credential_schema")
    if "customizable-model" in methods and not schema.present:
        rule = "is missing, so nobody can add the customizable models"
        schema.problem(rule, "write the form or leave customizable-model out")
    model = schema.required("model", "label and placeholder of the model's name")
    check_translations(model.required("label", "a text per language"))
    check_translations(model.optional("placeholder"))
    # What Dify puts beside the fields of a model's form.
    injected = {"__model_type": frozenset(MODEL_TYPES.values()), "__model_name": None}
    check_credential_form(schema, injected)
