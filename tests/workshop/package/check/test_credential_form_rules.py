"""Credential forms that a host refuses or shows wrongly, each with one mistake."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import Case, assert_said, case, edit, name_of

_P = "provider/acme.yaml"
_FORM = f"{_P}: model_credential_schema.credential_form_schemas"
_PROVIDER_FORM = f"{_P}: provider_credential_schema.credential_form_schemas"
_KEY_FIELD = '    - variable: "api_key"\n'
_WAITS_FOR_KEY = '        - variable: "sign_in"\n          value: "key"\n'


def _field(variable: str, kind: str = "text-input") -> str:
    return (
        f'    - variable: "{variable}"\n      label:\n        en_US: "Field"\n'
        f'      type: "{kind}"\n      required: false\n'
    )


CASES = [
    case(
        "required left out",
        edit(_P, "      required: true\n      max_length: 200\n", ""),
        f"{_PROVIDER_FORM}[0].required: is missing",
    ),
    case(
        "unknown type of field",
        edit(_P, 'type: "switch"', 'type: "checkbox"'),
        f"{_FORM}[3].type: 'checkbox' is unknown to a host",
    ),
    case(
        "33 fields",
        edit(_P, _KEY_FIELD, "".join(_field(f"field_{n}") for n in range(32)) + _KEY_FIELD),
        f"{_PROVIDER_FORM}: has 33 elements, at most 32 are accepted",
    ),
    case(
        "select without options",
        edit(_P, _KEY_FIELD, _field("region", "select") + _KEY_FIELD),
        f"{_PROVIDER_FORM}[0]: has no options, which a select needs",
    ),
    case(
        "default that is no option",
        edit(_P, 'default: "key"', 'default: "keys"'),
        f"{_FORM}[0].default: 'keys' is not among the options",
    ),
    case(
        "option without a label",
        edit(_P, '          label:\n            en_US: "A key"\n', ""),
        f"{_FORM}[0].options[0].label: is missing",
    ),
    case(
        "option twice",
        edit(
            _P,
            '        - value: "key"\n',
            '        - value: "key"\n          label:\n            en_US: "One"\n'
            '        - value: "key"\n',
        ),
        f"{_FORM}[0].options[1]: value 'key' stands twice",
    ),
    case(
        "value as a date",
        edit(_P, 'default: "key"', "default: 2026-01-31"),
        f"{_FORM}[0].default: must be a string, not 2026-01-31 without quotes",
    ),
    case(
        "waits for a variable of no field",
        edit(_P, _WAITS_FOR_KEY, _WAITS_FOR_KEY + _WAITS_FOR_KEY.replace("sign_in", "sign_on")),
        f"{_FORM}[1].show_on[1]: waits for 'sign_on', which this form never submits",
    ),
    case(
        "waits for a value that is no option",
        edit(_P, _WAITS_FOR_KEY, _WAITS_FOR_KEY.replace('"key"', '"password"')),
        f"{_FORM}[1].show_on[0]: waits for 'sign_in' to be 'password', which it never is",
    ),
    case(
        "option that waits for an unknown type of models",
        edit(_P, 'value: "llm"', 'value: "chat"'),
        f"{_FORM}[0].options[1].show_on[0]: waits for '__model_type' to be 'chat', which it"
        " never is",
    ),
    case(
        "provider's form waits for the type of a model",
        edit(
            _P,
            _KEY_FIELD,
            _field("region") + '      show_on:\n        - variable: "__model_type"\n'
            '          value: "llm"\n' + _KEY_FIELD,
        ),
        f"{_PROVIDER_FORM}[0].show_on[0]: waits for '__model_type', which this form never submits",
    ),
    case(
        "one variable twice on one screen",
        edit(_P, _KEY_FIELD, _field("api_key") + _KEY_FIELD),
        f"{_PROVIDER_FORM}[1]: 'api_key' is already the variable of"
        " provider_credential_schema.credential_form_schemas[0]",
    ),
    case(
        "a variable of Dify's",
        edit(_P, 'variable: "stream"', 'variable: "__model_name"'),
        f"{_FORM}[3]: '__model_name' is Dify's own variable",
    ),
    case(
        "null instead of conditions",
        edit(_P, "      max_length: 200\n", "      max_length: 200\n      show_on:\n"),
        f"{_PROVIDER_FORM}[0].show_on: is null, which the SDK refuses",
    ),
    case(
        "no form for customizable models",
        edit(_P, "model_credential_schema:\n", "model_form:\n"),
        f"{_P}: model_credential_schema: is missing, so nobody can add the customizable models",
    ),
    case(
        "no label for the model's name",
        edit(_P, '    label:\n      en_US: "Model name"\n', ""),
        f"{_P}: model_credential_schema.model.label: is missing",
    ),
]


@pytest.mark.parametrize("broken", CASES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)
