"""End an answer at the first stop word where the service does not do it for us."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from models.failures.failure import bad_request
from models.llm.families import Family
from models.llm.reply import Api, Content, ReasoningDelta, ReplyEvent, ReplyFinished, TextDelta

# Chat Completions, `stop`: up to 4 sequences, not supported by reasoning models. Responses: none.
_MAX_NATIVE = 4
# Each piece of an answer is compared with so much of a word at most.
_LONGEST = 1_000


def refuse_long_stop_words(stop: Sequence[str]) -> None:
    """Raise InvokeBadRequestError for a stop word that nobody means."""
    longest = max(map(len, stop), default=0)
    if longest > _LONGEST:
        raise bad_request(
            f"A stop word has {longest} characters; use stop words of up to {_LONGEST} characters"
        )


def native_stop_words(stop: Sequence[str], family: Family, api: Api) -> list[str]:
    """Return the stop words if the service can apply them all itself, otherwise none."""
    words = [word for word in stop if word]
    native = api == "chat" and not family.reasons and len(words) <= _MAX_NATIVE
    return words if native else []


def cut_at_stop_words(events: Iterator[ReplyEvent], stop: Sequence[str]) -> Iterator[ReplyEvent]:
    """Yield the events up to the first stop word, which may lie across several of them.

    The rest of the answer is read and thrown away: only its end says what the call cost, and a
    response that nobody waits for is not stored.
    """
    cutter = _Cutter([word for word in stop if word])
    passed: list[Content] = []
    for event in events:
        if isinstance(event, ReplyFinished):
            pieces = _text(cutter.finish())
            yield from pieces
            reply = event.reply
            if cutter.stopped:
                # What came after the stop word was never said: no calls, and nothing to go on with.
                reply = replace(
                    reply,
                    content=(*passed, *pieces),
                    finish_reason="stop",
                    tool_calls=(),
                    citations=(),
                    opaque_body=None,
                )
            yield ReplyFinished(reply)
            return
        if isinstance(event, ReasoningDelta):
            pieces = _text(cutter.finish())
            pieces += [] if cutter.stopped else [event]
        else:
            pieces = _text(cutter.push(event.text))
        passed += pieces
        yield from pieces


def _text(text: str) -> list[Content]:
    return [TextDelta(text)] if text else []


class _Cutter:
    """Holds back the end of a text for as long as it may be the beginning of a stop word."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._held = ""
        self.stopped = False

    def push(self, piece: str) -> str:
        """Return what is certainly no part of a stop word."""
        if self.stopped:
            return ""
        text = self._held + piece
        # A word that is whole waits for one that began before it: the first to begin wins.
        return self._cut(text, undecided=len(text) - self._longest_beginning(text))

    def finish(self) -> str:
        """Return what was held back and is no stop word: the text is over."""
        return self._cut(self._held, undecided=len(self._held))

    def _cut(self, text: str, *, undecided: int) -> str:
        """Return the text up to the first stop word, at most up to where one may have begun."""
        found = [at for word in self._words if (at := text.find(word)) >= 0]
        end = min([undecided, *found])
        if end in found:
            self.stopped = True
        self._held = "" if self.stopped else text[end:]
        return text[:end]

    def _longest_beginning(self, text: str) -> int:
        """Return the length of the longest end of a text that a word begins with."""
        longest = 0
        for word in self._words:
            at = max(0, len(text) - len(word) + 1)
            while (at := text.find(word[0], at)) >= 0:
                if word.startswith(text[at:]):
                    longest = max(longest, len(text) - at)
                    break
                at += 1
        return longest
