"""An unpacked package: a folder of which every file counts as packed."""

import os
import stat
from pathlib import Path

from tools.package.check.contents import FORBIDDEN_FOLDERS, report_folder
from tools.package.check.entry_names import check_name
from tools.package.check.limits import MOST_FILES, PACKAGE_BYTES
from tools.package.check.problem import Report


def read_folder(root: Path, report: Report) -> dict[str, bytes] | None:
    """Read all files below `root`, or note why that is not done.

    Folders that never belong into a package (`.git`, `.venv`) are noted and not entered.
    """
    paths = _paths(root, report)
    if len(paths) > MOST_FILES:
        rule = f"holds more than {MOST_FILES} files"
        report.problem(root.name, "files", rule, "name the folder of one package")
        return None
    files: dict[str, bytes] = {}
    left = PACKAGE_BYTES
    for path in paths:
        name = path.relative_to(root).as_posix()
        check_name(name, report)
        content = _read(path, name, left, report)
        if content is None:
            continue
        left -= len(content)
        if left < 0:
            rule = f"holds more than {PACKAGE_BYTES} bytes, which a host takes at most"
            report.problem(root.name, "size", rule, "leave files out")
            return None
        files[name] = content
    return files


def _paths(root: Path, report: Report) -> list[Path]:
    def unreadable(error: OSError) -> None:
        report.problem(str(error.filename), "folder", "cannot be listed", "make it readable")

    paths: list[Path] = []
    for folder, folders, names in os.walk(root, onerror=unreadable):
        here = Path(folder)
        for name in sorted(folders):
            path = (here / name).relative_to(root).as_posix()
            if name in FORBIDDEN_FOLDERS:
                report_folder(path, report)
            elif (here / name).is_symlink():
                rule = "is a link to a folder, which the packer cannot pack"
                report.problem(path, "link", rule, "copy the folder")
        folders[:] = sorted(set(folders) - FORBIDDEN_FOLDERS)
        paths += [here / name for name in sorted(names)]
        if len(paths) > MOST_FILES:
            break
    return paths


def _read(path: Path, name: str, most: int, report: Report) -> bytes | None:
    """Read one file up to one byte more than `most`; a device or a pipe would never end."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as file:
                return file.read(most + 1)
    except OSError:
        report.problem(name, "file", "cannot be read", "make it readable")
        return None
    kind = "a symbolic link" if stat.S_ISLNK(mode) else "no plain file"
    report.problem(name, "file", f"is {kind}", "put a file in its place")
    return None
