"""Speech by the API of its own, `/audio/speech`: a stream of mp3, as the model speaks."""

from collections.abc import Callable
from functools import partial

import openai

from models.catalogue.model import Model
from models.service.leaving_out import Body
from models.service.official_call import OfficialCall
from models.tts.manner import Manner
from models.tts.mp3 import hand_on, mp3_pieces
from models.usage import Answered

API = "speech"
# Sound comes while the rest is still spoken, so nothing is won by a short first part.
FIRST_PART = None


def say(
    call: OfficialCall, speaker: Model, manner: Manner, text: str, listener: Callable[[bytes], None]
) -> Answered:
    """Give the sound of a text to a listener as it arrives.

    Raises ServiceError, also after a part of the sound.
    """
    body: Body = {
        "model": call.endpoint.model,
        "input": text,
        "voice": manner.voice,
        "response_format": "mp3",
    }
    if manner.instructions and speaker.takes_instructions:
        body["instructions"] = manner.instructions
    if manner.speed != 1 and speaker.takes_speed:
        body["speed"] = manner.speed
    call.ask(body, partial(_send, call, listener))
    return Answered(None, "", None)


def _send(
    call: OfficialCall, listener: Callable[[bytes], None], client: openai.OpenAI, body: Body
) -> None:
    fields: dict[str, str | float] = {**body}  # type: ignore[dict-item] # as `say` has made it
    with client.audio.speech.with_streaming_response.create(**fields) as answer:  # type: ignore[arg-type]
        call.note_answer(answer.http_response)
        hand_on(mp3_pieces(answer.http_response.iter_raw()), listener)
