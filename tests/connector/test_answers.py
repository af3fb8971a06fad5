"""Which text is the answer: replaced, closed, interleaved with tools, freed of reasoning."""

import pytest

from fakes.dify_app.apps import DifyApp
from integrations.aigo.run_inference import DifyError, split_thinking
from tests.connector.dify_events import (
    END,
    STARTED,
    TOOL,
    Json,
    agent,
    event,
    say,
    think,
    workflow,
)
from tests.connector.turns import ask, converse, reply_of


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([say("A"), say("B")], "AB"),
        ([say("old"), say("new", "message_replace")], "new"),
        ([agent("I can"), agent(" tell"), say("No.", "message_replace")], "No."),
        ([say("old"), say("new", "message_replace"), say("er")], "newer"),
        ([agent("He"), agent("llo"), say("Hello")], "Hello"),
        ([agent("He"), agent("llo"), say("Hello"), say("Hello")], "Hello"),
        ([agent("draft"), say("Final.")], "Final."),
        ([agent("haha"), say("ha"), say("ha")], "haha"),
        ([agent("Hello"), say("")], "Hello"),
        ([TOOL, say("ha"), say("ha"), say("!")], "haha!"),
        ([TOOL, say("ha"), say("ha")], "haha"),
        ([TOOL, agent("haha!"), say("ha"), say("ha"), say("!")], "haha!"),
        ([agent("Hm."), TOOL, say("ha"), say("ha"), say("!"), say("haha!")], "haha!"),
        ([agent("a"), say("b"), say("c", "message_replace")], "c"),
        ([say("h"), say("h")], "hh"),
        ([say("A", "message_file", url="https://a.example/a.png"), say("B", "message_file")], "AB"),
        ([say(None), say("A"), say(7), {"event": "message"}], "A"),
        ([say("A"), {"event": "tts_message", "audio": "AA"}], "A"),
        ([say("A"), {"event": "something_new", "answer": "B"}, {"answer": "C"}], "A"),
        ([say("A"), {"event": ["message"], "answer": "B"}], "A"),
        ([say(" A ")], " A "),
    ],
)
def test_the_answer_is_what_dify_shows_in_the_end(
    dify: DifyApp, events: list[Json], answer: str
) -> None:
    turn = converse(dify, [*events, END])
    assert turn.answer == answer
    assert turn.echo.get("dify_replaced") == (
        True if any(one.get("event") == "message_replace" for one in events) else None
    )


def test_text_may_follow_in_a_chatflow_of_either_order(dify: DifyApp) -> None:
    for ending in ([END, workflow()], [workflow(), say("B", "message_replace"), END]):
        turn = converse(dify, [STARTED, say("A"), *ending])
        assert turn.answer == ("A" if ending[0] is END else "B")
        assert turn.echo["dify_workflow_status"] == "succeeded"


@pytest.mark.parametrize(
    "events",
    [
        [],
        [say("A")],
        [STARTED, say("A")],
        [STARTED, say("A"), END],
        [STARTED, say("A"), workflow()],
        [say("A"), workflow()],
        [say("A"), {"event": "node_finished", "data": {}}, END],
        [say("A"), {"event": "agent_log", "data": {}}, END],
    ],
)
def test_an_answer_that_dify_did_not_end_is_an_error(dify: DifyApp, events: list[Json]) -> None:
    with pytest.raises(DifyError, match=r"stream ended without a terminal event|no event came"):
        converse(dify, events)


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (say("", "error", status=500, code="x", message="m"), "Dify 500 x: m"),
        ({"event": "error"}, "Dify error: no message"),
        (workflow("failed", error="boom"), "The Dify workflow failed: boom"),
        (workflow("failed"), "The Dify workflow failed: Dify gives no reason"),
        (workflow("stopped"), "The Dify workflow stopped: Dify gives no reason"),
        (workflow("paused"), "The Dify workflow paused: Dify gives no reason"),
        (workflow(None), "The Dify workflow ended without a status: Dify gives no reason"),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_failure_counts_wherever_it_comes(
    dify: DifyApp, failure: Json, told: str, before: bool
) -> None:
    events = [say("A"), failure, END] if before else [say("A"), END, failure]
    with pytest.raises(DifyError) as raised:
        converse(dify, events)
    assert str(raised.value) == told


def test_a_partial_success_is_an_answer_that_says_so(dify: DifyApp) -> None:
    turn = converse(dify, [STARTED, say("A"), END, workflow("partial-succeeded")])
    assert turn.answer == "A"
    assert turn.echo["dify_workflow_status"] == "partial-succeeded"


WAITS = {"node_title": "Approval", "node_id": "n-1", "form_content": "Please review."}


@pytest.mark.parametrize(
    ("events", "node", "asks"),
    [
        ([{"event": "human_input_required", "data": WAITS}], "Approval", "Please review."),
        (
            [{"event": "workflow_paused", "data": {"reasons": [WAITS]}}],
            "Approval",
            "Please review.",
        ),
        ([{"event": "human_input_required", "data": {"node_id": "n"}}], "n", "no text"),
        ([{"event": "workflow_paused"}], "of unknown name", "no text"),
        ([{"event": "human_input_required", "data": WAITS}, END], "Approval", "Please review."),
    ],
)
def test_an_app_that_waits_for_a_person_is_an_error(
    dify: DifyApp, events: list[Json], node: str, asks: str
) -> None:
    with pytest.raises(DifyError) as raised:
        converse(dify, [say("A"), *events])
    assert str(raised.value) == (
        f"The Dify app is paused for human input: its node {node!r} waits for a person: {asks}"
    )
    assert dify.stops == []


def test_text_before_a_tool_stands_before_it(dify: DifyApp) -> None:
    events = [agent("Let me "), agent("see."), TOOL, agent("Found "), agent("x."), END]
    turn = converse(dify, events)
    assert turn.kinds == ["message", "function_call", "function_call_output", "message"]
    assert turn.texts == ["Let me see.", "Found x."]
    assert turn.answer == "Found x."
    assert turn.part["dify_whole_answer"] == "Let me see.Found x."


@pytest.mark.parametrize("last", ["", " \n", "<think>So it is.</think>"])
def test_text_before_a_tool_is_never_the_answer(dify: DifyApp, last: str) -> None:
    events = [agent("One. "), TOOL, agent("Two."), think("s-2", tool="a"), agent(last), END]
    with pytest.raises(DifyError, match="Dify gave an empty answer"):
        converse(dify, events)
    turn = converse(dify, events, empty_answer="allow")
    assert turn.answer.strip() == ""
    assert turn.texts[:-1] == ["One. ", "Two."]
    call = ["message", "function_call"]
    assert turn.kinds == [*call, "function_call_output", *call, "message"]
    assert turn.part["dify_whole_answer"] == f"One. Two.{last}"


def test_a_call_stands_where_its_thought_names_it_last(dify: DifyApp) -> None:
    early = think("s-1", tool="search", tool_input='{"search": {}}')
    second = think("s-2", tool="clock", tool_input='{"clock": {}}')
    turn = converse(
        dify,
        [
            *(early, agent("Let me see."), TOOL, TOOL),
            *(second, agent("And the time."), second),
            *(think("s-3"), agent("Found x."), think("s-3", thought="Found x."), END),
        ],
    )
    assert turn.texts == ["Let me see.", "And the time.", "Found x."]
    assert [item.get("name", item["type"]) for item in turn.items] == [
        "message",
        "search",
        "function_call_output",
        "message",
        "clock",
        "message",
    ]


COUNTED = event("message_end", metadata={"usage": {"prompt_tokens": 9, "completion_tokens": 4}})
STOPPED = event("message_end", metadata={"usage": {"prompt_tokens": 0, "completion_tokens": 0}})
REACT = [think("s-2"), agent("I kn"), agent("ow.\n"), agent(""), agent("It is Bern.")]


@pytest.mark.parametrize("before", [[], [agent("I look."), TOOL]])
def test_a_react_agent_answers_with_its_last_piece(dify: DifyApp, before: list[Json]) -> None:
    turn = converse(dify, [*before, *REACT, COUNTED])
    assert turn.answer == "It is Bern."
    assert turn.part["reasoning"] == "I know."
    assert turn.texts == [*(["I look."] if before else []), "It is Bern."]


@pytest.mark.parametrize(
    ("events", "answer"),
    [
        ([*REACT, STOPPED], "I know.\nIt is Bern."),
        ([*REACT, END], "I know.\nIt is Bern."),
        ([*REACT, think("s-2", thought="I know."), COUNTED], "I know.\nIt is Bern."),
        ([*REACT, say("No.", "message_replace"), COUNTED], "No."),
        ([*REACT, say("Closing."), COUNTED], "Closing."),
        ([say("A"), say("B"), COUNTED], "AB"),
    ],
    ids=["stopped", "not counted", "function calling", "moderated", "New Agent", "chat"],
)
def test_what_is_no_react_answer_is_not_cut_to_its_last_piece(
    dify: DifyApp, events: list[Json], answer: str
) -> None:
    assert converse(dify, events).answer == answer


MADE_UP = "Workflow stream ended without a terminal event"


@pytest.mark.parametrize("made_up", [[], [STARTED], [STARTED, workflow("failed", error=MADE_UP)]])
@pytest.mark.parametrize("annotation", [None, {"id": "a-1"}])
def test_a_reply_without_a_workflow_is_the_answer_of_a_chatflow(
    dify: DifyApp, made_up: list[Json], annotation: Json | None
) -> None:
    end = event("message_end", metadata={"annotation_reply": annotation})
    turn = converse(dify, [say("I cannot talk about that."), end, *made_up])
    assert turn.answer == "I cannot talk about that."
    assert "dify_workflow_status" not in turn.echo
    assert turn.echo.get("dify_annotation_reply") == (True if annotation else None)
    assert dify.stops == []


WITHHELD = say("Withheld.", "message_replace", reason="output_moderation")
BY_MODERATION = workflow("stopped", error="Stopped by output moderation.")


@pytest.mark.parametrize(
    "ending",
    [
        [WITHHELD, BY_MODERATION],
        [WITHHELD, BY_MODERATION, STOPPED],
        [BY_MODERATION, say("Withheld.", "message_replace"), STOPPED],
    ],
)
def test_what_moderation_says_in_its_place_is_the_answer(dify: DifyApp, ending: list[Json]) -> None:
    turn = converse(dify, [STARTED, say("How to "), say("build"), *ending])
    assert turn.answer == "Withheld."
    assert turn.echo["dify_workflow_status"] == "stopped"
    assert turn.echo["dify_replaced"] is True
    assert turn.output["usage"] is None
    assert dify.stops == []


def test_a_stop_without_moderation_is_no_answer(dify: DifyApp) -> None:
    for replaced in ([], [say("B", "message_replace")]):
        with pytest.raises(DifyError, match="workflow stopped: Stopped by user"):
            converse(
                dify, [STARTED, say("A"), *replaced, workflow("stopped", error="Stopped by user.")]
            )


def test_a_success_without_its_message_end_has_its_answer_among_its_outputs(dify: DifyApp) -> None:
    events = [
        STARTED,
        say("<think>T</think>A"),
        workflow(outputs={"answer": "<think>T</think>A b."}),
    ]
    turn = converse(dify, events)
    assert turn.answer == "A b."
    assert turn.output["usage"] is None
    dify.plan(reply_of(*events, lost=True))
    with pytest.raises(DifyError, match="the connection was lost"):  # moderation may have followed
        ask(dify)


@pytest.mark.parametrize(
    ("closing", "texts"),
    [("Found x.", ["Let me see.", "Found x."]), ("Let me see.Found x.", ["Let me see.Found x."])],
)
def test_a_closing_message_is_the_answer_whatever_it_repeats(
    dify: DifyApp, closing: str, texts: list[str]
) -> None:
    step = think(tool="search", tool_input="{}", observation="x")
    turn = converse(dify, [agent("Let me see."), step, agent("Found x."), say(closing), END])
    assert turn.texts == texts
    assert turn.answer == closing


def test_a_replacement_takes_back_what_was_said_before_the_tools(dify: DifyApp) -> None:
    turn = converse(
        dify, [agent("Secret."), TOOL, agent("More."), say("No.", "message_replace"), END]
    )
    assert turn.texts == ["No."]
    assert turn.kinds == ["function_call", "function_call_output", "message"]
    assert "Secret." not in turn.text


def test_the_nodes_of_a_chatflow_do_not_split_its_answer(dify: DifyApp) -> None:
    node = {"id": "n-1", "node_id": "1", "node_type": "tool", "title": "Search"}
    done = {**node, "status": "succeeded", "inputs": {"q": "x"}, "outputs": {"text": "y"}}
    events = [
        STARTED,
        say("One. "),
        {"event": "node_started", "data": node},
        say("Two. "),
        {"event": "node_finished", "data": done},
        say("Three."),
        END,
        workflow(),
    ]
    turn = converse(dify, events)
    assert turn.answer == "One. Two. Three."
    assert turn.kinds == ["function_call", "function_call_output", "message"]


@pytest.mark.parametrize("events", [[], [say(" ")], [say("<think>Hm.</think>")], [TOOL]])
def test_an_empty_answer_is_an_error_unless_allowed(dify: DifyApp, events: list[Json]) -> None:
    with pytest.raises(DifyError, match="Dify gave an empty answer"):
        converse(dify, [*events, END])
    allowed = converse(dify, [*events, END], empty_answer="allow")
    assert allowed.answer.strip() == ""


def test_a_file_is_an_answer(dify: DifyApp) -> None:
    picture = {"event": "message_file", "url": "https://a.example/a.png", "type": "image"}
    turn = converse(dify, [picture, END])
    assert turn.answer == ""
    assert turn.part["dify_files"] == [{"url": "https://a.example/a.png", "type": "image"}]


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("A", "A", ""),
        ("<think>T</think>\n\nA", "A", "T"),
        ("<think>\nT\n</think>A<think>U</think> B", "A B", "T\n\nU"),
        ("A <think>T", "A ", "T"),
        ("A</think>B", "A</think>B", ""),
        ("<think>a<think>b</think>C", "C", "a<think>b"),
        ("a < think > b", "a < think > b", ""),
        ("<think></think>A", "A", ""),
    ],
)
def test_reasoning_between_tags_is_parted_from_the_answer(
    text: str, shown: str, hidden: str
) -> None:
    assert split_thinking(text)[:2] == (shown, hidden)


@pytest.mark.parametrize(
    ("policy", "answer", "reasoning"),
    [
        ("extra", "A", "chunk\n\nT\n\nI should look."),
        ("drop", "A", None),
        ("keep", "<think>T</think>A", "chunk\n\nI should look."),
    ],
)
def test_reasoning_goes_where_it_is_told_to(
    dify: DifyApp, policy: str, answer: str, reasoning: str | None
) -> None:
    events = [
        think("s-0", thought="I should look."),
        {"event": "reasoning_chunk", "data": {"reasoning": "chu"}},
        {"event": "reasoning_chunk", "data": {"reasoning": "nk", "is_final": True}},
        agent("<thi"),
        agent("nk>T</think>"),
        agent("A"),
        END,
    ]
    turn = converse(dify, events, reasoning=policy)
    assert turn.answer == answer
    assert turn.part.get("reasoning") == reasoning
    assert "reasoning" not in turn.echo


def test_reasoning_around_a_tool_is_not_shown(dify: DifyApp) -> None:
    turn = converse(dify, [agent("Hm <think>T"), TOOL, agent("U</think>A"), END])
    assert turn.texts == ["Hm ", "A"]
    assert turn.part["reasoning"] == "TU"


@pytest.mark.parametrize(
    "thought", ["A long thought.", "A long\n thought.", "A long thought.A long thought.", ""]
)
def test_a_thought_that_repeats_the_answer_is_no_reasoning(dify: DifyApp, thought: str) -> None:
    turn = converse(dify, [agent("A long thought. "), think(thought=thought), agent("B"), END])
    assert "reasoning" not in turn.part
