"""Files that do not belong into a package: the marketplace's list.

Source: the marketplace's final package validation. A host unpacks all of them without a word, and
starts with a stray `.env` in force.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from tools.package.check.package import Package
from tools.package.check.problem import Report

# fmt: off
FORBIDDEN_FOLDERS = frozenset({
    ".git", ".hg", ".svn", ".venv", "venv", "env", "__pycache__", ".pytest_cache", ".ruff_cache",
    ".mypy_cache", ".tox", ".nox", ".idea", ".vscode", "node_modules",
})
_FORBIDDEN_NAMES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", ".gitconfig", "id_rsa"})
_FORBIDDEN_ENDINGS = (
    ".key", ".pem", ".p12", ".pfx", ".pyc", ".pyo", ".log", ".tmp", ".swp", ".swo", ".bak",
)
_BINARY_ENDINGS = (".so", ".dll", ".dylib", ".exe", ".node", ".pyd")
_DOUBTFUL_ENDINGS = (".sh", ".bin", ".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_DOUBTFUL_FOLDERS = frozenset({"build", "dist"})
# fmt: on
_ENVIRONMENT_SAMPLES = (".example", ".sample", ".template")
# ELF, PE, and Mach-O in both byte orders and widths.
_MACHINE_CODE = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
_HEAD = 1_024
_IGNORE = ".difyignore"


def check_contents(package: Package) -> None:
    """Check the name and the first bytes of every file, and the list of what is not packed."""
    _check_ignore(package)
    for name, content in package.files.items():
        path = PurePosixPath(name)
        folder = next((f for f in _folders(path) if f.name in FORBIDDEN_FOLDERS), None)
        if folder is not None:
            report_folder(str(folder), package.report)
        elif _is_forbidden(path.name):
            package.report.problem(name, "name", "does not belong into a package", "leave it out")
        elif path.name.endswith(_BINARY_ENDINGS) or _is_machine_code(content):
            rule = "is machine code, which the marketplace refuses"
            package.report.problem(name, "content", rule, "require a package that brings it")
        elif path.name.endswith(_DOUBTFUL_ENDINGS):
            rule = "is a kind of file that the marketplace asks about"
            package.report.warning(name, "name", rule, "leave it out if nothing needs it")
        elif any(folder.name in _DOUBTFUL_FOLDERS for folder in _folders(path)):
            rule = "lies in a folder for built things"
            package.report.warning(name, "name", rule, "leave it out if nothing needs it")


def _check_ignore(package: Package) -> None:
    lines = package.files.get(_IGNORE, b"").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(b"!"):
            rule = "takes back an exclusion, which Dify's own packer does not do"
            package.report.problem(_IGNORE, f"line {number}", rule, "list less above it")


def report_folder(folder: str, report: Report) -> None:
    """Note a folder that does not belong into a package, once for all that is in it."""
    report.problem(folder, "folder", "does not belong into a package", "leave it out")


def _folders(path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Yield the folders that a file lies in, the outermost first."""
    yield from reversed(path.parents)


def _is_forbidden(name: str) -> bool:
    environment = name.startswith(".env") and not name.endswith(_ENVIRONMENT_SAMPLES)
    return environment or name in _FORBIDDEN_NAMES or name.endswith(_FORBIDDEN_ENDINGS)


def _is_machine_code(content: bytes) -> bool:
    return content.startswith(_MACHINE_CODE) and b"\0" in content[:_HEAD]
