"""A local service that cannot do its part says why in one sentence."""

from dataclasses import replace

import pytest

from fakes.openai.process import ServiceProcess
from tools.demo.apps import CALLS
from tools.demo.errors import DemoFailure
from tools.demo.local_service import script


def test_a_recording_that_is_not_there_is_named(local_service: ServiceProcess) -> None:
    with pytest.raises(DemoFailure, match=r"refuses its script: .*no-such-recording"):
        script(local_service, [replace(CALLS[0], recording="no-such-recording")])
