"""Names of the entries of an archive: what every unpacker puts where it says.

Source: the daemon's `decoder/zip.go`: it opens each entry by its name as a file below the plugin's
folder, so a folder entry, a repeated name and a way out of that folder all fail.
"""

from collections import Counter
from collections.abc import Iterable

from tools.package.check.problem import Report
from tools.package.check.values import shown

_PART_BYTES = 255  # of a file's name on the file systems that hosts use
_FIELD = "name"


def check_names(names: Iterable[str], report: Report) -> None:
    """Check the names of all entries, each alone and beside the others."""
    counts = Counter(names)
    folders = {folder for name in counts for folder in _folders_of(name)}
    for name, count in counts.items():
        if name.endswith("/"):
            rule = "is a folder's entry, which a host reads as a file"
            report.problem(name, _FIELD, rule, "pack files only")
            continue
        if count > 1:
            report.problem(name, _FIELD, f"stands {count} times in the archive", "pack it once")
        if name in folders:
            report.problem(name, _FIELD, "is a file and a folder", "rename one of them")
        check_name(name, report)


def check_name(name: str, report: Report) -> None:
    """Check one path: relative, with `/`, without steps up, with names that a disk can hold."""
    parts = name.split("/")
    if name.startswith("/"):
        report.problem(name, _FIELD, "is an absolute path", "write it relative to the root")
    elif ".." in parts:
        report.problem(name, _FIELD, "leads out of the package", "write it without ..")
    elif "\\" in name:
        report.problem(name, _FIELD, "separates folders with a backslash", "write /")
    elif "" in parts or "." in parts:
        rule = f"{shown(name)} has an empty part"
        report.problem(name, _FIELD, rule, "write each folder's name once")
    elif not name.isprintable():
        report.problem(name, _FIELD, "has characters that cannot be printed", "rename it")
    elif any(len(part.encode()) > _PART_BYTES for part in parts):
        rule = f"has a part of more than {_PART_BYTES} bytes"
        report.problem(name, _FIELD, rule, "shorten it")


def _folders_of(name: str) -> Iterable[str]:
    parts = name.rstrip("/").split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts)))
