"""The command line: build packages, check them, sign them, verify what was signed."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tools.package.archive import read_archive
from tools.package.build import Refused, build
from tools.package.bundle import packages_in, with_packages
from tools.package.check import verdict_of
from tools.package.checksum import unique_identifier
from tools.package.errors import PackagerFailure
from tools.package.signature import CATEGORIES, create_key_pair, sign, verify
from tools.package.terminal import print_artifacts, print_problems, print_verdict

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
    except Refused as refused:
        for name, problems in refused.problems.items():
            print_problems(errors, name, problems)
        sentence = str(refused)
    except PackagerFailure as failure:
        sentence = str(failure)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sentence = f"{place}{error.strerror}."
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

    def add(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, epilog=_EPILOG)
        command.set_defaults(run=run)
        return command

    _offer_build(add("build", _build, "Make the packages and the bundle."))
    check = add("check", _check, "Say what a host would refuse: one line per problem.")
    check.add_argument(
        "paths", type=_existing, nargs="+", metavar="FILE", help="package, bundle or folder"
    )
    keys = add("keys", _keys, "Create a key pair to sign with: RSA, 4096 bits.")
    keys.add_argument("name", type=Path, metavar="NAME", help="of NAME.private.pem, .public.pem")
    _offer_signing(add("sign", _sign, "Sign a package, or each package of a bundle."))
    _offer_key(add("verify", _verify, "Say whether the key's owner signed it."), "PUBLIC")
    return parser.parse_args()


def _offer_build(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--staged", action="store_true", help="also leave the unpacked folders in DIR/staged"
    )
    command.add_argument(
        "--offline", action="store_true", help="also make packages that carry their wheels"
    )
    command.add_argument(
        "--out", type=Path, default=Path("dist"), metavar="DIR", help="where (default: dist)"
    )


def _offer_signing(command: argparse.ArgumentParser) -> None:
    _offer_key(command, "PRIVATE")
    command.add_argument(
        "--category",
        choices=CATEGORIES,
        default=CATEGORIES[0],
        help="as whose the host shows it (default: %(default)s)",
    )


def _offer_key(command: argparse.ArgumentParser, kind: str) -> None:
    command.add_argument("path", type=_existing, metavar="FILE", help="package or bundle")
    command.add_argument(
        "--key",
        type=_existing,
        required=True,
        metavar=kind,
        help=f"the {kind.lower()} key's file (PEM)",
    )


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
    print_artifacts(console, str(out), artifacts)
    return 0


def _check(arguments: argparse.Namespace, console: Console) -> int:
    verdicts = {path: verdict_of(path) for path in arguments.paths}
    for path, verdict in verdicts.items():
        print_verdict(console, path.resolve().name, verdict)
    return int(any(verdict.problems for verdict in verdicts.values()))


def _keys(arguments: argparse.Namespace, console: Console) -> int:
    pair = create_key_pair(arguments.name)
    _say(console, f"{pair.private}: sign with it, and keep it secret")
    _say(console, f"{pair.public}: give it to the host")
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
            unique_identifier(read_archive(package))  # what is no plugin is not signed
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
            verification = verify(package, key)
            category = verification.authorized_category if verification else "no category"
            plugin = unique_identifier(read_archive(package))
            _say(console, f"{path}: {plugin}: signed with this key as {category}")
    return 0


def _say(console: Console, line: str | Text) -> None:
    """Print one line as one line, whatever the width, and brackets as brackets."""
    console.print(line, markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
