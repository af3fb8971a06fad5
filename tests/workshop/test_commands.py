"""Every command of every page takes its arguments, and bad input is told in one sentence.

A command runs here as far as its arguments are read: what it does then is tested with its part.
"""

import argparse
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "provider/*.md", "integrations/**/*.md", "fakes/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
MULTI = re.MULTILINE | re.DOTALL
FENCED = re.compile(r"^ *```sh\n(.*?)^ *```", MULTI)
INLINE = re.compile(r"`([^`\n]*python -m [^`\n]+)`")
MODULE = re.compile(r"python -m ([\w.]+)")
# Modules that are not ours, and the plugin itself, which reads no arguments.
OTHERS = {"main", "pytest"}
GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
# What makes a module run in the tree's own environment, with all groups or those that it needs.
RUN = re.compile(rf"uv run (-q )?(--no-default-groups --group ({'|'.join(GROUPS)}) )?")


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Give back what a command takes for itself."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def lines_of(block: str) -> list[str]:
    """Return the commands of a block, each on one line."""
    joined = block.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip()]


def commands() -> Iterator[tuple[str, str, str]]:
    """Yield each `python -m` of every page: where it stands, what is before it, and its words."""
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = [line for block in FENCED.findall(text) for line in lines_of(block)]
        for line in lines + INLINE.findall(FENCED.sub("", text)):
            for part in re.split(r" && | & | &$|\|| >", line):
                found = MODULE.search(part)
                if found and found[1] not in OTHERS:
                    before, command = part[: found.start()], part[found.start() :]
                    yield str(page.relative_to(ROOT)), before.strip(), command


COMMANDS = sorted({(page, command) for page, _, command in commands()})


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run `python -m MODULE ARGUMENTS` in this process; return its exit code."""
    _, _, module, *arguments = shlex.split(command)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    for name in [known for known in sys.modules if known == f"{module}.__main__"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    code = ended.value.code
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")  # as Python does
        return 1
    return code or 0


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_of_a_page_has_arguments_that_its_module_takes(
    page: str, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Run it until its arguments are read, where the files that it names exist."""
    parse = argparse.ArgumentParser.parse_args

    def read_only(
        parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None
    ) -> argparse.Namespace:
        parse(parser, arguments)
        raise SystemExit(0)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", read_only)
    monkeypatch.chdir(tmp_path)
    words = [word.replace("~", str(tmp_path)) for word in shlex.split(command)]
    for word in words[3:]:
        if word.startswith(("dist/", str(tmp_path))):
            file = tmp_path / word
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
    assert run(shlex.join(words), monkeypatch) == 0, page


def test_a_command_of_a_page_brings_its_environment() -> None:
    """Python by itself has nothing of what the tree needs."""
    assert [told for told in commands() if not RUN.fullmatch(f"{told[1]} ")] == []


def test_what_is_pasted_has_no_prompt() -> None:
    """A `$` in front of a command is no command."""
    for page in PAGES:
        fenced = re.findall(
            r"^```(?:sh|sh-session|console)$.*?^```", page.read_text("utf-8"), MULTI
        )
        assert [block for block in fenced if re.search(r"^\$ ", block, re.MULTILINE)] == [], page


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("fakes/openai/README.md", '"last_id": "chatcmpl-'),
        ("fakes/dify_app/README.md", '"event": "message_end"'),
    ],
)
def test_a_page_of_a_fake_runs_as_it_stands(page: str, told: str) -> None:
    """Run its block, on a port that is free and without the check of the environment."""
    (block,) = FENCED.findall((ROOT / page).read_text("utf-8"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    script = re.sub(r"\b809[01]\b", port, block).replace("uv run -q python", sys.executable)
    ended = subprocess.run(  # noqa: S603 - our own page
        ["bash", "-euc", script],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert told in ended.stdout


BAD_INPUT = {
    "python -m tools.bench --read gone.json": (1, "bench: gone.json: No such file or directory."),
    "python -m tools.bench --read {page}": (
        1,
        "bench: {page} is no JSON of this benchmark; write one with --json.",
    ),
    "python -m tools.bench --json gone/x.json": (
        2,
        "argument --json: 'gone/x.json' is no file in a folder that exists",
    ),
    "python -m tools.bench --against gone": (
        1,
        "bench: gone/manifest.yaml cannot be read; name the directory of a plugin.",
    ),
    "python -m tools.bench --env TOKEN": (2, "argument --env: 'TOKEN' is no NAME=VALUE"),
    "python -m tools.bench.embeddings --texts 0": (
        2,
        "argument --texts: 0 is no number of texts; write 1 or more",
    ),
    "python -m tools.package keys gone/team": (
        1,
        "packager: gone/team.private.pem: No such file or directory.",
    ),
    "python -m tools.package check gone.difypkg": (2, "there is no 'gone.difypkg'"),
    "python -m tools.check host --log gone": (2, "argument --log: there is no file 'gone'"),
    "python -m tools.demo --model": (2, "argument --model: expected one argument"),
    "python -m fakes.openai --recordings gone": (
        2,
        "argument --recordings: there is no folder 'gone'",
    ),
    "python -m fakes.openai --database gone/x": (
        1,
        "fakes.openai: gone/x: unable to open database file; name another with --database.",
    ),
    **{
        f"python -m {fake} --port {{port}}": (
            1,
            f"{fake}: port {{port}} cannot be had ([Errno 98] Address already in use);"
            " name another with --port.",
        )
        for fake in ("fakes.openai", "fakes.dify_app")
    },
    "python -m fakes.dify_app --port 70000": (
        1,
        "fakes.dify_app: port 70000 cannot be had (bind(): port must be 0-65535.);"
        " name another with --port.",
    ),
}


@pytest.mark.parametrize(("command", "told"), BAD_INPUT.items(), ids=BAD_INPUT.keys())
def test_bad_input_is_one_sentence(
    command: str,
    told: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        named = {"page": str(ROOT / "README.md"), "port": str(taken.getsockname()[1])}
        code, sentence = told
        assert run(command.format_map(named), monkeypatch) == code
    told_lines = capsys.readouterr().err.splitlines()
    assert told_lines[-1].endswith(sentence.format_map(named))
    assert code == 2 or len(told_lines) == 1
