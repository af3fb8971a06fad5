"""Speech and transcription: a recorded sentence, or silence, out; a fixed text back."""

import io
import wave
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

from fakes.openai.call import Call
from fakes.openai.errors import chat_model_not_found, invalid_request, unrecognized_arguments
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply, service_headers
from fakes.openai.rules import Rule, apply, known_model, published
from fakes.openai.wire import Reply

TRANSCRIPT = "The sun rises in the east and sets in the west."
_TRANSCRIPTION = "CreateTranscriptionRequest"
_SPEECH_RECORDING = "speech-tts-1"
_SILENCE_HERTZ = 24_000
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
# A form has texts alone, so of these the schema cannot tell the type.
_NOT_TEXT = frozenset(
    {"temperature", "stream", "chunking_strategy", "include", "timestamp_granularities"}
)


def speech(call: Call) -> Reply:
    """Answer POST /audio/speech."""
    body = call.json_object()
    apply(SPEECH_RULES, call, body)
    sound = body.get("response_format", "mp3")
    content_type, content = _SPEECH_TYPES[sound]
    if sound == "mp3":
        content = call.state.recordings.response(_SPEECH_RECORDING, 0).body
    elif sound == "wav":
        content = _silence()
    return Reply(200, service_headers(call) | {"content-type": content_type}, [content])


def transcription(call: Call) -> Reply:
    """Answer POST /audio/transcriptions."""
    fields = _form_fields(call)
    apply(TRANSCRIPTION_RULES, call, fields)
    wanted = fields.get("response_format", "json")
    if wanted in _TEXT_FORMATS:
        headers = service_headers(call) | {"content-type": "text/plain; charset=utf-8"}
        return Reply(200, headers, [_TEXT_FORMATS[wanted].encode()])
    answer: JsonObject = {"text": TRANSCRIPT, "usage": {"type": "duration", "seconds": 3}}
    if wanted == "verbose_json":
        answer |= {"task": "transcribe", "language": "english", "duration": 3.0, "segments": []}
    return json_reply(call, answer)


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
)


def _form_fields(call: Call) -> JsonObject:
    """Return the fields of a multipart form that are not empty; a list's name has no `[]`."""
    head = f"content-type: {call.request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = message_from_bytes(head + call.content, policy=HTTP)
    parts = form.get_payload()
    if not isinstance(parts, list):
        raise invalid_request("The body is not a multipart form.")
    fields: JsonObject = {}
    for part in parts:
        assert isinstance(part, Message)  # noqa: S101 - what a list of parts holds
        name = str(part.get_param("name", header="content-disposition")).removesuffix("[]")
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            fields[name] = part.get_filename() or content.decode()
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
