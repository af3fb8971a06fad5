"""The Python sources that a provider's YAML names, and the classes that the SDK finds in them.

Sources: the SDK's `core/plugin_registration.py` (one provider class per module; of the model
classes of one type the last wins) and `interfaces/model/ai_model.py` (error texts are labelled with
the third part from the end of a module's name).
"""

from tools.package.check.class_bindings import ClassBindings
from tools.package.check.fields import Field
from tools.package.check.package import Package
from tools.package.check.python_modules import Modules
from tools.package.check.sdk_classes import MODEL_BASES, PROVIDER_BASE, SeenClass
from tools.package.check.values import shown

_CHARACTERS = 255
_MOST_SOURCES = 32
_LEAST_PARTS = 3
_IMPORT_THE_MODULE = "import the module of a base class, not the class"


def check_classes(
    package: Package, modules: Modules, provider: Field, supported: tuple[str, ...]
) -> None:
    """Check that the SDK finds one provider class and one class per type of models."""
    bindings = ClassBindings(modules)
    python = provider.required("extra", "python with the sources").required(
        "python", "provider_source and model_sources"
    )
    source = python.required("provider_source", "the path of the provider's Python file")
    path = _source_path(package, source)
    if path is not None and path in modules.trees:
        _check_provider_class(package, path, bindings)
    sources = python.not_null("model_sources")
    found_paths = [_source_path(package, entry) for entry in sources.items(_MOST_SOURCES)]
    paths = [path for path in found_paths if path is not None]
    for path in paths:
        if len(path.split("/")) < _LEAST_PARTS:
            rule = f"{path} lies less than two folders deep, which breaks the SDK's error texts"
            sources.problem(rule, "move it, as in models/llm/llm.py")
    found = _model_classes(package, modules, bindings, paths)
    if all(path is not None and path in modules.trees for path in found_paths):
        for model_type in supported:
            if model_type not in found:
                rule = f"have no class for {model_type}, which supported_model_types promises"
                sources.problem(rule, f"add one that extends {MODEL_BASES[model_type]}")


def _source_path(package: Package, source: Field) -> str | None:
    path = source.text(_CHARACTERS, r"[^\\]+\.py", "the path of a Python file")
    if path is not None and path not in package.files:
        rule = f"names {shown(path)}, which is not in the package"
        source.problem(rule, "write a path from the root")
        return None
    return path


def _check_provider_class(package: Package, path: str, bindings: ClassBindings) -> None:
    classes = bindings.classes_of(path)
    names = sorted(name for name, seen in classes.items() if PROVIDER_BASE in seen.extends)
    if not names:
        rule = f"has no class that extends {PROVIDER_BASE}"
        package.report.problem(path, "classes", rule, "write one")
    elif len(names) > 1:
        rule = f"has {' and '.join(names)}, of which the SDK takes only one"
        package.report.problem(path, "classes", rule, _IMPORT_THE_MODULE)
    else:
        _check_methods(package, path, names[0], classes[names[0]])


def _model_classes(
    package: Package, modules: Modules, bindings: ClassBindings, paths: list[str]
) -> dict[str, str]:
    """Return where the class of each type of models is found, and note second ones."""
    found: dict[str, str] = {}
    for path in paths:
        if path not in modules.trees:
            continue
        here = False
        for name, seen in bindings.classes_of(path).items():
            for model_type, base in MODEL_BASES.items():
                if base not in seen.extends:
                    continue
                here = True
                place = f"{name} in {path}"
                if model_type in found:
                    rule = f"has {name} beside {found[model_type]}: the SDK keeps the last {base}"
                    package.report.problem(path, "classes", rule, _IMPORT_THE_MODULE)
                else:
                    _check_methods(package, path, name, seen)
                found[model_type] = place
        if not here:
            rule = "has no class that extends one of the SDK's model classes"
            package.report.problem(path, "classes", rule, "write one or leave the source out")
    return found


def _check_methods(package: Package, path: str, name: str, seen: SeenClass) -> None:
    missing = sorted(seen.missing())
    if missing:
        rule = f"{name} lacks {', '.join(missing)}, so the SDK cannot make one"
        package.report.problem(path, "classes", rule, "define what the base class leaves open")
