"""The Python modules of a package: parsed once, found by name, read without being run."""

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from tools.package.check.package import Package

_COMPILE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


@dataclass(frozen=True, slots=True)
class Modules:
    """The syntax trees of all modules that compile, by path."""

    trees: Mapping[str, ast.Module]
    files: frozenset[str]
    folders: frozenset[str]
    roots: frozenset[str]  # top-level names, which come before every installed module

    def path_of(self, module: str) -> str | None:
        """Return the file of a dotted module name, or None if the package has no such file."""
        stem = module.replace(".", "/")
        return next((p for p in (f"{stem}.py", f"{stem}/__init__.py") if p in self.files), None)

    def is_folder(self, module: str) -> bool:
        """Say whether a dotted name is a folder with Python files below it."""
        return module.replace(".", "/") in self.folders


def parse_modules(package: Package) -> Modules:
    """Compile every Python file, as the host does after it has unpacked them."""
    names = sorted(name for name in package.files if name.endswith(".py"))
    parsed = ((name, _parse(package, name)) for name in names)
    trees = {name: tree for name, tree in parsed if tree is not None}
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    roots = {name.split("/")[0].removesuffix(".py") for name in names}
    return Modules(trees, frozenset(names), frozenset(folders), frozenset(roots))


def import_base(path: str, statement: ast.ImportFrom) -> str | None:
    """Return the absolute name of the module that a `from` import reads; None above the root."""
    if not statement.level:
        return statement.module or ""
    folders = path.split("/")[:-1]
    if statement.level > len(folders):
        return None
    kept = folders[: len(folders) - statement.level + 1]
    return ".".join([*kept, statement.module] if statement.module else kept)


def executed_children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs below a node: all but the body of `if TYPE_CHECKING`."""
    skipped = node.body if isinstance(node, ast.If) and _is_type_checking(node.test) else []
    for child in ast.iter_child_nodes(node):
        if child not in skipped:
            yield child


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return bool(name == "TYPE_CHECKING")


def _parse(package: Package, name: str) -> ast.Module | None:
    text = package.declaration(name)
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a doubtful escape is no reason to refuse
            tree = ast.parse(text, name)
            compile(tree, name, "exec", dont_inherit=True)
            return tree
    except _COMPILE_ERRORS as error:
        line = getattr(error, "lineno", None) or 1
        rule = f"does not compile: {getattr(error, 'msg', None) or error}"
        package.report.problem(name, f"line {line}", rule, "write valid Python 3.12")
        return None
