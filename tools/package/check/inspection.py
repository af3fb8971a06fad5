"""Read what a path leads to, as what it is, and check it."""

import stat
from pathlib import Path

from tools.package.check.archive import read_archive
from tools.package.check.bundle import check_bundle
from tools.package.check.folder import read_folder
from tools.package.check.limits import BUNDLE_BYTES, PACKAGE_BYTES
from tools.package.check.package_rules import check_package
from tools.package.check.problem import Problem, Report, Verdict
from tools.package.check.signature_comment import check_comment

_PACKAGE = ".difypkg"
_BUNDLE = ".difybndl"


def verdict_of(path: Path) -> Verdict:
    """Check a package, a bundle or an unpacked package. Never raises for what it finds there."""
    report = Report()
    if path.is_dir():
        files = read_folder(path, report)
        if files is not None:
            check_package(files, report)
    elif path.suffix not in (_PACKAGE, _BUNDLE):
        rule = "is neither a package nor a bundle by its name"
        report.problem(path.name, "name", rule, f"name a {_PACKAGE}, a {_BUNDLE} or a folder")
    else:
        _check_archive(path, report)
    return report.verdict()


def problems_of(path: Path) -> list[Problem]:
    """Return why a host or the marketplace would refuse or mishandle what lies at `path`."""
    return list(verdict_of(path).problems)


def warnings_of(path: Path) -> list[Problem]:
    """Return what only the owner can fill in, and what is accepted but seldom meant."""
    return list(verdict_of(path).warnings)


def _check_archive(path: Path, report: Report) -> None:
    is_bundle = path.suffix == _BUNDLE
    most = BUNDLE_BYTES if is_bundle else PACKAGE_BYTES
    content = _read(path, most, report)
    archive = read_archive(path.name, content, most, report) if content is not None else None
    if archive is None:
        return
    if is_bundle:
        if archive.comment:
            rule = "is not empty, but only packages are signed"
            report.problem(path.name, "comment", rule, "sign the packages in it")
        check_bundle(archive.files, report)
    else:
        check_comment(path.name, archive.comment, archive.files, report)
        check_package(archive.files, report)


def _read(path: Path, most: int, report: Report) -> bytes | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            report.problem(path.name, "file", "is no plain file", "name a package")
            return None
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError):
        report.problem(path.name, "file", "cannot be read", "name a file that is there")
        return None
    if len(content) > most:
        rule = f"has more than {most} bytes, which a host takes at most"
        report.problem(path.name, "size", rule, "leave files out")
        return None
    return content
