"""Imports between a package's own modules, and names that hide installed ones.

A module that was left out of the package, or a folder that is called like a library, kills the
process before its first heartbeat; the host then only says that the plugin did not start.
"""

import ast
import sys
from collections.abc import Iterator

from tools.package.check.package import Package
from tools.package.check.python_modules import Modules, executed_children, import_base


def check_imports(package: Package, modules: Modules) -> None:
    """Check that what the package's modules import of one another is there."""
    for path, tree in modules.trees.items():
        for statement in _unguarded_imports(tree):
            for name in _missing(path, statement, modules):
                rule = f"imports {name}, which is not in the package"
                line = f"line {statement.lineno}"
                package.report.problem(path, line, rule, "add the module or drop the import")


def check_shadows(package: Package, modules: Modules, installed: frozenset[str]) -> None:
    """Check that no top-level name hides a standard module or one of the packages `installed`."""
    hidden = sys.stdlib_module_names | installed
    for root in sorted(modules.roots & hidden):
        rule = f"hides the installed module {root}, as the package's root is searched first"
        file = f"{root}.py" if f"{root}.py" in modules.files else root
        package.report.problem(file, "name", rule, "rename it")


def _unguarded_imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that must succeed: those below `try` may have an answer to failure."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try):
            pending.extend([*node.handlers, *node.orelse, *node.finalbody])
        else:
            pending.extend(executed_children(node))


def _missing(path: str, statement: ast.Import | ast.ImportFrom, modules: Modules) -> Iterator[str]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            if not _exists(alias.name, modules):
                yield alias.name
        return
    base = import_base(path, statement)
    if base is None or not _exists(base, modules, own=bool(statement.level)):
        yield "." * statement.level + (statement.module or "")
        return
    own_folder = modules.is_folder(base) and modules.path_of(base) is None
    for alias in statement.names:
        # A folder without an __init__.py holds nothing but modules.
        if own_folder and alias.name != "*" and not _exists(f"{base}.{alias.name}", modules):
            yield f"{base}.{alias.name}"


def _exists(name: str, modules: Modules, own: bool = False) -> bool:
    """Say whether a module is in the package or, unless it is `own`, none of the package's."""
    if modules.path_of(name) or modules.is_folder(name):
        return True
    return not own and name.split(".", maxsplit=1)[0] not in modules.roots
