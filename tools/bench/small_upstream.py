"""A small upstream on loopback: HTTP/1.1, whose answers know nothing but the body of a request."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable

# What is sent for the body of a request, from the status line on, each piece when it is due.
type Answer = Callable[[bytes], AsyncIterator[bytes]]


def serve(answer: Answer) -> None:
    """Say on the first line of stdout where it listens, and answer until stdin ends."""
    gc.freeze()
    asyncio.run(_serve(answer))


async def _serve(answer: Answer) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                async for piece in answer(await reader.readexactly(int(length))):
                    writer.write(piece)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    # The backlog takes a burst of new connections, as a service's load balancer does.
    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=1 << 24, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    # Until stdin ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
