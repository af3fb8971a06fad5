"""An answer ends at the first stop word, wherever the pieces are cut."""

import pytest

from models.families import family_of
from models.llm.reply import Api, Reply, ReplyEvent, ReplyFinished, TextDelta
from models.llm.stop_words import cut_at_stop_words, native_stop_words

WHOLE = "one STOP two"


def events_of(pieces: list[str]) -> list[ReplyEvent]:
    deltas = tuple(TextDelta(piece) for piece in pieces if piece)
    reply = Reply(id="r", model="m", content=deltas, finish_reason="length", usage=None)
    return [*deltas, ReplyFinished(reply)]


def run(pieces: list[str], stop: list[str]) -> tuple[str, Reply]:
    """Return the text that was streamed, and the reply at the end."""
    events = list(cut_at_stop_words(iter(events_of(pieces)), stop))
    *deltas, end = events
    assert isinstance(end, ReplyFinished)
    texts = [delta.text for delta in deltas if isinstance(delta, TextDelta)]
    assert len(texts) == len(deltas)
    assert all(texts)
    return "".join(texts), end.reply


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_a_stop_word_is_found_across_any_cut(cut: int) -> None:
    text, reply = run([WHOLE[:cut], WHOLE[cut:]], ["STOP"])
    assert text == reply.text == "one "
    assert reply.finish_reason == "stop"


def test_a_stop_word_is_found_letter_by_letter() -> None:
    assert run(list(WHOLE), ["STOP"])[0] == "one "


def test_the_first_of_several_words_wins() -> None:
    assert run(["a <end> b <stop> c"], ["<stop>", "<end>"])[0] == "a "


def test_what_only_looks_like_a_beginning_is_kept() -> None:
    text, reply = run(["Observe", "Observ"], ["Observation:"])
    assert text == reply.text == "ObserveObserv"
    assert reply.finish_reason == "length"


def test_a_beginning_within_a_beginning_is_not_lost() -> None:
    assert run(["ab", "ab", "c", "!"], ["abc"])[0] == "ab"


@pytest.mark.parametrize("stop", [[], [""]])
def test_without_stop_words_nothing_is_held_back(stop: list[str]) -> None:
    assert run(["a", "b"], stop)[0] == "ab"


@pytest.mark.parametrize(
    ("model", "api", "words", "native"),
    [
        ("gpt-4o-mini", "chat", ["a", "b", "c", "d"], True),
        ("gpt-4o-mini", "chat", ["a", "b", "c", "d", "e"], False),
        ("gpt-4o-mini", "responses", ["a"], False),
        ("gpt-5", "chat", ["a"], False),
        ("o3", "chat", ["a"], False),
    ],
)
def test_the_service_applies_them_where_it_can(
    model: str, api: Api, words: list[str], native: bool
) -> None:
    assert native_stop_words(words, family_of(model), api) == (words if native else [])
