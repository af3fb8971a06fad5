"""Keys and passwords that were left in a file. What is found is never printed.

Source: the marketplace's secret check: shapes of vendors' keys, tokens, private keys, and quoted
values of high entropy behind a telling name.
"""

import math
import re
from collections import Counter

from tools.package.check.package import Package

_SCANNED_BYTES = 1_048_576
_RANDOM_BITS = 4.0  # of entropy per character; words stay below, random letters and digits above
_SHAPES = {
    "an OpenAI key": re.compile(rb"\bsk-[A-Za-z0-9_-]{20,200}"),
    "an AWS key": re.compile(rb"\bAKIA[0-9A-Z]{16}\b"),
    "a GitHub token": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})"),
    "a Slack token": re.compile(rb"\bxox[abprs]-[A-Za-z0-9-]{10,200}"),
    "a Google key": re.compile(rb"\bAIza[0-9A-Za-z_-]{35}"),
    "a JSON web token": re.compile(
        rb"\beyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,2000}"
    ),
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----"),
}
_ASSIGNMENT = re.compile(
    rb"(?i)(?:api_?key|secret|token|passwd|password)[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    rb"[\"']([A-Za-z0-9+/_=-]{20,200})[\"']"
)


def check_secrets(package: Package) -> None:
    """Check every text file for what looks like a secret."""
    for name, content in package.files.items():
        text = content[:_SCANNED_BYTES]
        if b"\0" in text:
            continue
        for what, shape in _SHAPES.items():
            found = shape.search(text)
            if found:
                _report(package, name, text[: found.start()].count(b"\n") + 1, what)
        for assignment in _ASSIGNMENT.finditer(text):
            if _entropy(assignment[1]) >= _RANDOM_BITS:
                line = text[: assignment.start()].count(b"\n") + 1
                _report(package, name, line, "a secret")


def _report(package: Package, name: str, line: int, what: str) -> None:
    rule = f"holds what looks like {what}"
    package.report.problem(name, f"line {line}", rule, "take it out and revoke it if it is one")


def _entropy(value: bytes) -> float:
    """Return Shannon's entropy of a value in bits per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)
