"""How every command ends: an exit code, and one sentence where others show a traceback."""

import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable

import yaml
from rich.console import Console
from rich.text import Text

from fakes.dify_daemon.errors import PluginFailure
from fakes.openai.process import ServiceFailure
from fakes.otlp_collector.process import CollectorFailure

_BY_SIGNAL = 128  # the shells' base of the exit code of what a signal ended


class CommandFailure(Exception):  # noqa: N818 - what failed, not how
    """Keeps a command from its work; the message is one sentence for people."""

    exit_code = 1


def run_command(name: str, command: Callable[[], int]) -> int:
    """Run a command and return its exit code; say on stderr why it failed, or that it was ended."""
    # Unless it becomes an exception, it would leave processes running.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_BY_SIGNAL + number))
    code = 1
    try:
        return command()
    except (CollectorFailure, CommandFailure, PluginFailure, ServiceFailure) as failure:
        sentence = str(failure)
        code = getattr(failure, "exit_code", code)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        sentence = f"{place}{error.strerror}."
    except (yaml.YAMLError, tomllib.TOMLDecodeError) as error:
        sentence = f"A file of the tree cannot be read: {' '.join(str(error).split())}."
    except subprocess.TimeoutExpired as error:
        sentence = f"{error.cmd[0]} did not end in {error.timeout:.0f} s."
    except KeyboardInterrupt:
        sentence, code = "interrupted; nothing is left running.", _BY_SIGNAL + signal.SIGINT
    # One line, whatever the width.
    Console(stderr=True).print(Text(f"{name}: {sentence}", "red"), soft_wrap=True)
    return code
