"""Speech and transcription: a recorded sentence, or silence, out; a fixed text back."""

import io
import wave
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP

from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import chat_model_not_found, invalid_request
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply, service_headers
from fakes.openai.rules import base_model, check_refused_arguments, check_schema
from fakes.openai.schema_errors import invalid_value
from fakes.openai.wire import Reply

TRANSCRIPT = "The sun rises in the east and sets in the west."
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


def speech(sandbox: Sandbox, call: Call) -> Reply:
    """Answer POST /audio/speech."""
    body = call.json_object()
    check_refused_arguments(call, body)
    model = base_model(call, body, chat_model_not_found(str(body.get("model"))))
    check_schema(sandbox, "CreateSpeechRequest", {"model": model} | body)
    sound = body.get("response_format", "mp3")
    content_type, content = _SPEECH_TYPES[sound]
    if sound == "mp3":
        content = sandbox.recordings.response(_SPEECH_RECORDING, 0).body
    elif sound == "wav":
        content = _silence()
    return Reply(200, service_headers(call) | {"content-type": content_type}, [content])


def transcription(sandbox: Sandbox, call: Call) -> Reply:
    """Answer POST /audio/transcriptions."""
    fields = _form_fields(call)
    check_refused_arguments(call, fields)
    base_model(call, fields, chat_model_not_found(str(fields.get("model"))))
    if unknown := sorted(set(fields) - sandbox.schema.arguments("CreateTranscriptionRequest")):
        raise invalid_request(f"Unrecognized request argument supplied: {unknown[0]}")
    if not fields.get("file"):
        raise invalid_request("Missing required parameter: 'file'.", "file")
    wanted = fields.get("response_format", "json")
    usage = {"type": "duration", "seconds": 3}
    if wanted in _TEXT_FORMATS:
        headers = service_headers(call) | {"content-type": "text/plain; charset=utf-8"}
        return Reply(200, headers, [_TEXT_FORMATS[wanted].encode()])
    if wanted == "json":
        return json_reply(call, {"text": TRANSCRIPT, "usage": usage})
    if wanted == "verbose_json":
        verbose: JsonObject = {"task": "transcribe", "language": "english", "duration": 3.0}
        return json_reply(call, verbose | {"text": TRANSCRIPT, "segments": [], "usage": usage})
    raise invalid_value("response_format", wanted, ("json", "text", "srt", "verbose_json", "vtt"))


def _form_fields(call: Call) -> JsonObject:
    """Return the fields of a multipart form; a file is its bytes, a list's name has no `[]`."""
    head = f"content-type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    form = message_from_bytes(head + call.content, policy=HTTP)
    parts = form.get_payload()
    if not isinstance(parts, list):
        raise invalid_request("Could not parse multipart form")
    fields: JsonObject = {}
    for part in parts:
        assert isinstance(part, Message)  # noqa: S101 - what a list of parts holds
        name = str(part.get_param("name", header="content-disposition")).removesuffix("[]")
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        fields[name] = content if part.get_filename() else content.decode()
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
