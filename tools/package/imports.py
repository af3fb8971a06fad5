"""What Python sources import, wherever in them, and which files of the tree that means."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.package.errors import PackagerFailure

# A package that needed one of these would need the repository.
KEPT_BACK = frozenset({"docs", "fakes", "integrations", "tests", "tools"})


@dataclass(frozen=True, slots=True)
class Import:
    """`import module`, or `from module import names`; a relative module is made absolute."""

    module: str
    names: tuple[str, ...] = ()


def imported_modules(files: Mapping[str, bytes]) -> frozenset[str]:
    """Return every dotted name that the Python sources among `files` import.

    `from a import b` gives `a` and `a.b`, which may be a module or not.
    """
    imports = [
        imported
        for path, content in files.items()
        if path.endswith(".py")
        for imported in _imports_of(path, content)
    ]
    names = {f"{imported.module}.{name}" for imported in imports for name in imported.names}
    return frozenset({imported.module for imported in imports} | names)


def with_imported_files(root: Path, paths: Iterable[str]) -> dict[str, bytes]:
    """Read sources by their paths below `root`, and all that they import from there, and so on.

    Imports within functions count, and so do the packages (`__init__.py`) on the way to a module.

    Raises:
        PackagerFailure: a file is absent, is no Python, or imports what cannot be packed.
    """
    found: dict[str, bytes] = {}
    waiting = list(paths)
    while waiting:  # each file passes once
        path = waiting.pop()
        if path in found:
            continue
        try:
            found[path] = (root / path).read_bytes()
        except OSError as error:
            raise PackagerFailure(f"{path!r} is to be packed, but the tree lacks it.") from error
        waiting += _packages_of(root, path)
        waiting += _first_party_files(root, path, found[path])
    return found


def _imports_of(path: str, source: bytes) -> Iterator[Import]:
    try:
        tree = ast.parse(source, filename=path)
    except (SyntaxError, ValueError) as error:
        raise PackagerFailure(f"{path!r} is no Python that this interpreter can read.") from error
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from (Import(alias.name) for alias in aliases)
            case ast.ImportFrom(module=module, names=aliases, level=level):
                names = tuple(alias.name for alias in aliases)
                yield Import(_absolute(path, module or "", level), names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module" as name)
                | ast.Attribute(attr="import_module" as name)
            ):
                raise PackagerFailure(
                    f"{path!r} imports by {name}(), which the packager cannot follow; write an"
                    " import statement."
                )


def _absolute(path: str, module: str, level: int) -> str:
    if level == 0:
        return module
    package = PurePosixPath(path).parent.parts
    if level > len(package):
        raise PackagerFailure(f"{path!r} imports from above the tree; write the module's name.")
    return ".".join([*package[: len(package) - level + 1], *filter(None, [module])])


def _first_party_files(root: Path, path: str, source: bytes) -> Iterator[str]:
    for imported in _imports_of(path, source):
        top = imported.module.partition(".")[0]
        if _module_files(root, top) is None:
            continue  # a library's
        if top in KEPT_BACK:
            raise PackagerFailure(
                f"{path!r} imports {imported.module!r}, which no package holds; move what it needs."
            )
        yield from _files_to(root, path, imported.module)
        for name in imported.names:
            yield from _files_of_name(root, path, imported.module, name)


def _module_files(root: Path, module: str) -> list[str] | None:
    """Return the file of a module, nothing for a folder without code, None if there is neither."""
    stem = module.replace(".", "/")
    for candidate in (f"{stem}/__init__.py", f"{stem}.py"):
        if (root / candidate).is_file():
            return [candidate]
    return [] if (root / stem).is_dir() else None


def _files_to(root: Path, path: str, module: str) -> Iterator[str]:
    """Yield the files that importing a dotted name runs."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        files = _module_files(root, ".".join(parts[:length]))
        if files is None:
            raise _not_found(path, module)
        yield from files


def _files_of_name(root: Path, path: str, module: str, name: str) -> list[str]:
    """Return the file of `from module import name` if the name is a module's."""
    files = _module_files(root, f"{module}.{name}")
    if files is not None:
        return files
    package = root / module.replace(".", "/") / "__init__.py"
    in_package = package.parent.is_dir()
    if in_package and name != "*" and not (package.is_file() and _binds(package, name)):
        raise _not_found(path, f"{module}.{name}")
    return []


def _binds(source: Path, wanted: str) -> bool:
    for node in ast.walk(ast.parse(source.read_bytes())):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.alias(asname=str(name))
                | ast.alias(name=name, asname=None)
            ) if name == wanted:
                return True
    return False


def _packages_of(root: Path, path: str) -> list[str]:
    """Return the packages that a source lies in: a host imports it by its dotted name."""
    folders = PurePosixPath(path).parents
    inits = (str(folder / "__init__.py") for folder in folders if folder.name)
    return [init for init in inits if (root / init).is_file()]


def _not_found(path: str, module: str) -> PackagerFailure:
    return PackagerFailure(
        f"{path!r} imports {module!r}, which the tree lacks; add the file or mend the import."
    )
