"""The one way to speech: a text in parts, several of them spoken at once, heard in their order.

Loaded with the first call: it brings the official client.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from itertools import islice

import gevent
from gevent.queue import Queue

from models.attribution import Origin
from models.catalogue.names import model_behind
from models.failures.failure import ServiceError
from models.service.endpoint import Endpoint
from models.service.official_call import OfficialCall, official_call
from models.tts import chat_sound, speech_api
from models.tts.manner import Manner
from models.tts.parts import parts_of
from models.usage import Answered, total_usage

_CARRIERS = {"speech": speech_api, "chat": chat_sound}
# Of one call: while the first part is heard, the next two are spoken.
_PARTS_AT_ONCE = 3
# Pieces of sound that wait for their turn, of each part: half a minute of speech in 512 KiB. Then
# its connection waits as well.
_MOST_WAITING = 16


def speak(endpoint: Endpoint, text: str, manner: Manner, origin: Origin) -> Generator[bytes]:
    """Yield a text as mp3 in pieces, none for one that has nothing to be said.

    Raises ServiceError for what a service or the network did, after the sound that came before it.
    """
    speaker = model_behind(endpoint.base_model, endpoint.provider, "tts")
    carrier = _CARRIERS[speaker.carrier]
    most = int(str(speaker.properties["word_limit"]))
    first = carrier.FIRST_PART or most
    parts = parts_of(text, first=first, most=most, most_tokens=speaker.context)
    if not parts:
        return
    with official_call(endpoint, carrier.API, origin) as call:
        voices = (
            _Voice(partial(carrier.say, call, speaker, manner, part), len(part)) for part in parts
        )
        yield from _in_order(call, voices, sum(map(len, parts)))


def _in_order(call: OfficialCall, voices: Iterator["_Voice"], characters: int) -> Iterator[bytes]:
    speaking = deque(voice.begin() for voice in islice(voices, _PARTS_AT_ONCE))
    answers: list[Answered] = []
    said, heard = 0, False
    try:
        while speaking:
            for piece in speaking[0].sound():
                call.line.note_first_text()
                heard = True
                yield piece
            answers.append(speaking[0].answered())
            said += speaking.popleft().characters
            call.answered = _sum(answers, said)
            speaking.extend(voice.begin() for voice in islice(voices, 1))
    except ServiceError as failure:
        if heard:
            lost = (
                f"What was spoken before is kept; of {characters} characters those from {said + 1} "
                "on are missing, or a part of them."
            )
            failure.advice = f"{failure.advice} {lost}".lstrip()
        raise
    finally:
        for voice in speaking:
            voice.stop()


class _Voice:
    """Speaks one part of a text, in a greenlet of its own: who opens a response closes it."""

    def __init__(self, say: Callable[[Callable[[bytes], None]], Answered], characters: int) -> None:
        self.characters = characters
        self._say = say
        self._waiting = Queue[bytes | None](_MOST_WAITING)
        self._outcome: Answered | Exception | None = None
        self._greenlet = gevent.Greenlet(self._speak)

    def begin(self) -> "_Voice":
        """Begin to speak; what is said waits."""
        self._greenlet.start()
        return self

    def sound(self) -> Iterator[bytes]:
        """Yield what was said, and what is being said."""
        yield from iter(self._waiting.get, None)

    def answered(self) -> Answered:
        """Return what the service told of it. Raises what went wrong."""
        if isinstance(self._outcome, Answered):
            return self._outcome
        raise self._outcome or AssertionError("a voice is asked after its end alone")

    def stop(self) -> None:
        """Say no more; the connection is closed."""
        self._greenlet.kill()

    def _speak(self) -> None:
        try:
            self._outcome = self._say(self._waiting.put)
        except Exception as failure:  # noqa: BLE001 - raised to whoever listens, and nowhere printed
            self._outcome = failure
        self._waiting.put(None)


def _sum(answers: list[Answered], characters: int) -> Answered:
    """Return what is told of several answers: the last one's names, and the tokens of all."""
    last = answers[-1]
    usages = [answer.usage for answer in answers if answer.usage]
    usage = total_usage(usages) if usages else None
    more = {"characters": characters}
    return Answered(last.id, last.model, usage, tier=last.tier, finish=last.finish, more=more)
