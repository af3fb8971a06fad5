"""Texts that people read, one per language.

Sources: the daemon's `plugin_entities/basic_type.go` (`en_US` of 1 to 1023 characters, the others
shorter than 1024), the SDK's `entities/parameters.py`. Other languages are ignored by every host.
"""

from tools.package.check.fields import Field

TEXT_CHARACTERS = 1023
LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")


def check_translations(texts: Field) -> list[Field]:
    """Check a text in every language that hosts know and return the texts that are there."""
    found = [texts.required("en_US", "the English text")]
    found += [texts.optional(language) for language in LANGUAGES[1:]]
    written = [text for text in found if text.value != ""]
    if found[0] not in written:
        found[0].problem("is empty", "write the English text")
    return [text for text in written if text.text(TEXT_CHARACTERS) is not None]
