"""The calls and results of earlier turns, as the services take them: told apart, and paired.

What an app kept may come from another vendor or an older version: calls without ids, or with equal
ones (can1357/oh-my-pi#2055, vercel/ai#7834), and calls whose tool never answered. OpenAI and Azure
OpenAI refuse each of them (agno-agi/agno#5116, miurla/morphic#136), and with it the whole turn.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    ToolPromptMessage,
)

from models.turns import give_way

type _Call = AssistantPromptMessage.ToolCall


def with_paired_calls(messages: Sequence[PromptMessage]) -> Sequence[PromptMessage]:
    """Return the messages with an id of its own for each call of a message and for its result.

    A call that nothing answers is left out; a result of no call stays, for the service to tell.
    """
    if not any(_calls(message) for message in messages):
        return messages
    results = _results(messages)
    answered = set(results.values())
    ids = {
        place: own
        for index, message in enumerate(messages)
        for place, own in _own_ids(index, message)
        if place in answered
    }
    return [
        _paired(message, index, ids, results.get(index)) for index, message in enumerate(messages)
    ]


# A call: the index of its message, and its own in there.
type _Place = tuple[int, int]


def _results(messages: Sequence[PromptMessage]) -> dict[int, _Place]:
    """Return for each result the call that it answers: of the latest message that has one of its
    id without a result yet, the first."""
    # By id, the last of a list is the one to answer next.
    open_calls: defaultdict[str, list[_Place]] = defaultdict(list)
    results: dict[int, _Place] = {}
    for index, message in enumerate(messages):
        give_way()
        for number, call in reversed(list(enumerate(_calls(message)))):
            open_calls[call.id].append((index, number))
        if isinstance(message, ToolPromptMessage) and open_calls[message.tool_call_id]:
            results[index] = open_calls[message.tool_call_id].pop()
    return results


def _own_ids(index: int, message: PromptMessage) -> Iterator[tuple[_Place, str]]:
    """Yield the places of a message's calls, each with the call's id, or with one made of its place
    where it has none or not alone."""
    taken = {""}
    for number, call in enumerate(_calls(message)):
        place = (index, number)
        yield place, f"call_{index}_{number}" if call.id in taken else call.id
        taken.add(call.id)


def _paired(
    message: PromptMessage, index: int, ids: dict[_Place, str], answered: _Place | None
) -> PromptMessage:
    give_way()
    if isinstance(message, ToolPromptMessage) and answered is not None:
        return message.model_copy(update={"tool_call_id": ids[answered]})
    if calls := _calls(message):
        kept = list(_kept(calls, index, ids))
        return message if kept == calls else message.model_copy(update={"tool_calls": kept})
    return message


def _kept(calls: Sequence[_Call], index: int, ids: dict[_Place, str]) -> Iterator[_Call]:
    for number, call in enumerate(calls):
        give_way()
        if (own := ids.get((index, number))) is not None:
            yield call if own == call.id else call.model_copy(update={"id": own})


def _calls(message: PromptMessage) -> Sequence[_Call]:
    return message.tool_calls if isinstance(message, AssistantPromptMessage) else ()
