"""The join of all rules for one package."""

from collections.abc import Mapping

from tools.package.check.contents import check_contents
from tools.package.check.dependencies import check_dependencies
from tools.package.check.imports import check_imports, check_shadows
from tools.package.check.manifest import check_manifest
from tools.package.check.package import Package
from tools.package.check.problem import Report
from tools.package.check.provider import check_provider
from tools.package.check.python_modules import parse_modules
from tools.package.check.readme import check_readme
from tools.package.check.secret_texts import check_secrets
from tools.package.check.yaml_document import read_yaml

MANIFEST = "manifest.yaml"


def check_package(files: Mapping[str, bytes], report: Report) -> None:
    """Check a package's files; without a manifest there is no package to say more about."""
    if MANIFEST not in files:
        folders = sorted(name.removesuffix(MANIFEST) for name in files if name.endswith(MANIFEST))
        found = f"there is one in {folders[0]}: pack what is in it" if folders else "add it"
        report.problem(MANIFEST, "file", "is not at the root", found)
        return
    package = Package(files, report)
    declared = check_manifest(package, read_yaml(package, MANIFEST))
    modules = parse_modules(package)
    for name in declared.providers:
        check_provider(package, modules, read_yaml(package, name), declared.minimum_dify)
    check_imports(package, modules)
    check_shadows(package, modules, check_dependencies(package))
    check_contents(package)
    check_secrets(package)
    check_readme(package)
