"""AI GO! can read what is returned: every stream's output, with the SDK's own types."""

import json
import re
import sys
from typing import Any

import pytest
from latticeflow.core.dtypes import (
    FunctionCall,
    FunctionCallOutput,
    Message,
    OpenResponsesModelOutput,
    OutputTextContent,
)
from latticeflow.core.dtypes._open_responses.models import TextCitationBody
from latticeflow.core.experimental.scorers.agent import (
    _Call,
    _is_subsequence,
    _parse_arguments,
    _parse_expected_calls,
)

from fakes.dify_app.apps import DifyApp, Mode
from fakes.dify_app.server import DifyServer
from integrations.aigo import run_inference as snippet
from tests.connector import test_recorded
from tests.connector.dify_events import END, TOOL, agent, answer_events, think
from tests.connector.stream_files import ANSWERED, Stream, stream_named
from tests.connector.test_streams import by_name, take
from tests.connector.turns import SNIPPET, body_of, converse, environment_of, reply_of, trace_of

CLASSES: dict[str, type] = {
    "message": Message,
    "function_call": FunctionCall,
    "function_call_output": FunctionCallOutput,
}


@pytest.mark.parametrize("stream", [*ANSWERED, *test_recorded.ANSWERED], ids=by_name)
def test_an_output_parses_keeps_its_types_and_comes_back_the_same(
    dify: DifyApp, stream: Stream
) -> None:
    turn = take(dify, stream)
    parsed = OpenResponsesModelOutput.model_validate_json(turn.text)
    assert [type(item) for item in parsed.items] == [CLASSES[kind] for kind in turn.kinds]
    for item in parsed.items:
        if isinstance(item, Message):
            assert [type(part) for part in item.content] == [OutputTextContent]
    again = json.loads(parsed.model_dump_json(exclude_unset=False, exclude_none=True))
    assert again == {key: value for key, value in turn.output.items() if value is not None}
    assert OpenResponsesModelOutput.model_validate(again) == parsed


def test_citations_and_usage_are_typed(dify: DifyApp) -> None:
    cited = OpenResponsesModelOutput.model_validate_json(take(dify, stream_named("19")).text)
    assert isinstance(cited.items[-1], Message)
    (part,) = cited.items[-1].content
    assert isinstance(part, OutputTextContent)
    assert [type(one) for one in part.annotations] == [TextCitationBody]
    usage = OpenResponsesModelOutput.model_validate_json(take(dify, stream_named("04")).text).usage
    assert usage is not None
    assert (usage.num_prompt_tokens, usage.num_completion_tokens) == (305, 97)
    assert (usage.model_extra or {})["total_tokens"] == 184


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("04", [{"name": "dalle3", "arguments": {"prompt": "a white cat"}}]),
        (
            "16",
            [
                {"name": "weather", "arguments": {"city": "Bern"}},
                {"name": "clock", "arguments": {"tz": "Europe/Zurich"}},
            ],
        ),
        ("17", ["search", {"name": "search", "arguments": {"q": "second"}}]),
        ("18", [{"name": "search", "arguments": {"input": "shoes"}}]),
        ("20-new", [{"name": "weather", "arguments": {"city": "Bern"}}]),
    ],
)
def test_the_scorer_of_function_calls_finds_them(
    dify: DifyApp, name: str, calls: list[Any]
) -> None:
    # The scorer's own reading and matching; the scorer as a whole needs numpy.
    made = [
        _Call(name=call.name, arguments=_parse_arguments(call.arguments))
        for call in trace_of(take(dify, stream_named(name))).trace.function_calls
    ]
    assert len(made) == len(calls)
    assert _is_subsequence(_parse_expected_calls(json.dumps(calls)), made)


def test_calls_of_two_turns_keep_their_own_results(dify: DifyApp) -> None:
    outputs = ("one", "two")
    turns = []
    for output in outputs:
        step = think(None, position=1, tool="a", observation=output)
        events = [step, agent("A"), END]
        turns.append(converse(dify, [{**event, "message_id": output} for event in events]))
    pairs = trace_of(*turns).trace.get_function_call_pairs()
    assert [output and output.output for _, output in pairs] == list(outputs)


def test_a_turn_of_a_trace_ends_with_its_answer_and_its_ids(dify: DifyApp) -> None:
    turns = []
    for number in ("one", "two"):
        events = [agent("Let me see."), TOOL, agent(f"Found {number}."), END]
        turns.append(converse(dify, [{**event, "message_id": number} for event in events]))
    for turn, number in zip(trace_of(*turns).trace.turns, ("one", "two"), strict=True):
        answer = turn.assistant_messages[-1].model_dump()
        assert [part["text"] for part in answer["content"]] == [f"Found {number}."]
        assert answer["message_id"] == number


def test_the_two_turns_of_the_page_run_as_they_are_pasted(
    server: DifyServer, capsys: pytest.CaptureFixture[str]
) -> None:
    page = SNIPPET.with_name("README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"<<'END'\n(.*?)^END$", page, re.DOTALL | re.MULTILINE)
    app = server.serve(DifyApp(Mode.AGENT_CHAT, "app-me"))
    exec(code.replace("http://127.0.0.1:8091", app.url), {})  # noqa: S102 - our own text
    assert capsys.readouterr().out.splitlines() == [
        "I will remember that your code is 4711.",
        "Your code is 4711.",
    ]


@pytest.mark.parametrize("namespace", [{}, {"__name__": "snippet"}], ids=["empty", "named"])
def test_the_included_text_runs_in_an_empty_namespace(
    dify: DifyApp, namespace: dict[str, Any]
) -> None:
    code = compile(SNIPPET.read_text(encoding="utf-8").strip(), "snippet", "exec")
    exec(code, namespace)  # noqa: S102 - as AI GO! does with it
    for arguments in ((), (None,), ({"id": 1},)):
        dify.plan(reply_of(*answer_events()))
        output = namespace["run_inference"](body_of(), environment_of(dify), *arguments)
        assert json.loads(output)["items"][-1]["content"][0]["text"] == "Sunny."


def test_the_text_needs_the_standard_library_and_httpx() -> None:
    lines = SNIPPET.read_text(encoding="utf-8").splitlines()
    imports = [line.split()[1] for line in lines if line.startswith(("import ", "from "))]
    modules = {name.partition(".")[0] for name in imports}
    assert modules - set(sys.stdlib_module_names) == {"httpx"}
    assert not [line for line in lines if line.startswith("    import ")]


def test_a_body_of_ai_go_may_have_more_than_is_needed(dify: DifyApp) -> None:
    body = json.loads(body_of()) | {"model": "dify", "temperature": 0, "response_format": None}
    dify.plan(reply_of(*answer_events()))
    assert snippet.run_inference(json.dumps(body), environment_of(dify))
