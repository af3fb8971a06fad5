"""Dependency files with which a host installs nothing, too much or the wrong thing."""

from pathlib import Path

import pytest

from tests.workshop.package.check.breakage import (
    Case,
    assert_said,
    both,
    case,
    drop,
    edit,
    name_of,
    put,
)

_P = "pyproject.toml"
_L = "uv.lock"
_R = "requirements.txt"
_DEPENDENCIES = '"dify_plugin>=0.10.2,<0.11", "httpx2>=2.16,<3"'

CASES = [
    case(
        "nothing to install from",
        drop(_P, _L, _R),
        f"{_P}: file: is missing, and so is requirements.txt: nothing says what to install",
    ),
    case(
        "no TOML",
        put(_P, "[project\n"),
        f"{_P}: document: is no TOML that can be read:"
        " Expected ']' at the end of a table declaration (at line 1, column 9)",
    ),
    case(
        "a build system",
        edit(_P, "[project]", '[build-system]\nrequires = ["hatchling"]\n\n[project]'),
        f"{_P}: build-system: makes uv build and install the plugin as a library",
    ),
    case(
        "another Python",
        edit(_P, '">=3.12,<3.13"', '">=3.13"'),
        f"{_P}: project.requires-python: '>=3.13' shuts out Python 3.12",
    ),
    case(
        "one patch of Python",
        edit(_P, '">=3.12,<3.13"', '"==3.12.3"'),
        f"{_P}: project.requires-python: '==3.12.3' shuts out Python 3.12",
    ),
    case(
        "no version of the project",
        edit(_P, 'version = "1.2.3"\n', ""),
        f"{_P}: project.version: is missing",
    ),
    case(
        "a dependency from a repository",
        both(
            edit(_P, '"httpx2>=2.16,<3"', '"httpx2 @ git+https://code.example/httpx2"'),
            edit(_L, '"httpx2", specifier = ">=2.16,<3"', '"httpx2"'),
        ),
        f"{_P}: project.dependencies: httpx2 comes from a URL",
    ),
    case(
        "a source in uv's table",
        edit(_P, "package = false", 'sources = { httpx2 = { git = "https://code.example" } }'),
        f"{_P}: tool.uv.sources.httpx2: comes from git",
    ),
    case(
        "a dependency without a version",
        both(
            edit(_P, '"httpx2>=2.16,<3"', '"httpx2"'),
            edit(_L, '"httpx2", specifier = ">=2.16,<3"', '"httpx2"'),
        ),
        f"{_P}: project.dependencies: httpx2 has no version",
    ),
    case(
        "a dependency of a group without a version",
        edit(_P, "[tool.uv]", '[dependency-groups]\ndev = ["pytest"]\n\n[tool.uv]'),
        f"{_P}: dependency-groups.dev: pytest has no version",
    ),
    case(
        "no requirement",
        edit(_P, '"httpx2>=2.16,<3"', '"httpx2>=2.16,<3", "two words"'),
        f"{_P}: project.dependencies: 'two words' is no requirement",
    ),
    case(
        "an SDK that does not know the app",
        both(
            edit(_P, "dify_plugin>=0.10.2,<0.11", "dify_plugin>=0.9.0,<0.11"),
            edit(_L, ">=0.10.2,<0.11", ">=0.9.0,<0.11"),
        ),
        f"{_P}: project.dependencies: dify_plugin before 0.10.0 does not know the app's id",
    ),
    case(
        "no SDK",
        both(edit(_P, _DEPENDENCIES, '"httpx2>=2.16,<3"'), drop(_L, _R)),
        f"{_P}: project.dependencies: lacks dify_plugin",
    ),
    case(
        "wheels that are not there",
        edit(_P, "package = false", 'find-links = ["./wheels"]'),
        f"{_P}: tool.uv.find-links[0]: './wheels' is no folder of the package",
    ),
    case(
        "a lock made before a dependency was added",
        both(
            edit(_P, _DEPENDENCIES, _DEPENDENCIES + ', "pydantic>=2,<3"'),
            put(_R, "dify-plugin==0.10.2\nhttpx2==2.16.0\npydantic==2.14.0\n"),
        ),
        f"{_L}: package[0]: is out of step with pyproject.toml about 'pydantic'",
    ),
    case(
        "a lock made with other bounds",
        edit(_L, ">=2.16,<3", ">=2.10,<3"),
        f"{_L}: package[0]: is out of step with pyproject.toml about 'httpx2'",
    ),
    case(
        "a lock that does not install a dependency",
        edit(_L, '    { name = "httpx2" },\n', ""),
        f"{_L}: package[0]: is out of step with pyproject.toml about 'httpx2'",
    ),
    case(
        "a lock with a version out of bounds",
        edit(_L, 'version = "2.16.0"', 'version = "3.0.0"'),
        f"{_L}: document: locks 'httpx2' 3.0.0, against pyproject.toml",
    ),
    case(
        "a lock of another project",
        edit(_L, 'name = "acme-models"', 'name = "acme-tools"'),
        f"{_L}: document: does not lock the project 'acme-models'",
    ),
    case(
        "a lock for another Python",
        edit(_L, "==3.12.*", ">=3.13"),
        f"{_L}: requires-python: '>=3.13' shuts out Python 3.12",
    ),
    case(
        "a lock with a repository",
        edit(
            _L,
            'version = "2.16.0"\nsource = { registry = "https://index.example/simple" }',
            'version = "2.16.0"\nsource = { git = "https://code.example/httpx2" }',
        ),
        f"{_L}: package[2]: 'httpx2' comes from git",
    ),
    case(
        "requirements without the SDK",
        put(_R, "httpx2==2.16.0\n"),
        f"{_R}: lines: lacks dify-plugin, which pyproject.toml requires",
    ),
    case(
        "requirements without versions",
        put(_R, "dify-plugin==0.10.2\nhttpx2 # newest\n"),
        f"{_R}: line 2: httpx2 has no version",
    ),
    case(
        "requirements from a URL",
        put(_R, "dify-plugin==0.10.2\nhttpx2 @ https://code.example/httpx2.whl\n"),
        f"{_R}: line 2: httpx2 comes from a URL",
    ),
    case(
        "requirements of an index",
        edit(
            _R, "dify-plugin==0.10.2\n", "--index-url https://index.example\ndify-plugin==0.10.2\n"
        ),
        f"{_R}: line 1: '--index-url https://index.example' needs more than the package",
    ),
    case(
        "requirements of another file",
        edit(_R, "dify-plugin==0.10.2\n", "-r base.txt\ndify-plugin==0.10.2\n"),
        f"{_R}: line 1: '-r base.txt' needs more than the package",
    ),
    case(
        "requirements alone without the SDK",
        both(drop(_P, _L), put(_R, "httpx2==2.16.0\n")),
        f"{_R}: lines: lacks dify_plugin",
    ),
]


@pytest.mark.parametrize("broken", CASES, ids=name_of)
def test_it_is_refused_for_that_reason(broken: Case, tmp_path: Path) -> None:
    assert_said(broken, tmp_path)
