"""One pytest worker for each processor, each cooperative before it imports anything, as `main.py`.

The process that hands out the tests stays as it is: execnet serves its pipes with threads, which
gevent would turn into greenlets.
"""

import gc
import os

import pytest

_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


def _hands_out(config: pytest.Config) -> bool:
    """Say whether this process gives its tests to workers; a single file is not worth them."""
    options = config.known_args_namespace
    names = [str(name).partition("::")[0] for name in options.file_or_dir]
    one_file = len(set(names)) == 1 and names[0].endswith(".py")
    alone = _IS_WORKER or options.collectonly or options.usepdb or one_file
    return bool(options.numprocesses) and not alone


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Run as soon as this file is read, before the other conftests are."""
    config = pluginmanager.get_plugin("pytestconfig")
    assert isinstance(config, pytest.Config)
    if not _hands_out(config):
        gc.disable()  # until all tests are there
        import dify_plugin  # noqa: F401, PLC0415
        import yaml  # noqa: PLC0415

        # The same values in a tenth of the time, as the plugin itself reads them (main.py).
        yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment,misc] # the same interface
    if _IS_WORKER:
        from gevent import sleep, spawn  # noqa: PLC0415

        def tick() -> None:
            while True:
                sleep(0.02)

        # execnet's threads wake this process up, and a loop without anything to wait for ends.
        spawn(tick)


def pytest_collection_finish() -> None:
    """Set the tests aside for good: walking through them is a fifth of what this process does."""
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Return what `-n auto` means; None is xdist's own answer, the number of processors."""
    return None if _hands_out(config) else 0
