"""Reads a recorded answer of Chat Completions."""

from collections.abc import Iterable

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from tests.wire.ends import Json
from tests.wire.recorded.expected import Answer, Piece, Tokens, handed_over
from tests.wire.turns import Call


def read_completion(body: Json) -> Answer | None:
    """Read an answer that came in one piece. Only the first choice counts."""
    completion = ChatCompletion.construct(None, **body)
    choice = completion.choices[0]
    message = choice.message
    spoken = message.audio.transcript if message.audio else None
    texts = (message.content, message.refusal, spoken)
    return handed_over(
        Answer(
            id=completion.id,
            model=completion.model,
            pieces=tuple(Piece(text) for text in texts if text),
            finish=choice.finish_reason,
            tokens=_tokens(completion.usage),
            calls=tuple(_whole_calls(message)),
        )
    )


def read_chunks(bodies: Iterable[Json]) -> Answer | None:
    """Read a stream. A chunk may have no choices, and a choice no delta."""
    chunks = [ChatCompletionChunk.construct(None, **body) for body in bodies]
    choices = [choice for chunk in chunks for choice in chunk.choices if choice.index == 0]
    deltas = [choice.delta for choice in choices if choice.delta is not None]
    texts = (text for delta in deltas for text in (delta.content, delta.refusal))
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]
    (finish,) = (choice.finish_reason for choice in choices if choice.finish_reason)
    return handed_over(
        Answer(
            id=next(chunk.id for chunk in chunks if chunk.id),
            model=next(chunk.model for chunk in chunks if chunk.model),
            pieces=tuple(Piece(text) for text in texts if text),
            finish=finish,
            tokens=_tokens(usages[-1] if usages else None),
            calls=_joined_calls(deltas),
        )
    )


def _whole_calls(message: ChatCompletionMessage) -> Iterable[Call]:
    for call in message.tool_calls or ():
        if call.type == "function":
            yield Call(call.id, call.function.name, call.function.arguments or "{}")
        else:
            yield Call(call.id, call.custom.name, call.custom.input)
    if message.function_call is not None:
        name = message.function_call.name
        yield Call(name, name, message.function_call.arguments)


def _joined_calls(deltas: Iterable[ChoiceDelta]) -> tuple[Call, ...]:
    """Join the fragments of each call by its index; id and name come with the first."""
    fragments = [fragment for delta in deltas for fragment in delta.tool_calls or ()]
    calls = []
    for index in sorted({fragment.index for fragment in fragments}):
        mine = [fragment for fragment in fragments if fragment.index == index]
        functions = [fragment.function for fragment in mine if fragment.function is not None]
        arguments = "".join(function.arguments or "" for function in functions)
        calls.append(Call(mine[0].id or "", functions[0].name or "", arguments or "{}"))
    return tuple(calls)


def _tokens(usage: CompletionUsage | None) -> Tokens | None:
    if usage is None:
        return None
    inputs, outputs = usage.prompt_tokens_details, usage.completion_tokens_details
    return Tokens(
        input=usage.prompt_tokens,
        output=usage.completion_tokens,
        cached=(inputs.cached_tokens or 0) if inputs else 0,
        cache_write=(inputs.cache_write_tokens or 0) if inputs else 0,
        reasoning=(outputs.reasoning_tokens or 0) if outputs else 0,
    )
