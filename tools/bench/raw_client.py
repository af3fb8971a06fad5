"""The openai package alone, one client reused: what a plugin's call is compared with.

A script of its own, without anything of this repository: it runs in any environment that has
openai, and without gevent. It takes its settings as JSON and prints its numbers as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

import openai

_MODEL = "gpt-4o-mini"


def main() -> None:
    """Run the one measure that the settings name."""
    settings = json.loads(sys.argv[1])
    client = openai.OpenAI(
        api_key="sk-bench", base_url=f"{settings['url']}/v1", max_retries=0, timeout=60
    )
    caller = _Caller(client, settings["api"])
    for _ in range(settings["warm_up_calls"]):
        caller.plain()
        caller.first_text(settings["short_stream"])
    measures: dict[str, Callable[[], dict[str, float]]] = {
        "plain_call": lambda: _plain_calls(caller, settings["calls"]),
        "tls_call": lambda: _plain_calls(caller, settings["calls"]),
        "first_token": lambda: _first_texts(
            caller, settings["first_texts"], settings["short_stream"]
        ),
        "chunk_cpu": lambda: _long_stream(caller, settings["long_stream"]),
    }
    print(json.dumps(measures[settings["measure"]]()))


class _Caller:
    def __init__(self, client: openai.OpenAI, api: str) -> None:
        self._client = client
        self._chat = api == "chat"

    def plain(self) -> None:
        """Make a call and read its text."""
        prompt = "[1 deltas, 0 ms apart] "
        if self._chat:
            completion = self._client.chat.completions.create(
                model=_MODEL, messages=[{"role": "user", "content": prompt}]
            )
            text = completion.choices[0].message.content
        else:
            text = self._client.responses.create(model=_MODEL, input=prompt).output_text
        if not text:
            raise SystemExit("A plain call was answered without any text.")

    def first_text(self, deltas: int) -> float:
        """Read a stream to its end and return the seconds to its first text."""
        prompt = f"[{deltas} deltas, 0 ms apart] "
        started = time.perf_counter()
        first = 0.0
        arrived = 0
        for text in self._chat_texts(prompt) if self._chat else self._response_texts(prompt):
            if text:
                arrived += 1
                first = first or time.perf_counter() - started
        if arrived != deltas:
            raise SystemExit(f"A stream of {deltas} deltas arrived with {arrived}.")
        return first

    def _chat_texts(self, prompt: str) -> Iterator[str | None]:
        stream = self._client.chat.completions.create(
            model=_MODEL,
            messages=[{"role": "user", "content": prompt}],
            stream=True,
            stream_options={"include_usage": True},
        )
        for chunk in stream:
            for choice in chunk.choices:
                yield choice.delta.content

    def _response_texts(self, prompt: str) -> Iterator[str | None]:
        for event in self._client.responses.create(model=_MODEL, input=prompt, stream=True):
            if event.type == "response.output_text.delta":
                yield event.delta


def _plain_calls(caller: _Caller, calls: int) -> dict[str, float]:
    walls = []
    before = time.process_time()
    for _ in range(calls):
        started = time.perf_counter()
        caller.plain()
        walls.append((time.perf_counter() - started) * 1e3)
    used = time.process_time() - before
    return {"wall_ms": median(walls), "cpu_ms": used / calls * 1e3}


def _first_texts(caller: _Caller, count: int, deltas: int) -> dict[str, float]:
    return {"wall_ms": median([caller.first_text(deltas) * 1e3 for _ in range(count)])}


def _long_stream(caller: _Caller, deltas: int) -> dict[str, float]:
    before = time.process_time()
    caller.first_text(deltas)
    return {"cpu_us": (time.process_time() - before) / deltas * 1e6}


if __name__ == "__main__":
    main()
