"""requirements.txt: what a host with a package mirror, Dify Cloud and the marketplace install."""

from collections.abc import Iterator

from packaging.requirements import Requirement

from tools.package.check.package import Package
from tools.package.check.project_file import is_inner_folder
from tools.package.check.requirement_rules import Place, check_requirement, distribution_name
from tools.package.check.values import shown

REQUIREMENTS = "requirements.txt"
_MOST_LINES = 5_000


def check_requirements(package: Package, required: list[Requirement]) -> list[Requirement]:
    """Check a requirements file against what the project requires, and return what it lists."""
    text = package.document(REQUIREMENTS)
    if text is None:
        return []
    found: dict[str, Requirement] = {}
    for number, line in _lines(text):
        place = Place(REQUIREMENTS, f"line {number}", package.report)
        requirement = _check_line(package, line, place)
        if requirement is not None:
            found[distribution_name(requirement)] = requirement
    for name in sorted({distribution_name(requirement) for requirement in required} - set(found)):
        rule = f"lacks {name}, which pyproject.toml requires"
        package.report.problem(REQUIREMENTS, "lines", rule, "export it from the lock again")
    return list(found.values())


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each logical line with the number of its first line, without comments."""
    start, joined = 1, ""
    for number, line in enumerate(text.splitlines()[:_MOST_LINES], start=1):
        start = start if joined else number
        content = "" if line.lstrip().startswith("#") else line.partition(" #")[0]
        joined += content.rstrip("\\")
        if not content.endswith("\\"):
            if joined.strip():
                yield start, joined.strip()
            joined = ""
    if joined.strip():
        yield start, joined.strip()


def _check_line(package: Package, line: str, place: Place) -> Requirement | None:
    option, _, value = line.replace("=", " ", 1).partition(" ")
    if line.startswith("-"):
        inner = option in ("--find-links", "-f") and is_inner_folder(package, value.strip())
        if not inner and option != "--no-index":
            place.problem(f"{shown(line)} needs more than the package", "list requirements only")
        return None
    requirement, *hashes = line.split(" --hash")
    if not hashes and requirement.removeprefix("./") in package.files:
        return None  # a wheel that the package carries
    return check_requirement(requirement.strip(), place)
