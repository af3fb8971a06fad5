"""The one way to a transcript. Loaded with the first call: it brings the official client."""

from functools import partial
from typing import Any

import openai

from models.attribution import Origin
from models.catalogue.model import Model
from models.catalogue.names import model_behind
from models.service.endpoint import Endpoint
from models.service.leaving_out import Body
from models.service.official_call import OfficialCall, official_call
from models.speech2text.hints import Hints
from models.speech2text.sound import Sound
from models.speech2text.transcript import Transcript, read_transcript
from models.usage import Answered


def transcribe(endpoint: Endpoint, sound: Sound, hints: Hints, origin: Origin) -> str:
    """Return what is said in a recording, "" where nothing is.

    Raises ServiceError for what a service or the network did.
    """
    with official_call(endpoint, "transcriptions", origin) as call:
        body = _body(endpoint.model, model_behind(endpoint.base_model, kind="speech2text"), hints)
        heard = call.ask(body, partial(_send, call, sound))
        more = {} if heard.seconds is None else {"seconds": heard.seconds}
        call.answered = Answered(None, "", heard.usage, more=more)
        return heard.text


def _body(model: str, listener: Model, hints: Hints) -> Body:
    body: Body = {"model": model, "response_format": "json", **hints.fields(listener)}
    if listener.speakers:
        # "chunking_strategy is required for diarization models": riffado/riffado#101.
        body |= {"response_format": "diarized_json", "chunking_strategy": "auto"}
    if listener.streams:
        # A long recording takes minutes, in which gateways take a silent connection for a dead one.
        body["stream"] = True
    return body


def _send(call: OfficialCall, sound: Sound, client: openai.OpenAI, body: Body) -> Transcript:
    fields: dict[str, Any] = {**body, "file": (sound.name, sound.content)}
    transcriptions = client.audio.transcriptions.with_streaming_response
    with transcriptions.create(**fields) as answer:
        response = answer.http_response
        call.note_answer(response)
        content = response.iter_raw()
        return read_transcript(content, response.headers.get("content-type", ""))
