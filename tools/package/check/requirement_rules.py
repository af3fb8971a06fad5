"""Rules for one required package, wherever it is written.

Sources: the marketplace's dependency check (no direct URL, none without a constraint), the SDK's
history (`get_current_session`, which gives the app's id, came with dify_plugin 0.10.0).
"""

from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.package.check.problem import Report
from tools.package.check.values import shown

SDK_DISTRIBUTION = "dify-plugin"
_BOUNDS = ("==", "===", "~=", "<", "<=")
_CONSTRAINTS = (*_BOUNDS, ">", ">=")
# Any of these would do for a specifier that lets an older SDK in.
_OLD_SDK_VERSIONS = ("0.0.1", "0.1.0", "0.5.0", "0.7.4", "0.9.0", "0.9.9", "0.9.999")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a requirement is written."""

    file: str
    field: str
    report: Report

    def problem(self, rule: str, instead: str) -> None:
        """Note a problem here."""
        self.report.problem(self.file, self.field, rule, instead)


def check_requirement(text: str, place: Place) -> Requirement | None:
    """Parse a requirement by PEP 508, check it and return it."""
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, ValueError, RecursionError):
        place.problem(f"{shown(text)} is no requirement", "write name>=version,<version")
        return None
    name = canonicalize_name(requirement.name)
    operators = {specifier.operator for specifier in requirement.specifier}
    if requirement.url is not None:
        place.problem(f"{name} comes from a URL", "name a released version")
    elif operators.isdisjoint(_CONSTRAINTS):
        place.problem(f"{name} has no version", f"write {name}>=version,<version")
    elif operators.isdisjoint(_BOUNDS):
        rule = f"{name} has no upper bound"
        place.report.warning(place.file, place.field, rule, "add <version")
    if name == SDK_DISTRIBUTION and _admits(requirement.specifier, _OLD_SDK_VERSIONS):
        rule = "dify_plugin before 0.10.0 does not know the app's id"
        place.problem(rule, "write dify_plugin>=0.10.0")
    return requirement


def distribution_name(requirement: Requirement) -> str:
    """Return the name by which two spellings of a package are the same."""
    return str(canonicalize_name(requirement.name))


def _admits(specifier: SpecifierSet, versions: tuple[str, ...]) -> bool:
    return bool(specifier) and any(specifier.contains(version) for version in versions)
