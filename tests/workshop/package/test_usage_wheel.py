"""The usage report's wheel runs where nothing of this tree is, and holds nothing else of it."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.workshop.package.conftest import ROOT
from tests.workshop.usage.daemon_lines import as_text, message
from tools.package.product import Tree
from tools.package.usage_wheel import usage_wheel

_RUN = "import sys; sys.path.insert(0, 'site'); from dify_app_usage import main; sys.exit(main())"


def test_the_wheel_reads_a_log_by_itself(tree: Tree, tmp_path: Path) -> None:
    name, wheel = usage_wheel(tree)
    assert name == f"dify_app_usage-{tree.project['project']['version']}-py3-none-any.whl"
    assert usage_wheel(tree) == (name, wheel)
    archive = zipfile.ZipFile(io.BytesIO(wheel))
    archive.extractall(tmp_path / "site")
    (tmp_path / "daemon.log").write_text(as_text(message()) + "\n", encoding="utf-8")
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-I", "-c", _RUN, "collect", "--log", "daemon.log"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "daemon.log: 1 read\n"
    assert (tmp_path / "usage.sqlite").is_file()


def test_the_wheel_holds_all_of_the_report_and_what_it_is_priced_with(tree: Tree) -> None:
    _, wheel = usage_wheel(tree)
    held = {
        name.partition("/tree/")[2]: zipfile.ZipFile(io.BytesIO(wheel)).read(name)
        for name in zipfile.ZipFile(io.BytesIO(wheel)).namelist()
        if "/tree/" in name and not name.endswith("/")
    }
    assert {name.rpartition("/")[0] for name in held} == {
        *("tools", "tools/usage", "models/catalogue"),
    }
    assert held.pop("tools/__init__.py") == b""
    assert all((ROOT / name).read_bytes() == content for name, content in held.items())
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tools/usage").glob("*.*")}
    assert own <= held.keys()
