"""Providers that a host refuses or shows wrongly, each with one mistake."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import Case, assert_said, case, edit, name_of

_P = "provider/acme.yaml"

PROVIDERS = [
    case(
        "a name that Dify cannot address",
        edit(_P, 'provider: "acme"', 'provider: "acme.ai"'),
        f"{_P}: provider: 'acme.ai' does not match [a-z0-9_-]+",
    ),
    case(
        "a name longer than its column",
        edit(_P, 'provider: "acme"', f'provider: "{"a" * 128}"'),
        f"{_P}: provider: has 128 characters, at most 127 are accepted",
    ),
    case(
        "small icon that is not there",
        edit(_P, 'icon_small:\n  en_US: "icon.svg"', 'icon_small:\n  en_US: "logo.svg"'),
        f"{_P}: icon_small.en_US: 'logo.svg' is not in _assets",
    ),
    case(
        "dark icon that is not there",
        edit(_P, '  en_US: "icon_dark.svg"', '  en_US: "night.svg"'),
        f"{_P}: icon_small_dark.en_US: 'night.svg' is not in _assets",
    ),
    case(
        "icon of one language that is not there",
        edit(_P, '  en_US: "icon_dark.svg"', '  en_US: "icon_dark.svg"\n  zh_Hans: "zh.svg"'),
        f"{_P}: icon_small_dark.zh_Hans: 'zh.svg' is not in _assets",
    ),
    case(
        "help without an address",
        edit(_P, '  url:\n    en_US: "https://acme.example/keys"\n', ""),
        f"{_P}: help.url: is missing",
    ),
    case(
        "a type that Dify does not know",
        edit(_P, '  - "text-embedding"\n', '  - "text-embedding"\n  - "text2img"\n'),
        f"{_P}: supported_model_types[2]: 'text2img' is unknown to a host",
    ),
    case(
        "a type without a class",
        edit(_P, '  - "text-embedding"\n', '  - "text-embedding"\n  - "tts"\n'),
        f"{_P}: extra.python.model_sources: have no class for tts, which supported_model_types"
        " promises",
    ),
    case(
        "models of a type that is not supported",
        edit(_P, '  - "text-embedding"\n', ""),
        f"{_P}: models.text_embedding: lists text-embedding models, which supported_model_types"
        " leaves out",
    ),
    case(
        "unknown method",
        edit(_P, '  - "customizable-model"', '  - "customizable-model"\n  - "fetch-from-remote"'),
        f"{_P}: configurate_methods[2]: 'fetch-from-remote' is unknown to a host",
    ),
    case(
        "no methods",
        edit(
            _P,
            'configurate_methods:\n  - "predefined-model"\n  - "customizable-model"',
            "configurate_methods: []",
        ),
        f"{_P}: configurate_methods: is empty",
    ),
    case(
        "types in the spelling of the manifest",
        edit(_P, "  text_embedding:\n", "  text-embedding:\n"),
        f"{_P}: models: has the key 'text-embedding', which a host passes over",
    ),
    case(
        "no sources",
        edit(_P, '    provider_source: "provider/acme.py"\n', ""),
        f"{_P}: extra.python.provider_source: is missing",
    ),
    case(
        "provider source that is not there",
        edit(_P, "provider/acme.py", "provider/other.py"),
        f"{_P}: extra.python.provider_source: names 'provider/other.py', which is not in the"
        " package",
    ),
]


@pytest.mark.parametrize("broken", PROVIDERS, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)
