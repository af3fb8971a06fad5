"""The command line: build packages, check them, sign them, verify what was signed."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tools.command import run_command
from tools.package.archive import read_archive, unique_identifier
from tools.package.build import SUMS, Refused, build, expected_seconds
from tools.package.bundle import packages_in, with_packages
from tools.package.check import verdict_of
from tools.package.errors import PackagerFailure
from tools.package.product import read_tree, uncommitted
from tools.package.signature import CATEGORIES, create_key_pair, sign, verify
from tools.package.usage_wheel import usage_wheel
from tools.progress import Progress

type Command = Callable[[argparse.Namespace, Console], int]

_TREE = Path(__file__).parents[2]
_BUNDLE = ".difybndl"
_CHECKSUMS = """\
SHA-256 is of the file, and in {sums}, too: beside the files of another
build, `sha256sum --check {sums}` compares them. Dify's checksum is of what a
package holds: the plugin's identifier ends in it, and signing changes it."""
_EPILOG = "Exit code: 0 all is well, 1 something is not, 2 a wrong option."


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parse_arguments()
    run: Command = arguments.run
    return run_command("packager", lambda: run(arguments, Console(highlight=False)))


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
    sign_takes = add("sign", _sign, "Sign packages, and each package of bundles.")
    verify_takes = add("verify", _verify, "Say whether the key's owner signed them.")
    for takes, kind in ((sign_takes, "PRIVATE"), (verify_takes, "PUBLIC")):
        takes("paths", type=_existing, nargs="+", metavar="FILE", help="package or bundle")
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
    with Progress(expected_seconds(offline=arguments.offline)) as progress:
        try:
            built = build(
                _TREE, out, progress.step, staged=arguments.staged, offline=arguments.offline
            )
        except Refused as refused:
            for name, problems in refused.problems.items():
                _say_each(Console(stderr=True, highlight=False), name, problems)
            raise
    _say(console, f"In {out}:")
    for artifact in built.artifacts:
        _say(console, f"{len(artifact.content) / 1e6:6.1f} MB  {artifact.path}")
        if artifact.checksum:
            _say(console, f"   Dify's   {artifact.checksum}")
        _say(console, f"   SHA-256  {artifact.sha256}")
    _say(console, _CHECKSUMS.format(sums=SUMS))
    if built.removed:
        _say(console, f"Removed what was older: {', '.join(built.removed)}.")
    if changed := uncommitted(_TREE):
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        _say(console, f"With changes that are not committed: {changed[0]}{more}.")
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
    key, now = arguments.key.read_bytes(), int(time.time())
    signed: dict[Path, bytes] = {}
    for path in arguments.paths:
        with _naming(path):
            content = path.read_bytes()
            packages = packages_in(content) if path.suffix == _BUNDLE else [content]
            for package in packages:
                unique_identifier(read_archive(package).files)  # what is no plugin is not signed
            made = [sign(package, key, arguments.category, now) for package in packages]
        target = path.with_name(f"{path.stem}.signed{path.suffix}")
        signed[target] = with_packages(content, made) if path.suffix == _BUNDLE else made[0]
    for target, content in signed.items():
        target.write_bytes(content)
        _say(console, f"{target}: signed as {arguments.category}")
    return 0


def _verify(arguments: argparse.Namespace, console: Console) -> int:
    key = arguments.key.read_bytes()
    for path in arguments.paths:
        with _naming(path):
            content = path.read_bytes()
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
