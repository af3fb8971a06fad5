"""Which classes the names of a module stand for, found without running the module.

The SDK's loader looks at the names of a module after it ran: classes defined there and classes
imported from anywhere. This follows definitions, imports and plain renamings through the package;
what is computed (a class made by a call) it cannot see.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tools.package.check.python_modules import (
    Modules,
    executed_children,
    import_base,
)
from tools.package.check.sdk_classes import SDK_CLASSES, SDK_PACKAGE, SeenClass

_DEEPEST_IMPORT = 120  # modules that import one another; Python's own stack bounds the recursion
_SCOPES = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class SeenModule:
    """A module, of the package or of the SDK."""

    name: str


type Binding = SeenClass | SeenModule
type Scope = dict[str, Binding]


class ClassBindings:
    """Resolves the names of a package's modules, each module once."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self._scopes: dict[str, Scope] = {}
        self._depth = 0

    def classes_of(self, path: str) -> dict[str, SeenClass]:
        """Return the classes that the names of the file at `path` stand for once it ran."""
        scope = self._scope(path)
        return {name: seen for name, seen in scope.items() if isinstance(seen, SeenClass)}

    def _scope(self, path: str) -> Scope:
        if path in self._scopes or self._depth >= _DEEPEST_IMPORT:
            return self._scopes.get(path, {})
        # Noted before it is filled: modules that import each other see what is there so far.
        scope = self._scopes[path] = {}
        tree = self._modules.trees.get(path)
        self._depth += 1
        for statement in _statements(tree) if tree else ():
            self._bind(path, statement, scope)
        self._depth -= 1
        return scope

    def _bind(self, path: str, statement: ast.AST, scope: Scope) -> None:
        match statement:
            case ast.ClassDef():
                bases = [self._resolve(base, scope) for base in statement.bases]
                scope[statement.name] = _class(statement, bases)
            case ast.Import():
                for alias in statement.names:
                    name = alias.name if alias.asname else alias.name.split(".")[0]
                    scope[alias.asname or name] = SeenModule(name)
            case ast.ImportFrom():
                self._bind_imported(path, statement, scope)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                _rebind(scope, name, self._resolve(value, scope))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                _rebind(scope, name, self._resolve(value, scope))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                _rebind(scope, name, None)
            case ast.Delete():
                for target in statement.targets:
                    _rebind(scope, getattr(target, "id", ""), None)

    def _bind_imported(self, path: str, statement: ast.ImportFrom, scope: Scope) -> None:
        base = import_base(path, statement)
        if base is None:
            return
        for alias in statement.names:
            if alias.name != "*":
                found = self._attribute(SeenModule(base), alias.name)
                _rebind(scope, alias.asname or alias.name, found)
                continue
            source = self._modules.path_of(base)
            names = self._scope(source) if source else {}
            scope |= {name: seen for name, seen in names.items() if not name.startswith("_")}

    def _resolve(self, expression: ast.expr, scope: Scope) -> Binding | None:
        names: list[str] = []
        while isinstance(expression, ast.Attribute | ast.Subscript):
            if isinstance(expression, ast.Attribute):
                names.append(expression.attr)
            expression = expression.value
        found = scope.get(expression.id) if isinstance(expression, ast.Name) else None
        for name in reversed(names):
            found = self._attribute(found, name) if isinstance(found, SeenModule) else None
        return found

    def _attribute(self, module: SeenModule, name: str) -> Binding | None:
        if module.name.split(".")[0] == SDK_PACKAGE:
            return SDK_CLASSES.get(name, SeenModule(f"{module.name}.{name}"))
        path = self._modules.path_of(module.name)
        found = self._scope(path).get(name) if path else None
        if found is not None:
            return found
        inner_name = f"{module.name}.{name}" if module.name else name
        known = self._modules.path_of(inner_name) or self._modules.is_folder(inner_name)
        return SeenModule(inner_name) if known else None


def _rebind(scope: Scope, name: str, found: Binding | None) -> None:
    if found is None:
        scope.pop(name, None)
    else:
        scope[name] = found


def _statements(tree: ast.Module | ast.ClassDef) -> Iterator[ast.AST]:
    """Yield what a module or the body of a class runs, in order; without recursion."""
    pending: list[ast.AST] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES) and not isinstance(node, ast.expr):
            pending.extend(reversed(list(executed_children(node))))


def _class(statement: ast.ClassDef, bases: list[Binding | None]) -> SeenClass:
    classes = [base for base in bases if isinstance(base, SeenClass)]
    defined: set[str] = set()
    for child in _statements(statement):
        match child:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                defined.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]):
                defined.add(name)
    return SeenClass(
        extends=frozenset[str]().union(*(base.lineage() for base in classes)),
        defines=frozenset[str](defined).union(*(base.defines for base in classes)),
        is_whole=len(classes) == len(bases) and all(base.is_whole for base in classes),
    )
