"""Model files, their lists and orders that a host refuses or shows wrongly, one mistake each."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Case,
    assert_said,
    both,
    case,
    drop,
    edit,
    name_of,
    put,
)

_P = "provider/acme.yaml"
_L = "models/llm/large.yaml"
_S = "models/llm/small.yaml"
_ORDER = "models/llm/_position.yaml"
_GLOB = '      - "models/llm/*.yaml"\n'

LISTS = [
    case(
        "glob through several folders",
        edit(_P, "models/text_embedding/*.yaml", "models/text_embedding/**/*.yaml"),
        f"{_P}: models.text_embedding.predefined[0]: 'models/text_embedding/**/*.yaml' is not read"
        " alike by the daemon and the SDK",
    ),
    case(
        "glob that matches nothing",
        edit(_P, "models/text_embedding/*.yaml", "models/embedding/*.yaml"),
        f"{_P}: models.text_embedding.predefined[0]: 'models/embedding/*.yaml' matches no file",
    ),
    case(
        "two globs that match one file",
        edit(_P, _GLOB, _GLOB + '      - "models/llm/small*"\n'),
        f"{_P}: models.llm.predefined: matches {_S} twice, so it is listed twice",
    ),
    case(
        "one model in two files",
        both(
            put(
                "models/llm/tiny.yaml",
                'model: "acme-small"\nmodel_type: "llm"\nmodel_properties: {}\n',
            )
        ),
        "models/llm/tiny.yaml: model: declares 'acme-small', as models/llm/small.yaml does",
    ),
    case(
        "a list matched as a model",
        put("models/llm/notes.yaml", "- a\n- b\n"),
        "models/llm/notes.yaml: document: must be a mapping, not a list",
    ),
    case(
        "order that is not there",
        drop(_ORDER),
        f"{_P}: models.llm.position: names '{_ORDER}', which is not in the package",
    ),
    case(
        "order that the provider does not name",
        edit(_P, f'    position: "{_ORDER}"\n', ""),
        f"{_P}: models.llm: does not name {_ORDER}, so the daemon ignores that order",
    ),
    case(
        "order that the SDK does not find",
        both(
            edit(_P, _ORDER, "models/order/llm_position.yaml"),
            drop(_ORDER),
            put("models/order/llm_position.yaml", '- "acme-large"\n- "acme-small"\n'),
        ),
        f"{_P}: models.llm.position: 'models/order/llm_position.yaml' is not what the SDK takes for"
        " the order",
    ),
    case(
        "order of a model that is not there",
        edit(_ORDER, '- "acme-small"\n', '- "acme-small"\n- "acme-huge"\n'),
        f"{_ORDER}: document: orders 'acme-huge', which no listed file declares",
    ),
    case(
        "a model ordered twice",
        edit(_ORDER, '- "acme-small"\n', '- "acme-small"\n' * 2),
        f"{_ORDER}: document: orders 'acme-small' twice",
    ),
]

MODELS = [
    case(
        "type of another list",
        edit(_S, 'model_type: "llm"', 'model_type: "tts"'),
        f"{_S}: model_type: 'tts' stands in a list of llm models",
    ),
    case(
        "name as a number",
        both(edit(_S, 'model: "acme-small"', "model: 1.5"), edit(_ORDER, '- "acme-small"\n', "")),
        f"{_S}: model: must be a string, not 1.5 without quotes",
    ),
    case(
        "label without English",
        edit(_S, 'en_US: "Acme small"', 'zh_Hans: "Acme"'),
        f"{_S}: label.en_US: is missing",
    ),
    case(
        "unknown feature",
        edit(_L, '"vision"', '"sight"'),
        f"{_L}: features[0]: 'sight' is unknown to a host",
    ),
    case(
        "polling for a Dify that does not know it",
        both(edit(_L, '"vision"', '"polling"'), edit("manifest.yaml", '"1.16.0"', '"1.14.0"')),
        f"{_L}: features[0]: polling breaks the list of providers in a Dify before 1.15.0",
    ),
    case(
        "no properties",
        edit(_S, 'model_properties:\n  mode: "chat"\n', ""),
        f"{_S}: model_properties: is missing",
    ),
    case(
        "unknown property",
        edit(_L, "  context_size: 128000", "  context_length: 128000"),
        f"{_L}: model_properties: has the key 'context_length', which the SDK and Dify refuse",
    ),
    case(
        "unknown mode",
        edit(_S, 'mode: "chat"', 'mode: "talk"'),
        f"{_S}: model_properties.mode: 'talk' is unknown to a host",
    ),
    case(
        "unknown template",
        edit(_L, 'use_template: "temperature"', 'use_template: "warmth"'),
        f"{_L}: parameter_rules[0].use_template: 'warmth' is unknown to a host",
    ),
    case(
        "parameter without a type",
        edit(_L, '    type: "string"\n', ""),
        f"{_L}: parameter_rules[1].type: is missing",
    ),
    case(
        "unknown type of parameter",
        edit(_L, 'type: "string"', 'type: "number"'),
        f"{_L}: parameter_rules[1].type: 'number' is unknown to a host",
    ),
    case(
        "parameter twice",
        edit(_L, 'name: "effort"', 'name: "temperature"'),
        f"{_L}: parameter_rules[1]: 'temperature' is declared twice",
    ),
    case(
        "default that is no option",
        edit(_L, 'default: "low"', 'default: "medium"'),
        f"{_L}: parameter_rules[1].default: 'medium' is not among the options",
    ),
    case(
        "default of another type",
        edit(_L, "default: 4096", 'default: "4096"'),
        f"{_L}: parameter_rules[2].default: '4096' does not fit the type int",
    ),
    case(
        "default above the maximum",
        edit(_L, "max: 8192", "max: 2048"),
        f"{_L}: parameter_rules[2]: default 4096 is above max 2048",
    ),
    case(
        "a template's default below the minimum",
        edit(_L, "    default: 4096\n    min: 1\n", "    min: 128\n"),
        f"{_L}: parameter_rules[2]: default 64 is below min 128",
    ),
    case(
        "option as a boolean",
        edit(_L, '      - "high"', "      - on"),
        f"{_L}: parameter_rules[1].options[1]: must be a string, not on without quotes",
    ),
    case(
        "price that is none",
        edit(_L, 'input: "0.50"', 'input: "0,50"'),
        f"{_L}: pricing.input: '0,50' is no decimal",
    ),
    case(
        "price without a currency",
        edit(_L, '  currency: "USD"\n', ""),
        f"{_L}: pricing.currency: is missing",
    ),
    case(
        "no YAML",
        both(put(_S, "model: [acme-small\n"), edit(_ORDER, '- "acme-small"\n', "")),
        f"{_S}: document: is no YAML that can be read: line 2: did not find expected ',' or ']'",
    ),
    case(
        "aliases that explode",
        both(
            put(
                _S,
                "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
                + "".join(
                    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
                    for old, new in zip("abcdef", "bcdefg", strict=True)
                ),
            ),
            edit(_ORDER, '- "acme-small"\n', ""),
        ),
        f"{_S}: document: its aliases make more than 100000 values",
    ),
    case(
        "an alias to itself",
        both(put(_S, "model: &a [*a]\n"), edit(_ORDER, '- "acme-small"\n', "")),
        f"{_S}: document: its aliases make more than 100000 values",
    ),
    case(
        "no UTF-8",
        both(put(_S, b"model: \xff\n"), edit(_ORDER, '- "acme-small"\n', "")),
        f"{_S}: encoding: byte 7 is no UTF-8",
    ),
    case(
        "a line of a megabyte",
        both(put(_S, f"model: {'a' * 1_048_576}\n"), edit(_ORDER, '- "acme-small"\n', "")),
        f"{_S}: size: has 1048584 bytes, more than 524288 are not read",
    ),
]


@pytest.mark.parametrize("broken", LISTS + MODELS, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)
