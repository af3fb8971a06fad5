"""Look-ups of names share their answers while they run, and never hold up anything else."""

import _socket
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent import monkey

from models.service.name_lookups import NameLookups

ROOT = Path(__file__).parents[3]
ANSWER = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]
_really_sleep = monkey.get_original("time", "sleep")


class Resolver:
    """The system's look-ups: each takes its time in a thread, and is counted."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[object] = []
        self._fails = fails

    def getaddrinfo(self, host: object, *more: Any) -> object:
        """Answer after a while."""
        if more[-1] & _socket.AI_NUMERICHOST:
            raise _socket.gaierror
        self.asked.append(host)
        _really_sleep(0.1)
        if self._fails:
            raise _socket.gaierror(_socket.EAI_NONAME, "Name or service not known")
        return ANSWER


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Resolver:
    """Put the counted look-ups in place of the system's."""
    resolver = Resolver(fails=getattr(request, "param", False))
    monkeypatch.setattr(_socket, "getaddrinfo", resolver.getaddrinfo)
    return resolver


def test_a_hundred_calls_at_once_look_a_name_up_once(system: Resolver) -> None:
    lookups = NameLookups()
    calls = [gevent.spawn(lookups.getaddrinfo, "one.example", 443) for _ in range(100)]
    calls.append(gevent.spawn(lookups.getaddrinfo, "two.example", 443))
    assert [call.get(timeout=5) for call in calls] == [ANSWER] * 101
    assert system.asked == ["one.example", "two.example"]
    # An answer is kept for nobody who comes later: it may have changed.
    assert lookups.getaddrinfo("one.example", 443) == ANSWER
    assert len(system.asked) == 3


@pytest.mark.parametrize("system", [True], indirect=True)
def test_a_name_that_is_none_fails_for_all_who_wait(system: Resolver) -> None:
    lookups = NameLookups()
    calls = [gevent.spawn(lookups.getaddrinfo, "one.example", 443) for _ in range(3)]
    gevent.joinall(calls, timeout=5)
    assert [type(call.exception) for call in calls] == [socket.gaierror] * 3
    assert len(system.asked) == 1


def test_who_gives_up_takes_no_answer_from_the_others(system: Resolver) -> None:
    lookups = NameLookups()

    def give_up() -> None:
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.02):
            lookups.getaddrinfo("one.example", 443)

    first = gevent.spawn(give_up)
    other = gevent.spawn(lookups.getaddrinfo, "one.example", 443)
    assert other.get(timeout=5) == ANSWER
    assert first.successful()
    assert len(system.asked) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_needs_no_thread(address: str) -> None:
    lookups = NameLookups()
    found = lookups.getaddrinfo(address, 443, 0, socket.SOCK_STREAM)
    assert [entry[4][:2] for entry in found] == [(address, 443)]
    assert lookups.pool.size == 0


# Forty look-ups that hang, then a piece of work for the event loop's own threads.
SCRIPT = """
import gevent, main
from gevent import get_hub, monkey
hang = monkey.get_original("time", "sleep")
for _ in range(40):
    gevent.spawn(get_hub().resolver.pool.apply, hang, (30,))
gevent.sleep(0.2)
print("worked", get_hub().threadpool.apply(len, ("four",)), flush=True)
import os
os._exit(0)
"""


def test_look_ups_that_hang_leave_other_work_its_threads() -> None:
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=25,
        check=True,
    )
    assert ended.stdout.splitlines()[-1] == "worked 4"
