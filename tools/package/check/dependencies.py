"""The files from which a host installs what the plugin imports, and that they agree.

Source: the daemon's `internal/core/local_runtime/setup_python_environment.go`: pyproject.toml (with
uv.lock) is installed, requirements.txt where a package mirror is set or nothing else is there.
"""

from packaging.requirements import Requirement

from tools.package.check.lock_file import LOCK, check_lock
from tools.package.check.package import Package
from tools.package.check.project_file import PYPROJECT, check_project
from tools.package.check.requirement_rules import SDK_DISTRIBUTION, distribution_name
from tools.package.check.requirements_file import REQUIREMENTS, check_requirements
from tools.package.check.toml_document import read_toml


def check_dependencies(package: Package) -> frozenset[str]:
    """Check the dependency files and return the required packages, as modules are spelled."""
    required: list[Requirement] = []
    if PYPROJECT in package.files:
        required = _check_project(package)
    elif REQUIREMENTS not in package.files:
        rule = "is missing, and so is requirements.txt: nothing says what to install"
        package.report.problem(PYPROJECT, "file", rule, "add it, with uv.lock")
    if REQUIREMENTS in package.files:
        listed = check_requirements(package, required)
        if PYPROJECT not in package.files:
            required = listed
            if SDK_DISTRIBUTION not in map(distribution_name, listed):
                rule = "lacks dify_plugin"
                package.report.problem(REQUIREMENTS, "lines", rule, "add dify_plugin>=0.10.0,<1")
    elif PYPROJECT in package.files:
        rule = "is missing: Dify Cloud and the marketplace install from it"
        package.report.warning(REQUIREMENTS, "file", rule, "export it from the lock")
    return frozenset(distribution_name(requirement).replace("-", "_") for requirement in required)


def _check_project(package: Package) -> list[Requirement]:
    document = read_toml(package, PYPROJECT)
    required = check_project(package, document)
    name = document.optional("project").optional("name").value
    if LOCK not in package.files:
        rule = "is missing, so every install resolves anew"
        package.report.warning(LOCK, "file", rule, "run `uv lock`")
    elif isinstance(name, str):
        check_lock(package, read_toml(package, LOCK), required, name)
    return required
