"""The parameters of a model: their types, templates and defaults.

Sources: the daemon's `plugin_entities/model_declaration.go` (a template that it does not know is a
decode error; its values fill what the YAML leaves out), the SDK's `entities/model/schema.py`. Dify
fills an app's parameters with the defaults, so one outside its own bounds fails the call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tools.package.check.fields import Field
from tools.package.check.translations import check_translations
from tools.package.check.values import Json, shown

_CHARACTERS = 255
_MOST_RULES = 128
_MOST_OPTIONS = 1_024
_MOST_PRECISION = 100
_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"float": (int, float), "int": (int,), "string": (str,), "boolean": (bool,), "text": (str,)}
)


@dataclass(frozen=True, slots=True)
class _Template:
    """What hosts fill in for a parameter that uses it."""

    kind: str
    default: Json = None
    least: float | None = None
    most: float | None = None


_TEMPLATES: Mapping[str, _Template] = MappingProxyType(
    {
        "temperature": _Template("float", 0.0, 0.0, 1.0),
        "top_p": _Template("float", 1.0, 0.0, 1.0),
        "top_k": _Template("int", 50, 1, 100),
        "presence_penalty": _Template("float", 0.0, 0.0, 1.0),
        "frequency_penalty": _Template("float", 0.0, 0.0, 1.0),
        "max_tokens": _Template("int", 64, 1, 2048),
        "response_format": _Template("string"),
        # The daemon says string and the SDK text: a rule says itself which one it means.
        "json_schema": _Template("text"),
    }
)


def check_parameter_rules(model: Field) -> None:
    """Check every parameter of a model."""
    rules = model.not_null("parameter_rules")
    seen: set[str] = set()
    unlabelled: list[str] = []
    for rule in rules.items(_MOST_RULES):
        name = _check_rule(rule)
        if name in seen:
            rule.problem(f"{shown(name)} is declared twice", "keep one of the rules")
        elif name is not None:
            seen.add(name)
            unlabelled += [] if rule.optional("label").present else [name]
    if unlabelled:
        names = shown(", ".join(unlabelled))
        rules.warning(f"have no label: hosts show the raw names {names}", "write labels")


def _check_rule(rule: Field) -> str | None:
    name = rule.required("name", "the parameter's name").text(_CHARACTERS)
    template_name = rule.optional("use_template").one_of(tuple(_TEMPLATES))
    template = _TEMPLATES.get(template_name or "")
    kind = _kind(rule, template)
    for key in ("label", "help"):
        check_translations(rule.optional(key))
    rule.not_null("required").flag()
    rule.optional("precision").integer(0, _MOST_PRECISION)
    options = [option.text(_CHARACTERS) for option in rule.not_null("options").items(_MOST_OPTIONS)]
    bounds = rule.optional("min").number(), rule.optional("max").number()
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        rule.problem(f"min {bounds[0]} is above max {bounds[1]}", "swap them")
    elif kind is not None:
        _check_default(rule, template or _Template(kind), kind, options)
    return name


def _kind(rule: Field, template: _Template | None) -> str | None:
    written = rule.optional("type")
    if written.present:
        return written.one_of(tuple(_TYPES))
    if template is None:
        if not rule.optional("use_template").present:
            rule.required("type", f"one of {', '.join(_TYPES)}")
        return None
    if rule.value["use_template"] == "json_schema":
        written.warning("is missing: the daemon assumes string, the SDK text", "write text")
    return template.kind


def _check_default(rule: Field, template: _Template, kind: str, options: list[str | None]) -> None:
    written = rule.optional("default")
    default = written.value if written.present else template.default
    if default is None:
        return
    if not isinstance(default, _TYPES[kind]) or (isinstance(default, bool) and kind != "boolean"):
        unfit = f"{shown(default)} does not fit the type {kind}"
        written.problem(unfit, f"write a default of type {kind} or none")
    elif isinstance(default, str):
        if options and default not in options:
            written.problem(f"{shown(default)} is not among the options", "write one of them")
    elif isinstance(default, int | float) and not isinstance(default, bool):
        _check_bounds(rule, template, default)


def _check_bounds(rule: Field, template: _Template, default: float) -> None:
    least, most = rule.optional("min"), rule.optional("max")
    bottom = least.value if least.present else template.least
    top = most.value if most.present else template.most
    if isinstance(bottom, int | float) and default < bottom:
        rule.problem(f"default {shown(default)} is below min {shown(bottom)}", "raise the default")
    elif isinstance(top, int | float) and default > top:
        rule.problem(f"default {shown(default)} is above max {shown(top)}", "lower the default")
