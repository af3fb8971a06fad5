"""Speech and transcription: a recorded sentence, or silence, out; a fixed text back."""

import io
import re
import wave
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from itertools import batched

from fakes.openai.call import Call
from fakes.openai.errors import (
    ServiceError,
    chat_model_not_found,
    invalid_request,
    unrecognized_arguments,
    unsupported_parameter,
)
from fakes.openai.json_types import JsonObject
from fakes.openai.models import undated
from fakes.openai.replies import json_reply, service_headers, stream_reply
from fakes.openai.rules import Asked, Rule, apply, found, known_model, published, words
from fakes.openai.text_api import server_sent
from fakes.openai.wire import Reply

TRANSCRIPT = "The sun rises in the east and sets in the west."
_TRANSCRIPTION = "CreateTranscriptionRequest"
_SPEECH_RECORDING = "speech-tts-1"
_SILENCE_HERTZ = 24_000
_PIECE = 4096
# Where only the type is of interest, the body is a header of the format without sound.
_SPEECH_TYPES = {
    "mp3": ("audio/mpeg", b""),
    "opus": ("audio/opus", b"OggS"),
    "aac": ("audio/aac", b"\xff\xf1"),
    "flac": ("audio/flac", b"fLaC"),
    "wav": ("audio/wav", b""),
    "pcm": ("audio/pcm", bytes(_SILENCE_HERTZ // 10 * 2)),
}
_TEXT_FORMATS = {
    "text": f"{TRANSCRIPT}\n",
    "srt": f"1\n00:00:00,000 --> 00:00:03,000\n{TRANSCRIPT}\n\n\n",
    "vtt": f"WEBVTT\n\n00:00:00.000 --> 00:00:03.000\n{TRANSCRIPT}\n\n",
}
_HINTED, _DIARIZES = "gpt-transcribe", "gpt-4o-transcribe-diarize"
# The formats of models that do not have them all (openai/openai-dotnet/issues/401, openapi.json
# AudioResponseFormat, pollinations/pollinations/pull/14060).
_FORMATS = {
    "gpt-4o-transcribe": ("json", "text"),
    "gpt-4o-mini-transcribe": ("json", "text"),
    _DIARIZES: ("json", "text", "diarized_json"),
    _HINTED: ("json",),
}
# transcription-whisper, transcription-stream-diarize.
_SECONDS: JsonObject = {"type": "duration", "seconds": 3}
_TOKENS: JsonObject = {"type": "tokens", "total_tokens": 41, "input_tokens": 30}
_TOKENS |= {"output_tokens": 11, "input_token_details": {"text_tokens": 0, "audio_tokens": 30}}
_IN_TOKENS = re.compile("4o")
# A form has texts alone, so of these the schema cannot tell the type.
_NOT_TEXT = frozenset(
    {
        "temperature",
        "stream",
        "chunking_strategy",
        "include",
        "timestamp_granularities",
        "languages",
        "keywords",
    }
)


def speech(call: Call) -> Reply:
    """Answer POST /audio/speech."""
    body = call.json_object()
    apply(SPEECH_RULES, call, body)
    wanted = body.get("response_format", "mp3")
    headers = service_headers(call) | {"content-type": _SPEECH_TYPES[wanted][0]}
    # It is sent while it is spoken (API guide, text to speech).
    return Reply(200, headers, [bytes(piece) for piece in batched(sound(call, wanted), _PIECE)])


def sound(call: Call, wanted: str) -> bytes:
    """Return what is spoken, in a format."""
    match wanted:
        case "mp3":
            return call.state.recordings.response(_SPEECH_RECORDING, 0).body
        case "wav":
            return _silence()
        case _:
            return _SPEECH_TYPES[wanted.removesuffix("16")][1]


def transcription(call: Call) -> Reply:
    """Answer POST /audio/transcriptions."""
    fields = _form_fields(call)
    asked = apply(TRANSCRIPTION_RULES, call, fields)
    wanted = fields.get("response_format", "json")
    if wanted in _TEXT_FORMATS:
        headers = service_headers(call) | {"content-type": "text/plain; charset=utf-8"}
        return Reply(200, headers, [_TEXT_FORMATS[wanted].encode()])
    usage = _TOKENS if _IN_TOKENS.search(asked.model or "") else _SECONDS
    segments = _segments() if wanted == "diarized_json" else []
    if fields.get("stream") == "true" and not asked.answering_model.startswith("whisper"):
        done = {"type": "transcript.text.done", "text": TRANSCRIPT, "usage": usage}
        deltas = [{"type": "transcript.text.delta", "delta": f"{w} "} for w in TRANSCRIPT.split()]
        events = [server_sent(event) for event in (*(segments or deltas), done)]
        return stream_reply(call, [*events, b"data: [DONE]\n\n"])
    answer: JsonObject = {"text": TRANSCRIPT, "usage": usage}
    if segments:
        answer |= {"task": "transcribe", "duration": 3.0, "segments": segments}
    if wanted == "verbose_json":
        answer |= {"task": "transcribe", "language": "english", "duration": 3.0, "segments": []}
    return json_reply(call, answer)


def _format_of_others(asked: Asked) -> ServiceError | None:
    wanted, taken = asked.body.get("response_format"), _FORMATS.get(undated(asked.model or ""))
    if wanted is None or taken is None or wanted in taken:
        return None
    use = " or ".join(f"'{name}'" for name in taken)
    message = f"response_format '{wanted}' is not compatible with model '{asked.model}'. Use {use}."
    return invalid_request(message, "response_format", "unsupported_value")


def _hint_of_others(asked: Asked) -> str | None:
    hints = ("language",) if asked.model == _HINTED else ("languages", "keywords")
    return next((name for name in hints if asked.has(name)), None)


def _segments() -> list[JsonObject]:
    """Return the sentence as two people say it (transcription-stream-diarize)."""
    halves = zip("AB", TRANSCRIPT.split(" and "), strict=True)
    return [
        {
            "type": "transcript.text.segment",
            "id": f"seg_{at}",
            "speaker": speaker,
            "text": f" {text}",
        }
        | {"start": at, "end": at + 1.0}
        for at, (speaker, text) in enumerate(halves)
    ]


_KNOWN_MODEL = known_model(chat_model_not_found, "error-404-chat")
SPEECH_RULES = (*_KNOWN_MODEL, published("CreateSpeechRequest"))
TRANSCRIPTION_RULES = (
    *_KNOWN_MODEL,
    Rule(
        lambda asked: asked.unknown(_TRANSCRIPTION),
        unrecognized_arguments,
        f"openapi.json {_TRANSCRIPTION}",
    ),
    published(_TRANSCRIPTION, without=_NOT_TEXT),
    Rule(
        _hint_of_others, unsupported_parameter, "https://github.com/stdapi-ai/stdapi.ai/issues/101"
    ),
    found(_format_of_others, "https://github.com/openai/openai-dotnet/issues/401"),
    Rule(
        lambda asked: asked.model == _DIARIZES and not asked.has("chunking_strategy"),
        words(
            "chunking_strategy is required for diarization models",
            "chunking_strategy",
            "invalid_value",
        ),
        "https://github.com/riffado/riffado/issues/101",
    ),
    Rule(
        lambda asked: "prompt" if asked.model == _DIARIZES and asked.has("prompt") else None,
        unsupported_parameter,
        f"openapi.json {_TRANSCRIPTION}",
    ),
)


def _form_fields(call: Call) -> JsonObject:
    """Return the fields of a multipart form that are not empty: a list for a name with `[]`."""
    head = f"content-type: {call.request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = message_from_bytes(head + call.content, policy=HTTP)
    parts = form.get_payload()
    if not isinstance(parts, list):
        raise invalid_request("The body is not a multipart form.")
    fields: JsonObject = {}
    for part in parts:
        assert isinstance(part, Message)  # noqa: S101 - what a list of parts holds
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content:
            continue
        value = part.get_filename() or content.decode()
        if name.endswith("[]"):
            fields.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            fields[name] = value
    return fields


def _silence() -> bytes:
    """Return a tenth of a second of silence as a WAV file."""
    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_SILENCE_HERTZ)
        sound.writeframes(bytes(_SILENCE_HERTZ // 10 * 2))
    return target.getvalue()
