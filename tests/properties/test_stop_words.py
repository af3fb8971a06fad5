"""An answer is cut where `str.find` finds the first stop word, however it arrives."""

from hypothesis import example, given
from hypothesis import strategies as st

from models.llm.reply import Content, ReasoningDelta, Reply, ReplyFinished, TextDelta
from models.llm.stop_words import cut_at_stop_words
from tests.properties.streams import cuts_of

# Few letters: words overlap, repeat and contain each other.
_texts = st.text("ab\n", max_size=20) | st.text(max_size=20)
_words = st.lists(st.text("ab\n", max_size=4) | st.text(max_size=2), max_size=4)


@given(pieces=_texts.flatmap(cuts_of), words=_words)
@example(pieces=["abc", "d"], words=["bc", "abcd"])
@example(pieces=["abc"], words=["bc", "abcd"])
def test_the_cut_is_where_the_first_word_begins(pieces: list[str], words: list[str]) -> None:
    text = "".join(pieces)
    deltas = tuple(TextDelta(piece) for piece in pieces if piece)
    reply = Reply(id="r", model="m", content=deltas, finish_reason="length", usage=None)
    *passed, end = cut_at_stop_words(iter([*deltas, ReplyFinished(reply)]), words)
    found = [at for word in words if word and (at := text.find(word)) >= 0]
    expected = text[: min(found)] if found else text
    assert isinstance(end, ReplyFinished)
    assert all(isinstance(piece, TextDelta) and piece.text for piece in passed)
    assert "".join(piece.text for piece in passed if isinstance(piece, TextDelta)) == expected
    assert end.reply.text == expected
    assert end.reply.finish_reason == ("stop" if found else "length")


@given(texts=st.lists(st.text("ab", min_size=1, max_size=6), max_size=4), words=_words)
def test_no_word_reaches_across_reasoning(texts: list[str], words: list[str]) -> None:
    content: list[Content] = []
    for text in texts:
        content += [TextDelta(text), ReasoningDelta("thought")]
    reply = Reply(id=None, model="", content=tuple(content), finish_reason="stop", usage=None)
    *passed, end = cut_at_stop_words(iter([*content, ReplyFinished(reply)]), words)
    whole = [at for at, text in enumerate(texts) if not any(word in text for word in words if word)]
    uncut = next((at for at in range(len(texts)) if at not in whole), len(texts))
    assert [piece for piece in passed if isinstance(piece, ReasoningDelta)] == (
        [ReasoningDelta("thought")] * uncut
    )
    said = "".join(piece.text for piece in passed if isinstance(piece, TextDelta))
    assert said.startswith("".join(texts[:uncut]))
    assert isinstance(end, ReplyFinished)
    assert end.reply.text == said
