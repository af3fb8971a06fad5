"""Read a TOML file of a package; what cannot be read is a problem."""

import tomllib

from tools.package.check.fields import Field
from tools.package.check.package import Package


def read_toml(package: Package, name: str) -> Field:
    """Read one file of a package; a file that cannot be read gives an absent value."""
    empty = Field(name, "", None, package.report).absent()
    text = package.document(name)
    if text is None:
        return empty
    try:
        return Field(name, "", tomllib.loads(text), package.report)
    except (ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it is nested too deep"
        empty.problem(f"is no TOML that can be read: {reason}", "write valid TOML")
        return empty
