"""The fields of a credential form.

Sources: the daemon's `plugin_entities/model_declaration.go` (limits), the SDK's
`entities/model/provider.py`, graphon's `schema_validators/common_validator.py` (a field is shown
when all its `show_on` entries equal the submitted values; fields are kept by their variable).
"""

from collections.abc import Mapping
from itertools import combinations

from tools.package.check.fields import Field
from tools.package.check.translations import check_translations
from tools.package.check.values import shown

_MOST_FIELDS = 32
_MOST_OPTIONS = 128
_MOST_CONDITIONS = 16
_CHARACTERS = 255
_URL_CHARACTERS = 2_048
_MOST_LENGTH = 2**31 - 1
_TYPES = ("text-input", "secret-input", "select", "radio", "switch")
_TYPES_WITH_OPTIONS = ("select", "radio")
_SWITCH_VALUES = frozenset({"true", "false"})
_REQUIRED_EXAMPLE = "`required: true` or `required: false`: hosts and the SDK assume opposites"

type Values = frozenset[str] | None  # that a variable can have; None: any


def check_credential_form(schema: Field, injected: Mapping[str, Values]) -> None:
    """Check a form; `injected` are variables that Dify adds, which fields may depend on."""
    forms = schema.required("credential_form_schemas", "a list of fields, [] for none")
    fields = [field for field in forms.items(_MOST_FIELDS) if field.mapping()]
    values = dict(injected)
    for field in fields:
        variable, choices = _check_field(field)
        if variable in injected:
            field.problem(f"{variable!r} is Dify's own variable", "choose another name")
        elif variable is not None:
            values[variable] = choices if variable not in values else None
    for field in fields:
        _check_conditions(field, values)
        for option in field.optional("options").items(_MOST_OPTIONS):
            _check_conditions(option, values)
    _check_unique(fields)


def _check_field(field: Field) -> tuple[str | None, Values]:
    variable = field.required("variable", "the name that the plugin reads").text(_CHARACTERS)
    check_translations(field.required("label", "a text per language"))
    kind = field.required("type", f"one of {', '.join(_TYPES)}").one_of(_TYPES)
    field.required("required", _REQUIRED_EXAMPLE).flag()
    for key in ("placeholder", "help"):
        check_translations(field.optional(key))
    field.optional("url").text(_URL_CHARACTERS)
    field.not_null("max_length").integer(0, _MOST_LENGTH)
    choices = _check_options(field)
    default = field.optional("default")
    chosen = default.text(_CHARACTERS) if default.value != "" else None
    if kind in _TYPES_WITH_OPTIONS:
        if not choices:
            field.problem(f"has no options, which a {kind} needs", "list `options`")
        elif chosen is not None and chosen not in choices:
            rule = f"{shown(chosen)} is not among the options"
            default.problem(rule, f"write one of {shown(', '.join(sorted(choices)))}")
        return variable, frozenset(choices) or None
    return variable, _SWITCH_VALUES if kind == "switch" else None


def _check_options(field: Field) -> set[str]:
    choices: set[str] = set()
    for option in field.optional("options").items(_MOST_OPTIONS):
        check_translations(option.required("label", "a text per language"))
        value = option.required("value", "the value to submit").text(_CHARACTERS)
        if value in choices:
            option.problem(f"value {shown(value)} stands twice", "keep one of the options")
        elif value is not None:
            choices.add(value)
    return choices


def _check_conditions(field: Field, values: Mapping[str, Values]) -> None:
    for condition in field.not_null("show_on").items(_MOST_CONDITIONS):
        variable = condition.required("variable", "a variable of this form").text(_CHARACTERS)
        value = condition.required("value", "the value to wait for").text(_CHARACTERS)
        if variable is None or value is None:
            continue
        if variable not in values:
            rule = f"waits for {shown(variable)}, which this form never submits"
            condition.problem(rule, "name a variable of the same form")
            continue
        possible = values[variable]
        if possible is not None and value not in possible:
            rule = f"waits for {shown(variable)} to be {shown(value)}, which it never is"
            condition.problem(rule, f"write one of {shown(', '.join(sorted(possible)))}")


def _check_unique(fields: list[Field]) -> None:
    """Note fields of one variable that can be seen together: the later would win."""
    for one, other in combinations(fields, 2):
        variable = one.value.get("variable")
        if not isinstance(variable, str) or variable != other.value.get("variable"):
            continue
        first, second = _conditions(one), _conditions(other)
        if all(first[name] == second[name] for name in first.keys() & second.keys()):
            rule = f"{shown(variable)} is already the variable of {one.path}"
            other.problem(rule, "rename it, or show only one of them at a time")


def _conditions(field: Field) -> dict[str, str]:
    found = field.value.get("show_on")
    entries = found[:_MOST_CONDITIONS] if isinstance(found, list) else []
    pairs = [(e.get("variable"), e.get("value")) for e in entries if isinstance(e, dict)]
    return {
        name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)
    }
