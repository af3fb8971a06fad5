"""The calls and results of earlier turns, as the services take them: told apart, and paired.

What an app kept may come from another vendor or an older version: calls without ids, or with equal
ones (can1357/oh-my-pi#2055, vercel/ai#7834), and calls whose tool never answered. OpenAI and Azure
OpenAI refuse each of them (agno-agi/agno#5116, miurla/morphic#136), and with it the whole turn.
"""

from collections.abc import Iterator, Sequence

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    ToolPromptMessage,
)

type _Call = AssistantPromptMessage.ToolCall


def with_paired_calls(messages: Sequence[PromptMessage]) -> Sequence[PromptMessage]:
    """Return the messages with an id of its own for each call of a message and for its result.

    A call that nothing answers is left out; a result of no call stays, for the service to tell.
    """
    if not any(_calls(message) for message in messages):
        return messages
    results = _results(messages)
    ids = {place: _own_id(messages, place) for place in results.values()}
    return [
        _paired(message, index, ids, results.get(index)) for index, message in enumerate(messages)
    ]


# A call: the index of its message, and its own in there.
type _Place = tuple[int, int]


def _results(messages: Sequence[PromptMessage]) -> dict[int, _Place]:
    """Return for each result the call that it answers: of the latest message that has one of its
    id without a result yet, the first."""
    open_calls: list[tuple[_Place, str]] = []
    results: dict[int, _Place] = {}
    for index, message in enumerate(messages):
        new = [((index, number), call.id) for number, call in enumerate(_calls(message))]
        open_calls = [*new, *open_calls]
        if isinstance(message, ToolPromptMessage):
            found = (entry for entry in open_calls if entry[1] == message.tool_call_id)
            if (entry := next(found, None)) is not None:
                open_calls.remove(entry)
                results[index] = entry[0]
    return results


def _own_id(messages: Sequence[PromptMessage], place: _Place) -> str:
    """Return a call's id, or one made of its place where it has none or not alone."""
    index, number = place
    ids = [call.id for call in _calls(messages[index])]
    if ids[number] and ids[number] not in ids[:number]:
        return ids[number]
    return f"call_{index}_{number}"


def _paired(
    message: PromptMessage, index: int, ids: dict[_Place, str], answered: _Place | None
) -> PromptMessage:
    if isinstance(message, ToolPromptMessage) and answered is not None:
        return message.model_copy(update={"tool_call_id": ids[answered]})
    if calls := _calls(message):
        kept = list(_kept(calls, index, ids))
        return message if kept == calls else message.model_copy(update={"tool_calls": kept})
    return message


def _kept(calls: Sequence[_Call], index: int, ids: dict[_Place, str]) -> Iterator[_Call]:
    for number, call in enumerate(calls):
        if (own := ids.get((index, number))) is not None:
            yield call if own == call.id else call.model_copy(update={"id": own})


def _calls(message: PromptMessage) -> Sequence[_Call]:
    return message.tool_calls if isinstance(message, AssistantPromptMessage) else ()
