"""What people write beside a prompt - names, parameters, hints, texts, sounds - is understood as
they meant it or refused in one line."""

import re
from itertools import pairwise
from typing import get_args

from dify_plugin.entities.model import ModelType
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from models.catalogue.forms import MORE
from models.catalogue.model import Model, ModelKind, Service
from models.catalogue.names import base_name, base_of_deployment, model_behind
from models.catalogue.schemas import parameters_of, schema_of
from models.llm.azure_openai_llm import AzureOpenAILargeLanguageModel
from models.llm.more_parameters import with_more
from models.llm.openai_llm import OpenAILargeLanguageModel
from models.moderation.inputs import inputs_of
from models.speech2text.hints import KEYWORDS, LANGUAGE, PROMPT, Hints
from models.speech2text.sound import Sound
from models.text_embedding.limits import name_and_dimensions
from models.text_embedding.pieces import pieces_of, requests_of
from tests.properties.calls import MODELS
from tests.properties.json_values import any_text, json_values
from tests.properties.outcomes import result_or_refusal

_SERVICES: tuple[Service, ...] = get_args(Service.__value__)
# Those that Dify has.
_KINDS: list[ModelKind] = [
    kind for kind in get_args(ModelKind.__value__) if kind in {each.value for each in ModelType}
]
_PARTS = (
    *("gpt-", "o", "5", "4o", ".1", "-mini", "-pro", "-2025-08-07", "ft:", ":", "/", "@512", "@"),
    *(
        "openai",
        "text-embedding-3-small",
        "whisper-1",
        "-" * 40,
        "9" * 40,
        ".",
        "..",
        "",
        " ",
        "35",
    ),
)
_names = any_text | st.lists(st.sampled_from(_PARTS), max_size=6).map("".join)


@given(name=_names, base=st.none() | _names)
def test_any_name_means_a_model(name: str, base: str | None) -> None:
    assert isinstance(base_name(name), str)
    assert isinstance(base_of_deployment(name, base), str)
    size = name_and_dimensions(name)[1]
    assert size is None or 0 < size < 100_000
    for service in _SERVICES:
        for kind in _KINDS:
            model = model_behind(name, service, kind)
            assert isinstance(model, Model)
            assert model.type == kind
            assert schema_of(name, name, service, kind).model == name


_rules = parameters_of("gpt-5", "openai")
_parameter_names = st.sampled_from([rule.name for rule in _rules])
_lines = st.tuples(
    _parameter_names | any_text,
    st.sampled_from(["=", ":", " = ", "==", ""]),
    any_text | st.sampled_from(["true", "1", "0.5", "nan", "1e999", "9" * 5000, "high", "[]"]),
).map("".join)
_more = any_text | st.lists(_lines, max_size=4).map("\n".join) | json_values
_parameters = st.dictionaries(_parameter_names | any_text, json_values, max_size=4)


@given(written=_more, parameters=_parameters)
def test_any_more_parameters_are_read_or_refused(
    written: JsonValue, parameters: dict[str, JsonValue]
) -> None:
    before = {**parameters, MORE: written}
    spread = result_or_refusal(lambda: with_more(before, _rules))
    if spread is not None and isinstance(written, str):
        assert MORE not in spread
        own = {name: value for name, value in parameters.items() if name != MORE}
        assert repr({name: spread[name] for name in own}) == repr(own)
        assert spread.keys() - own.keys() <= {rule.name for rule in _rules}


@given(model=st.sampled_from(MODELS), more=_more, parameters=_parameters, azure=st.booleans())
def test_any_saved_parameters_are_taken_or_refused(
    model: str, more: JsonValue, parameters: dict[str, JsonValue], azure: bool
) -> None:
    llm = AzureOpenAILargeLanguageModel([]) if azure else OpenAILargeLanguageModel([])
    given_ones = {**parameters, MORE: more}
    taken = result_or_refusal(
        lambda: llm._validate_and_filter_model_parameters(model, given_ones, {})
    )
    declared = {rule.name for rule in llm.get_parameter_rules(model, {})}
    assert taken is None or taken.keys() <= declared


@given(
    credentials=st.fixed_dictionaries(
        {}, optional=dict.fromkeys((LANGUAGE, KEYWORDS, PROMPT), any_text | st.just("en, de-AT;fr"))
    ),
    model=st.sampled_from(["whisper-1", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"]),
)
def test_any_hints_are_sent_or_refused(credentials: dict[str, str], model: str) -> None:
    hints = result_or_refusal(lambda: Hints.from_credentials(credentials))
    if hints is not None:
        assert all(re.fullmatch("[a-z]{2,3}", language) for language in hints.languages)
        assert all(hints.fields(model_behind(model, kind="speech2text")).values())


_beginnings = st.sampled_from(
    [b"RIFF", b"ID3", b"OggS", b"\x1a\x45\xdf\xa3", b"\x00\x00\x00\x18ftyp"]
)


@given(content=st.tuples(_beginnings | st.just(b""), st.binary(max_size=80)).map(b"".join))
def test_any_sound_is_named_or_refused(content: bytes) -> None:
    sound = result_or_refusal(lambda: Sound.of(content))
    assert sound is None or (sound.content == content and sound.name.startswith("recording."))


_texts = (
    any_text
    | st.tuples(any_text, st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1])
    | st.sampled_from(
        ["![a](https://a.example/b.png) x", "data:image/png;base64,AAAA", "\n" * 5000]
    )
)


@given(text=_texts, model=st.sampled_from(["omni-moderation-latest", "text-moderation-latest", ""]))
def test_any_text_is_judged_in_pieces(text: str, model: str) -> None:
    for inputs in inputs_of(text, model):
        assert inputs.results > 0
        assert str(inputs.value).encode("utf-8")


@given(texts=st.lists(_texts.filter(bool), min_size=1, max_size=3), most=st.integers(1, 9000))
def test_any_texts_are_embedded_in_pieces(texts: list[str], most: int) -> None:
    pieces = list(pieces_of(texts, most))
    assert {piece.number for piece in pieces} == {*range(len(texts))}
    assert all(first.number <= second.number for first, second in pairwise(pieces))
    assert [piece for group in requests_of(iter(pieces)) for piece in group] == pieces
