"""The files of one package as the checks see them, and how their text is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.package.check.limits import DECLARATION_BYTES, PROJECT_BYTES
from tools.package.check.problem import Report


@dataclass(frozen=True, slots=True)
class Package:
    """A package in memory: contents by path, and where problems are noted."""

    files: Mapping[str, bytes]
    report: Report

    def declaration(self, name: str) -> str | None:
        """Return the text of a YAML or Python file, or note why there is none."""
        return self._text(name, DECLARATION_BYTES)

    def document(self, name: str) -> str | None:
        """Return the text of a README or of a file of the project, or note why there is none."""
        return self._text(name, PROJECT_BYTES)

    def has_folder(self, folder: str) -> bool:
        """Say whether any file lies below `folder`."""
        return any(name.startswith(f"{folder}/") for name in self.files)

    def _text(self, name: str, most: int) -> str | None:
        content = self.files.get(name)
        if content is None:
            self.report.problem(name, "file", "is not in the package", "add it")
            return None
        if len(content) > most:
            rule = f"has {len(content)} bytes, more than {most} are not read"
            self.report.problem(name, "size", rule, "make it smaller")
            return None
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            rule = f"byte {error.start} is no UTF-8"
            self.report.problem(name, "encoding", rule, "save the file as UTF-8")
            return None
