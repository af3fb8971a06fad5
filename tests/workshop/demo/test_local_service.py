"""A local service that cannot do its part says why in one sentence."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.demo.apps import CALLS
from tools.demo.errors import DemoFailure
from tools.demo.local_service import LocalService


def test_a_service_that_does_not_start_says_why(tmp_path: Path) -> None:
    reason = r"did not start; it says: .*unable to open database file"
    with (
        LocalService(tmp_path / "no-such-directory" / "records.db") as service,
        pytest.raises(DemoFailure, match=reason),
    ):
        service.script(CALLS)


def test_a_recording_that_is_not_there_is_named(local_service: LocalService) -> None:
    with pytest.raises(DemoFailure, match=r"refuses its script: .*no-such-recording"):
        local_service.script([replace(CALLS[0], recording="no-such-recording")])
