"""The command line: build packages, check them, sign them, verify what was signed."""

import argparse
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from rich.console import Console
from rich.text import Text

from tools.package.archive import read_archive, unique_identifier
from tools.package.build import Refused, build
from tools.package.bundle import packages_in, with_packages
from tools.package.check import verdict_of
from tools.package.errors import PackagerFailure
from tools.package.product import read_tree
from tools.package.signature import CATEGORIES, create_key_pair, sign, verify
from tools.package.usage_wheel import usage_wheel

type Command = Callable[[argparse.Namespace, Console], int]

_TREE = Path(__file__).parents[2]
_BUNDLE = ".difybndl"
_INTERRUPTED = 130  # as a shell says that a person stopped it
_EPILOG = "Exit code: 0 all is well, 1 something is not, 2 a wrong option."


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parse_arguments()
    run: Command = arguments.run
    errors = Console(stderr=True, highlight=False)
    try:
        return run(arguments, Console(highlight=False))
    except PackagerFailure as failure:
        for name, problems in failure.problems.items() if isinstance(failure, Refused) else ():
            _say_each(errors, name, problems)
        sentence = str(failure)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sentence = f"{place}{error.strerror}."
    except (yaml.YAMLError, tomllib.TOMLDecodeError) as error:
        sentence = f"A file of the tree cannot be read: {' '.join(str(error).split())}."
    except subprocess.TimeoutExpired as error:
        sentence = f"{error.cmd[0]} did not end in {error.timeout:.0f} s."
    except KeyboardInterrupt:
        _say(errors, "packager: interrupted.")
        return _INTERRUPTED
    _say(errors, Text(f"packager: {sentence}", "red"))
    return 1


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.package",
        description="Make the plugin's packages, and show that a Dify host will take them.",
        epilog=_EPILOG,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Command, text: str) -> Callable[..., argparse.Action]:
        command = commands.add_parser(name, help=text, description=text, epilog=_EPILOG)
        command.set_defaults(run=run)
        return command.add_argument

    build_takes = add("build", _build, "Make the packages and the bundle.")
    build_takes("--staged", action="store_true", help="also leave unpacked folders in DIR/staged")
    build_takes("--offline", action="store_true", help="also make packages with their wheels")
    build_takes("--out", type=Path, default=Path("dist"), metavar="DIR", help="default: dist")
    usage_takes = add("usage", _usage, "Make the usage report's wheel: uvx --from FILE dify-usage.")
    usage_takes("--out", type=Path, default=Path("dist"), metavar="DIR", help="default: dist")
    check_takes = add("check", _check, "Say what a host would refuse. Runs the packages' code.")
    check_takes("paths", type=_existing, nargs="+", metavar="FILE", help="or an unpacked folder")
    keys_takes = add("keys", _keys, "Create a key pair to sign with: RSA, 4096 bits.")
    keys_takes("name", type=Path, metavar="NAME", help="of NAME.private.pem, NAME.public.pem")
    sign_takes = add("sign", _sign, "Sign a package, or each package of a bundle.")
    verify_takes = add("verify", _verify, "Say whether the key's owner signed it.")
    for takes, kind in ((sign_takes, "PRIVATE"), (verify_takes, "PUBLIC")):
        takes("path", type=_existing, metavar="FILE", help="package or bundle")
        takes("--key", type=_existing, required=True, metavar=kind, help="key's file (PEM)")
    what = "as whose the host shows it (default: %(default)s)"
    sign_takes("--category", choices=CATEGORIES, default=CATEGORIES[0], help=what)
    return parser.parse_args()


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is no {text!r}")
    return path


def _build(arguments: argparse.Namespace, console: Console) -> int:
    out: Path = arguments.out
    with Console(stderr=True).status("Reading the tree") as status:
        artifacts = build(
            _TREE, out, status.update, staged=arguments.staged, offline=arguments.offline
        )
    _say(console, f"In {out}, each package with its checksum for Dify:")
    for artifact in artifacts:
        _say(console, f"{len(artifact.content) / 1e6:6.1f} MB  {artifact.path}")
        if artifact.checksum:
            _say(console, f"           {artifact.checksum}")
    return 0


def _usage(arguments: argparse.Namespace, console: Console) -> int:
    name, content = usage_wheel(read_tree(_TREE))
    arguments.out.mkdir(parents=True, exist_ok=True)
    target: Path = arguments.out / name
    target.write_bytes(content)
    _say(console, f"{target}: run it with uvx --from {target} dify-usage")
    return 0


def _check(arguments: argparse.Namespace, console: Console) -> int:
    refused = False
    for path in arguments.paths:
        verdict, name = verdict_of(path), path.resolve().name
        _say_each(console, name, verdict.problems)
        _say_each(console, f"{name}: warning", verdict.warnings)
        if not verdict.problems:
            _say(console, f"{name}: no problems")
        refused |= bool(verdict.problems)
    return int(refused)


def _keys(arguments: argparse.Namespace, console: Console) -> int:
    private, public = create_key_pair(arguments.name)
    _say(console, f"{private}: sign with it, and keep it secret")
    _say(console, f"{public}: give it to the host")
    return 0


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Say which file a failure is about."""
    try:
        yield
    except PackagerFailure as failure:
        raise PackagerFailure(f"{path}: {failure}") from failure


def _sign(arguments: argparse.Namespace, console: Console) -> int:
    path: Path = arguments.path
    content, key, now = path.read_bytes(), arguments.key.read_bytes(), int(time.time())
    with _naming(path):
        packages = packages_in(content) if path.suffix == _BUNDLE else [content]
        for package in packages:
            unique_identifier(read_archive(package).files)  # what is no plugin is not signed
        signed = [sign(package, key, arguments.category, now) for package in packages]
        whole = with_packages(content, signed) if path.suffix == _BUNDLE else signed[0]
    target = path.with_name(f"{path.stem}.signed{path.suffix}")
    target.write_bytes(whole)
    _say(console, f"{target}: signed as {arguments.category}")
    return 0


def _verify(arguments: argparse.Namespace, console: Console) -> int:
    path: Path = arguments.path
    content, key = path.read_bytes(), arguments.key.read_bytes()
    with _naming(path):
        for package in packages_in(content) if path.suffix == _BUNDLE else [content]:
            category = verify(package, key) or "no category"
            plugin = unique_identifier(read_archive(package).files)
            _say(console, f"{path}: {plugin}: signed with this key as {category}")
    return 0


def _say(console: Console, line: str | Text) -> None:
    """Print one line as one line, whatever the width, and brackets as brackets."""
    console.print(line, markup=False, soft_wrap=True)


def _say_each(console: Console, name: str, lines: Iterable[str]) -> None:
    for line in lines:
        _say(console, f"{name}: {line}")


if __name__ == "__main__":
    sys.exit(main())
