"""README.md and its translations.

Sources: the daemon's `decoder/helper.go` (README.md, and `readme/README_xx_XX.md`), the
marketplace's README check (English, a source URL, words for setup, usage and credentials).
"""

import re

from tools.package.check.package import Package
from tools.package.check.values import shown

_README = "README.md"
_TRANSLATION = re.compile(r"readme/README_[a-z]{2}_[A-Za-z]{2,}\.md")
_TRANSLATION_AT_ROOT = re.compile(r"README[._][A-Za-z-]+(?:_[A-Za-z]+)?\.md")
_FENCE = re.compile(r"^(?:```|~~~)")
# Chinese, Japanese and Korean letters and punctuation.
_NOT_ENGLISH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_ADDRESS = re.compile(r"https?://[\w.-]+\.\w+/\S+")
_EXPECTED_WORDS = {
    "how to set it up": ("install", "setup", "set up", "configur"),
    "how to use it": ("use", "usage", "using"),
    "which credentials it needs": ("key", "credential", "token"),
}


def check_readme(package: Package) -> None:
    """Check the README and the names of its translations."""
    text = package.document(_README)
    if text is not None:
        _check_text(package, text)
    for name in package.files:
        in_folder = name.startswith("readme/") and name.endswith(".md")
        if (in_folder and not _TRANSLATION.fullmatch(name)) or _TRANSLATION_AT_ROOT.fullmatch(name):
            rule = "is no name under which a host finds a translation"
            package.report.problem(name, "name", rule, "write readme/README_zh_Hans.md")


def _check_text(package: Package, text: str) -> None:
    if not text.strip():
        package.report.problem(_README, "text", "is empty", "say what the plugin does")
        return
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if _FENCE.match(line.lstrip()):
            in_code = not in_code
        found = None if in_code else _NOT_ENGLISH.search(line)
        if found:
            rule = f"holds {shown(found[0])}, but the marketplace wants it in English"
            place = "move the text to readme/README_zh_Hans.md or another translation"
            package.report.problem(_README, f"line {number}", rule, place)
            break
    if not _ADDRESS.search(text):
        rule = "names no address of the source"
        package.report.warning(_README, "text", rule, "the owner writes it to publish")
    for what, words in _EXPECTED_WORDS.items():
        if not any(word in text.lower() for word in words):
            package.report.warning(_README, "text", f"does not say {what}", "add a section")
