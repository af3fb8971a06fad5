"""What a stream is asked for: its usage, and no padding where the service would add some."""

from dataclasses import replace

import pytest

from models.llm import chat, responses
from models.llm.invocation import Invocation
from models.service.endpoint import Endpoint
from tests.unit.endpoints import azure_at, openai_at

STREAM = Invocation(
    model="gpt-6-luna",
    messages=(),
    parameters={},
    tools=(),
    stop=(),
    stream=True,
    user=None,
    app_id=None,
)
USAGE = {"include_usage": True}
UNPADDED = {"include_obfuscation": False}


@pytest.mark.parametrize(
    ("endpoint", "on_chat", "on_responses"),
    [
        (openai_at("gpt-6-luna"), USAGE | UNPADDED, UNPADDED),
        # Who else speaks the API may not know the option, and Azure's older versions do not.
        (openai_at("gpt-6-luna", "https://gateway.example.com/v1"), USAGE, None),
        (azure_at(base_model="gpt-6-luna"), USAGE, None),
    ],
    ids=["openai", "compatible", "azure"],
)
def test_openai_is_asked_to_leave_out_the_padding(
    endpoint: Endpoint, on_chat: object, on_responses: object
) -> None:
    assert chat.build_body(STREAM, endpoint).get("stream_options") == on_chat
    assert responses.build_body(STREAM, endpoint).get("stream_options") == on_responses


def test_a_whole_answer_has_no_options_of_a_stream() -> None:
    whole = replace(STREAM, stream=False)
    for api in (chat, responses):
        assert "stream_options" not in api.build_body(whole, openai_at("gpt-6-luna"))
