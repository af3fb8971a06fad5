"""Turns at the processor: no call keeps it for long while others wait.

All calls share one thread (gevent), and change places only where one of them waits. A loop whose
length an upstream or a prompt decides never waits by itself, so it gives way here.
"""

from collections.abc import Iterable, Iterator
from time import monotonic

from gevent import get_hub, getcurrent, sleep

_LONGEST_TURN_SECONDS = 0.01
# Not 0: gevent runs up to 50 turns of those who sleep for no time before it looks at the sockets
# again. What is already over is not waited for either.
_NO_TIME = 1e-9


class _Turn:
    """The turn that runs now, by who has it and the time of the event loop at its beginning."""

    owner: int = 0
    loop_time: float = 0.0
    began: float = 0.0


_turn = _Turn()


def give_way() -> None:
    """Let the others run if the caller has had the processor for 10 ms; else it takes 0.3 µs.

    Belongs into every loop over what an upstream sent or a prompt holds, once in each round.
    """
    owner = id(getcurrent())
    # The loop's clock stands still for as long as nobody waits.
    loop_time = get_hub().loop.now()
    if owner != _turn.owner or loop_time != _turn.loop_time:
        _turn.owner, _turn.loop_time, _turn.began = owner, loop_time, monotonic()
    elif monotonic() - _turn.began > _LONGEST_TURN_SECONDS:
        sleep(_NO_TIME)


def in_turns[Item](items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, and give way before each."""
    for item in items:
        give_way()
        yield item
