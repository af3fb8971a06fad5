"""What a service heard: a whole answer or a stream of events -> text, speakers, usage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pydantic_core import from_json

from models.dify_text import for_dify
from models.failures.failure import answer_cut_off
from models.failures.reading import from_error_body
from models.service.streaming import event_data, read_whole, told_apart
from models.usage import TokenUsage, count_in, number_in

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Transcript:
    """A text, with a name before what each speaker says where the service tells them apart.

    usage: tokens, None where the service counts seconds, or nothing.
    """

    text: str
    usage: TokenUsage | None
    seconds: float | None


def read_transcript(content: Iterator[bytes], content_type: str) -> Transcript:
    """Read an answer of any form.

    Raises ServiceError for an error in it and for a stream without its last event; ValueError,
    TypeError or LookupError for what is no transcript.
    """
    body = told_apart(content, content_type)
    if body.is_stream:
        return _from_events(
            from_json(data) for data in event_data(body.pieces) if data != b"[DONE]"
        )
    whole = read_whole(body.pieces)
    if content_type.startswith("text/plain") and not whole.startswith(b"{"):
        return _transcript(whole.decode(), (), {})
    answered = from_json(whole)
    if "text" not in answered and answered.get("error"):
        raise from_error_body(answered)
    return _transcript(answered["text"], answered.get("segments") or (), answered)


def _from_events(events: Iterable[Json]) -> Transcript:
    """Read a stream: its last event has the whole text, those of segments the speakers."""
    segments: list[Json] = []
    for event in events:
        match event.get("type"):
            case "transcript.text.segment":
                segments.append(event)
            case "transcript.text.done":
                return _transcript(event["text"], segments, event)
            case _ if event.get("error"):
                raise from_error_body(event["error"])
            case _:
                pass
    raise answer_cut_off()


def _transcript(text: str, segments: Sequence[Json], answered: Json) -> Transcript:
    if not isinstance(text, str):
        raise TypeError("a transcript is a text")
    spoken = [segment for segment in segments if segment.get("speaker")]
    usage = answered.get("usage") or {}
    heard, written = count_in(usage.get("input_tokens")), count_in(usage.get("output_tokens"))
    details = usage.get("input_token_details") or {}
    sound = count_in(details.get("audio_tokens")) or 0
    return Transcript(
        for_dify(_dialogue(spoken) if spoken else text.strip()),
        None if heard is None else TokenUsage(heard, written or 0, audio_input=sound),
        number_in(usage.get("seconds")) or number_in(answered.get("duration")),
    )


def _dialogue(segments: Sequence[Json]) -> str:
    """Return a line for each turn of a speaker."""
    turns = groupby(segments, key=lambda segment: str(segment["speaker"]))
    return "\n".join(
        f"{speaker}: {' '.join(str(segment['text']).strip() for segment in turn)}"
        for speaker, turn in turns
    )
