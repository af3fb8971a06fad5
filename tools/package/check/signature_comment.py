"""The archive's comment: empty, or a third party's signature in the daemon's form.

Sources: the daemon's `decoder/zip.go` and `signer/withkey/sign_with_key.go`. Whether the signature
is genuine is what `verify` says; this says whether a host can read it at all.
"""

import base64
import binascii
import json
from collections.abc import Mapping

from tools.package.check.problem import Report
from tools.package.check.values import Json, shown

VERIFICATION = ".verification.dify.json"
_SIGNATURE_BYTES = 512  # of RSA-4096
_CATEGORIES = ("langgenius", "partner", "community")
_SIGN_AGAIN = "sign the package again"


def check_comment(name: str, comment: bytes, files: Mapping[str, bytes], report: Report) -> None:
    """Check the comment of the archive `name`, and the file that a signature adds."""
    if not comment:
        if VERIFICATION in files:
            rule = "belongs to a signature, which the archive does not have"
            report.problem(VERIFICATION, "file", rule, _SIGN_AGAIN)
        return
    if not _is_signature(_json(comment)):
        rule = "is no signature, which is all a host looks for there"
        report.problem(name, "comment", rule, "leave it empty or sign the package")
    elif VERIFICATION in files:
        marks = _json(files[VERIFICATION])
        category = marks.get("authorized_category") if isinstance(marks, dict) else None
        if category not in _CATEGORIES:
            rule = f"{shown(category)} is no category that a host knows"
            report.problem(VERIFICATION, "authorized_category", rule, _SIGN_AGAIN)


def _is_signature(value: Json) -> bool:
    if not isinstance(value, dict) or type(value.get("time")) is not int:
        return False
    signature = value.get("signature")
    try:
        content = base64.b64decode(signature, validate=True) if isinstance(signature, str) else b""
    except (binascii.Error, ValueError):
        return False
    return len(content) == _SIGNATURE_BYTES


def _json(content: bytes) -> Json:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
