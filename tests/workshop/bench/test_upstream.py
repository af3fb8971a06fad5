"""The upstream's bytes are answers that the openai package reads, on both APIs, http and TLS."""

import ssl
from collections.abc import Iterator

import openai
import pytest
from openai.types.responses import ResponseCompletedEvent, ResponseTextDeltaEvent

from tools.bench.script import Script, read_stamps
from tools.bench.upstream_process import UpstreamProcess

SCRIPTS = [Script(3), Script(3, apart_ms=1)]


@pytest.fixture(scope="module")
def upstream() -> Iterator[UpstreamProcess]:
    """Start it once."""
    with UpstreamProcess() as process:
        yield process


@pytest.fixture(params=["http", "tls"])
def client(request: pytest.FixtureRequest, upstream: UpstreamProcess) -> Iterator[openai.OpenAI]:
    trust = ssl.create_default_context(cafile=upstream.authorities)
    url = upstream.url if request.param == "http" else upstream.tls_url
    with (
        openai.DefaultHttpxClient(verify=trust, trust_env=False) as http_client,
        openai.OpenAI(
            api_key="sk-test", base_url=f"{url}/v1", http_client=http_client, max_retries=0
        ) as made,
    ):
        yield made


def test_a_plain_answer_is_whole(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "Hello"}]
    )
    assert completion.choices[0].finish_reason == "stop"
    assert completion.choices[0].message.content == "A short answer to a short question."
    assert completion.usage is not None
    response = client.responses.create(model="m", input="Hello")
    assert response.status == "completed"
    assert response.output_text == "A short answer to a short question."


@pytest.mark.parametrize("script", SCRIPTS, ids=["at once", "paced"])
def test_a_chat_stream_has_the_deltas_that_were_asked_for(
    client: openai.OpenAI, script: Script
) -> None:
    stream = client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": script.to_prompt()}], stream=True
    )
    chunks = list(stream)
    choices = [choice for chunk in chunks for choice in chunk.choices]
    assert choices[0].delta.role == "assistant"
    assert choices[-1].finish_reason == "stop"
    stamps = read_stamps("".join(choice.delta.content or "" for choice in choices))
    assert len(stamps) == script.deltas
    assert stamps == sorted(stamps)
    assert all(stamps) == bool(script.apart_ms)
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.completion_tokens == script.deltas


@pytest.mark.parametrize("script", SCRIPTS, ids=["at once", "paced"])
def test_a_responses_stream_ends_with_the_text_of_its_deltas(
    client: openai.OpenAI, script: Script
) -> None:
    events = list(client.responses.create(model="m", input=script.to_prompt(), stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    text = "".join(event.delta for event in events if isinstance(event, ResponseTextDeltaEvent))
    assert len(read_stamps(text)) == script.deltas
    last = events[-1]
    assert isinstance(last, ResponseCompletedEvent)
    assert last.response.output_text == text


def test_a_marked_stream_says_whose_it_is_and_may_break(client: openai.OpenAI) -> None:
    script = Script(3, apart_ms=1, mark=7, cut_after=2)
    events = client.responses.create(model="m", input=script.to_prompt(), stream=True)
    texts: list[str] = []
    with pytest.raises(openai.APIConnectionError):
        texts.extend(event.delta for event in events if isinstance(event, ResponseTextDeltaEvent))
    assert read_stamps("".join(texts)) == [7_0000000000, 7_0000000001]


def test_a_large_prompt_is_read_whole_and_the_connection_goes_on(client: openai.OpenAI) -> None:
    prompt = Script(2).to_prompt(size=3_000_000)
    assert len(prompt) == 3_000_000
    for text in (prompt, "Hello"):
        assert client.responses.create(model="m", input=text).output_text


def test_a_path_that_it_does_not_have_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.models.list()
