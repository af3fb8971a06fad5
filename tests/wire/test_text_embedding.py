"""Texts in, vectors out: whole requests, order, sizes, limits and failures, on both services."""

import math
import random
from array import array
from dataclasses import replace

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import (
    ModelTarget,
    get_text_embedding_num_tokens,
    invoke_text_embedding,
    validate_model_credentials,
)
from models.attribution import digest
from tests.wire.ends import APP, USER, Json, Wire, raw_json

SMALL, LARGE, ADA = "text-embedding-3-small", "text-embedding-3-large", "text-embedding-ada-002"
# The three faces of the service; the API of language models does not matter.
ROUTES = ("openai-chat", "azure-chat", "azure-v1-chat")
every_service = pytest.mark.parametrize("route", ROUTES, ids=["openai", "azure", "azure-v1"])


def target_of(wire: Wire, route: str = ROUTES[0], model: str = SMALL, **more: str) -> ModelTarget:
    """Return an embedding model, or a deployment of that name."""
    if route.startswith("azure"):
        more = {"base_model_name": model.partition("@")[0], **more}
    return replace(wire.target(route, model, **more), model_type="text-embedding")


def embed(wire: Wire, target: ModelTarget, *texts: str) -> Json:
    """Embed texts on behalf of an app."""
    return wire.plugin.open_session(invoke_text_embedding(target, texts), app_id=APP).result()


def vectors_of(result: Json) -> list[list[float]]:
    """Return the vectors of a result."""
    vectors = result["embeddings"]
    assert isinstance(vectors, list)
    return vectors  # type: ignore[return-value]  # the daemon's rules have been applied


def answered(*vectors: object, **more: object) -> Json:
    """Return the step that answers with these vectors."""
    data = [
        vector if isinstance(vector, dict) else {"index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    return raw_json({"object": "list", "data": data, "model": "m", **more})  # type: ignore[dict-item]


def refusal(wire: Wire, target: ModelTarget, *texts: str) -> PluginError:
    """Return how a call failed."""
    with pytest.raises(PluginError) as raised:
        embed(wire, target, *texts)
    return raised.value


@every_service
def test_texts_are_embedded_with_one_request(wire: Wire, route: str) -> None:
    result = embed(wire, target_of(wire, route), "one", "two words " * 500, "one")
    (request,) = wire.requests()
    assert request["body"] == {
        "model": SMALL,
        "input": ["one", "two words " * 500, "one"],
        "encoding_format": "base64",
        "user": digest(USER),
    }
    first, second, third = vectors_of(result)
    assert first == third != second
    assert len(first) == 1536
    assert math.isclose(math.hypot(*first), 1, rel_tol=1e-6)
    usage = result["usage"]
    assert isinstance(usage, dict)
    assert isinstance(usage.pop("latency"), float)
    assert (result["model"], usage) == (
        SMALL,
        {
            "tokens": 1002,
            "total_tokens": 1002,
            "unit_price": "0.02",
            "price_unit": "0.000001",
            "total_price": "0.0000200",
            "currency": "USD",
        },
    )
    line = wire.usage_lines()[-1]
    assert (line["api"], line["app_id"], line["input"], line["output"], line["error"]) == (
        "embeddings",
        APP,
        1002,
        0,
        None,
    )
    assert line["request_id"]
    assert line["cost"] == "0.00002004"


def test_dimensions_are_a_part_of_the_name(wire: Wire) -> None:
    for route in ROUTES:
        target = target_of(wire, route, f"{LARGE}@1024")
        result = embed(wire, target, "one")
        assert (result["model"], len(vectors_of(result)[0])) == (f"{LARGE}@1024", 1024)
        body = wire.bodies()[-1]
        assert (body["model"], body["dimensions"]) == (LARGE, 1024)
    refused = refusal(wire, target_of(wire, model=f"{ADA}@4"), "one")
    assert "dimensions" in refused.message


def test_every_number_is_the_same_32_bit_float(wire: Wire) -> None:
    numbers = array("f", [random.uniform(-1, 1) * 10 ** random.uniform(-7, 1) for _ in range(300)])
    wire.plan(answered(numbers.tolist()))
    (vector,) = vectors_of(embed(wire, target_of(wire), "one"))
    assert array("f", vector) == numbers
    assert vector != numbers.tolist()


def test_vectors_go_back_to_their_texts_by_their_index(wire: Wire) -> None:
    shuffled = [{"index": index, "embedding": [index + 1.0, 2.0]} for index in (2, 0, 1)]
    wire.plan(answered(*shuffled), answered([1.0], [2.0]), answered([0.5, 1], [1, 0.25]))
    target = target_of(wire)
    assert vectors_of(embed(wire, target, "a", "b", "c")) == [[1.0, 2.0], [2.0, 2.0], [3.0, 2.0]]
    for _ in range(2):
        assert len(vectors_of(embed(wire, target, "a", "b"))) == 2


def test_servers_that_say_no_index_keep_the_order(wire: Wire) -> None:
    target = target_of(wire)
    for index in ({}, {"index": 0}):
        wire.plan(answered({**index, "embedding": [1.0]}, {**index, "embedding": [2.0]}))
        assert vectors_of(embed(wire, target, "a", "b")) == [[1.0], [2.0]]


NAN = float("nan")
WRONG: list[tuple[list[object], str]] = [
    ([[1.0]], "there are 1 vectors for 2 texts"),
    ([[1.0], [2.0], [3.0]], "there are 3 vectors for 2 texts"),
    ([[1.0], [0.0]], "the vector of text 2 of 2 has no direction"),
    ([[NAN], [1.0]], "the vector of text 1 of 2 has no direction"),
    ([[1.0], []], "the vector of text 2 of 2 has no direction"),
    ([[1.0], [2.0, 3.0]], "the vectors have 1 and 2 numbers"),
    ([[1.0], "no base64"], "the answer is not one to a request for"),
    ([{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [1.0]}], "do not say whose"),
]


@pytest.mark.parametrize(("vectors", "words"), WRONG, ids=[words for _, words in WRONG])
def test_no_text_gets_a_wrong_vector(wire: Wire, vectors: list[object], words: str) -> None:
    wire.plan(answered(*vectors))
    failure = refusal(wire, target_of(wire), "first", "second")
    assert failure.error_type == "InvokeServerUnavailableError"
    assert words in failure.message
    assert wire.usage_lines()[-1]["error"] == failure.error_type


def test_a_vector_of_another_size_than_asked_for_is_refused(wire: Wire) -> None:
    wire.plan(answered([1.0, 2.0]))
    failure = refusal(wire, target_of(wire, model=f"{SMALL}@3"), "one")
    assert "has 2 numbers where 3 were asked for" in failure.message


def test_an_empty_text_is_named_before_anything_is_sent(wire: Wire) -> None:
    failure = refusal(wire, target_of(wire), "one", "", "three")
    assert failure.error_type == "InvokeBadRequestError"
    assert failure.message.startswith("Text 2 of 3 is empty")
    assert wire.requests() == []


def test_a_result_that_the_daemon_cannot_take_is_refused_before_it_is_sent(wire: Wire) -> None:
    failure = refusal(wire, target_of(wire, model=LARGE), *["one"] * 101)
    assert "send at most 100 texts in a call" in failure.message
    assert wire.requests() == []
    target = target_of(wire, model=f"{LARGE}@256")
    assert len(vectors_of(embed(wire, target, *["one"] * 101))) == 101


def test_a_size_that_nobody_knew_is_judged_when_it_is_seen(wire: Wire) -> None:
    wire.change(models=["of-somebody"])
    wire.plan(answered(*[[1.0] * 4000] * 100))
    failure = refusal(wire, target_of(wire, model="of-somebody"), *["one"] * 100)
    assert "100 texts, each of 4000 numbers" in failure.message


@pytest.mark.parametrize("model", [SMALL, LARGE])
def test_what_a_host_sends_at_once_fits(wire: Wire, model: str) -> None:
    texts = [f"text {number}" for number in range(64)]
    vectors = vectors_of(embed(wire, target_of(wire, model=model), *texts))
    assert len({tuple(vector) for vector in vectors}) == 64


def test_a_long_text_is_the_average_of_its_parts(wire: Wire) -> None:
    sentence = "The quick brown fox jumps over the lazy dog again. "
    text = sentence * 1000
    target = target_of(wire)
    result = embed(wire, target, "short", text, "short")
    (body,) = wire.bodies()
    sent = body["input"]
    assert isinstance(sent, list)
    parts = [str(part) for part in sent[1:-1]]
    assert "".join(parts) == text.strip()
    assert len(parts) == 2
    assert all(part.strip().endswith(".") for part in parts)
    first, long, last = vectors_of(result)
    assert first == last
    assert math.isclose(math.hypot(*long), 1, rel_tol=1e-6)
    alone = [vectors_of(embed(wire, target, part))[0] for part in parts]
    weights = [len(part) for part in parts]
    mean = [math.sumprod(weights, numbers) for numbers in zip(*alone, strict=True)]
    length = math.hypot(*mean)
    assert long == pytest.approx([number / length for number in mean], abs=1e-6)


def test_many_tokens_go_in_several_requests_at_once(wire: Wire) -> None:
    texts = [f"number{index} " + "of words " * 2500 for index in range(120)]
    result = embed(wire, target_of(wire), *texts)
    sizes = [len(body["input"]) for body in wire.bodies()]  # type: ignore[arg-type]
    assert sum(sizes) == 120
    assert len(sizes) > 2
    usage = result["usage"]
    assert isinstance(usage, dict)
    assert usage["tokens"] == sum(len(text.split()) for text in texts)
    (one,) = vectors_of(embed(wire, target_of(wire), texts[77]))
    assert vectors_of(result)[77] == one


def test_what_is_too_much_for_a_server_goes_in_smaller_requests(wire: Wire) -> None:
    # Letters that the estimate takes for words of five: the service counts each as a token.
    texts = ["a b " * 5000, "short"]
    result = embed(wire, target_of(wire), *texts)
    assert len(vectors_of(result)) == 2
    too_many = "batch size is invalid, it should not be larger than 10.: input.contents"
    error: Json = {"error": {"message": too_many, "code": "InvalidParameter"}}
    wire.plan(raw_json(error, 400))
    before = len(wire.requests())
    assert len(vectors_of(embed(wire, target_of(wire), "one", "two", "three"))) == 3
    sizes = [len(body["input"]) for body in wire.bodies()[before:]]  # type: ignore[arg-type]
    assert sizes == [3, 1, 2]


def test_a_text_that_cannot_be_divided_is_told_as_the_service_says_it(wire: Wire) -> None:
    error: Json = {"error": {"message": "Requested 9 tokens, max 5 tokens per request"}}
    wire.plan(*[raw_json(error, 400)] * 8)
    failure = refusal(wire, target_of(wire), "abcd")
    assert failure.error_type == "InvokeBadRequestError"
    assert "Requested 9 tokens" in failure.message


def test_a_server_that_knows_no_encoding_answers_in_numbers(wire: Wire) -> None:
    words = (
        "litellm.UnsupportedParamsError: gemini does not support parameters: {'encoding_format': "
        "'base64'}, for model=gemini-embedding-001. To drop these, set `litellm.drop_params=True`."
    )
    wire.change(models=["of-gemini"])
    wire.plan(raw_json({"error": {"message": words}}, 400))
    target = target_of(wire, model="of-gemini")
    for _ in range(2):
        embed(wire, target, "one")
    asked = [body.get("encoding_format") for body in wire.bodies()]
    assert asked == ["base64", None, None]


def test_tokens_are_estimated_where_none_are_told(wire: Wire) -> None:
    wire.plan(answered([1.0]))
    result = embed(wire, target_of(wire), "some words")
    line = wire.usage_lines()[-1]
    assert line["estimated"] is True
    usage = result["usage"]
    assert isinstance(usage, dict)
    assert usage["tokens"] == line["input"] != 0


def test_each_text_has_its_number_of_tokens(wire: Wire) -> None:
    request = get_text_embedding_num_tokens(target_of(wire), ["", "some words", "<|endoftext|>"])
    counted = wire.plugin.open_session(request).result()["num_tokens"]
    assert isinstance(counted, list)
    assert counted[0] == 0
    assert len(counted) == 3
    assert wire.requests() == []


@every_service
def test_the_headers_name_the_app_where_the_switch_says_so(wire: Wire, route: str) -> None:
    target = target_of(wire, route, enable_request_metadata="headers", request_tags="team=search")
    embed(wire, target, "one")
    embed(wire, target_of(wire, route, enable_request_metadata="enabled"), "one")
    named, other = (dict(request["headers"]) for request in wire.requests())  # type: ignore[arg-type]
    assert named["x-dify-app-id"] == APP
    assert named["x-dify-tags"] == "team=search"
    assert not [name for name in other if name.startswith("x-dify")]


@every_service
def test_a_wrong_key_or_model_is_refused_when_it_is_entered(wire: Wire, route: str) -> None:
    wire.plugin.open_session(validate_model_credentials(target_of(wire, route))).result()
    wrong_key = target_of(wire, route, openai_api_key="sk-wrong-wrong-wrong-wrong")
    wrong_name = replace(target_of(wire, route), model="text-embedding-3-smal")
    for target, words in ((wrong_key, "401"), (wrong_name, "404")):
        with pytest.raises(PluginError) as raised:
            wire.plugin.open_session(validate_model_credentials(target)).result()
        assert raised.value.error_type == "CredentialsValidateFailedError"
        assert words in raised.value.message
