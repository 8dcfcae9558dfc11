"""Reading ahead: what a client sends while a handler is busy is taken from the server and kept.

uvicorn stops reading from a connection while one message waits to be received, so it misses the answers to its own
pings too, and closes the connection 20 to 40 seconds later (uvicorn/protocols/websockets, `pause_reading` and
`keepalive_timeout`).
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque

from starlette.types import Message, Receive

MAX_AHEAD = 1024 * 1024
"""Bytes that are kept for one connection; a client that sends more has to wait, as it does without reading ahead."""
_OVERHEAD = 256
"""Bytes that a message takes besides its contents."""


class ReadAhead:
    """Takes the place of a server's `receive`."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: deque[Message] = deque()
        self._size = 0
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def __call__(self) -> Message:
        while not self._messages:
            if self._reading.done():
                if not self._reading.cancelled():
                    self._reading.result()  # raises what the server did
                return await self._receive()
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        self._size -= _size(message)
        self._taken.set()
        return message

    @property
    def has_ended(self) -> bool:
        """Has the server said the last it had to say?"""
        return self._reading.done() and not self._reading.cancelled()

    def stop(self) -> None:
        """Reads no more."""
        if self._reading.done() and not self._reading.cancelled():
            self._reading.exception()  # nobody will ask for it
        self._reading.cancel()

    async def _read(self) -> None:
        try:
            while await self._read_one() != "websocket.disconnect":
                while self._size > MAX_AHEAD:
                    self._taken.clear()
                    await self._taken.wait()
        finally:
            self._arrived.set()

    async def _read_one(self) -> str:
        message = await self._receive()
        self._messages.append(message)
        self._size += _size(message)
        self._arrived.set()
        kind: str = message["type"]
        return kind


def _size(message: Message) -> int:
    return sys.getsizeof(message.get("text") or message.get("bytes")) + _OVERHEAD
