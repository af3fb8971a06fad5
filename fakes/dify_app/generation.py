"""The life of one answer: a model call, events with pauses and pings between them, one ending.

It runs to its end whether or not anybody reads: as with Dify, only the stop call ends it early.
"""

import time
from collections.abc import AsyncIterator

from fakes.dify_app.answers import Memory, Script, compose
from fakes.dify_app.apps import ModelCall
from fakes.dify_app.call import DifyService
from fakes.dify_app.errors import DifyError
from fakes.dify_app.faults import broken_model
from fakes.dify_app.replies import PING, event_piece
from fakes.dify_app.shapes import SHAPES
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Fault

_LONGEST_HANG_SECONDS = 600.0
_LONGEST_NAME = 40


class Generation:
    """One answer while it is made; afterwards `answer` or `failure` says what became of it."""

    def __init__(
        self, service: DifyService, turn: Turn, script: Script | None, fault: Fault | None
    ) -> None:
        """Answer `turn`: as `script` says, by the app's model or by rule without one.

        `fault` breaks the answer after so many events.
        """
        self._service = service
        self._turn = turn
        self._script = script
        self._fault = fault
        self._shape = SHAPES[turn.app.mode]
        self._pinged = time.monotonic()
        self.answer = ""
        self.failure: DifyError | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the connection is to be lost where the pieces end."""
        return self._fault is not None and not self._turn.task.is_stopped and not self.failure

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the stream; the answer is kept before the piece that ends it leaves."""
        try:
            if self._shape.pings_first:
                yield PING
            self._note_model_calls()
            try:
                script = await self._written()
            except DifyError as failure:
                for event in self._fail(failure):
                    yield event_piece(event)
                return
            async for piece in self._body(script):
                yield piece
            async for piece in self._broken_pause():
                yield piece
            for event in self._ending(script):
                yield event_piece(event)
        finally:
            self._service.tasks.end(self._turn.task)

    def whole(self) -> JsonObject:
        """Return the answer as blocking mode gives it."""
        return self._turn.event(
            "message",
            id=self._turn.message.id,
            mode=self._turn.app.mode,
            answer=self.answer,
            metadata=self._turn.metadata(self.answer),
        )

    async def _written(self) -> Script:
        """Return what to say; raise DifyError when the model failed."""
        turn = self._turn
        if self._script is not None:
            return self._script
        if turn.app.model is not None:
            return await turn.app.model.answer(turn.task.user, turn.history, turn.request.query)
        memory = Memory(turn.history, turn.request.inputs, self._shape.has_tools)
        return compose(turn.request.query, memory)

    async def _body(self, script: Script) -> AsyncIterator[bytes]:
        """Yield the events before the ending, until a stop or the fault's place."""
        for number, event in enumerate(self._shape.body(self._turn, script)):
            if self._fault is not None and number >= self._fault.after:
                return
            if event.get("answer"):
                async for ping in self._pause(script.delay_seconds):
                    yield ping
            if self._turn.task.is_stopped:
                return
            self.answer += event.get("answer", "")
            yield event_piece(event)

    async def _broken_pause(self) -> AsyncIterator[bytes]:
        """Wait where the fault says so, with pings or without, until the task is stopped."""
        if self._fault is not None and self._fault.kind == "hang":
            async for ping in self._pause(_LONGEST_HANG_SECONDS):
                yield ping
        elif self._fault is not None and self._fault.kind == "silence":
            await self._turn.task.wait(_LONGEST_HANG_SECONDS)

    async def _pause(self, seconds: float) -> AsyncIterator[bytes]:
        """Let time pass, with a ping whenever the stream was without one for long enough."""
        every = self._turn.app.ping_seconds
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._turn.task.is_stopped:
            await self._turn.task.wait(min(left, max(0.0, self._pinged + every - time.monotonic())))
            if time.monotonic() >= self._pinged + every and not self._turn.task.is_stopped:
                self._pinged = time.monotonic()
                yield PING

    def _ending(self, script: Script) -> list[JsonObject]:
        """Keep what was answered and return the events that end the stream."""
        turn, shape = self._turn, self._shape
        if turn.task.is_stopped:
            self._keep(self.answer)
            return shape.stopped(turn, self.answer)
        if self._fault is None:
            self._keep(self.answer)
            return shape.closing(turn, script, self.answer)
        if self._fault.kind == "error_event":
            return self._fail(broken_model(self._fault))
        # The connection is lost, not the answer.
        self._keep("".join(event.get("answer", "") for event in shape.body(turn, script)))
        return []

    def _fail(self, failure: DifyError) -> list[JsonObject]:
        self.failure = failure
        self._service.store.finish_message(self._turn.message.id, self.answer, "error")
        return self._shape.failed(self._turn, failure)

    def _keep(self, answer: str) -> None:
        self._service.store.finish_message(self._turn.message.id, answer, "normal")

    def _note_model_calls(self) -> None:
        """Write down the calls that this turn costs: for a new conversation's name one more."""
        turn = self._turn
        turn.app.model_calls.append(ModelCall("answer", turn.conversation.id))
        if turn.request.names_conversation and not turn.history:
            turn.app.model_calls.append(ModelCall("name", turn.conversation.id))
            self._service.store.rename(turn.conversation.id, turn.request.query[:_LONGEST_NAME])
