from contextlib import suppress

import anyio
from ellar.common import WebSocketDisconnect
from ellar.core import WebSocket

from .schemas import Change, Watching

MAX_WAITING = 100
"""Events that may wait for one listener, before that one is too slow."""
SEND_LIMIT = 10.0
"""Seconds that one event may take to be sent."""
TRY_AGAIN_LATER = 1013


class Listener:
    """One connection, and what waits to be sent to it."""

    def __init__(self) -> None:
        self._give, self.waiting = anyio.create_memory_object_stream[str](MAX_WAITING)
        self.watch(None)

    def watch(self, books: list[int] | None) -> None:
        """Wants to hear of these books alone, or of all."""
        self._books = None if books is None else frozenset(books)
        self._put(Watching(books=books))

    def hear(self, change: Change) -> None:
        if self._books is None or change.book.id in self._books:
            self._put(change)

    def _put(self, event: Watching | Change) -> None:
        """Puts an event in line. Where the line is full, it ends there: what comes later would leave a gap."""
        with suppress(anyio.ClosedResourceError):
            try:
                self._give.send_nowait(event.model_dump_json())
            except anyio.WouldBlock:
                self._give.close()

    async def deliver(self, websocket: WebSocket) -> None:
        """Sends what is in line until the listener leaves. One that is too slow is made to connect again."""
        with suppress(anyio.ClosedResourceError, TimeoutError, WebSocketDisconnect):
            async for event in self.waiting:
                with anyio.fail_after(SEND_LIMIT):
                    await websocket.send_text(event)
        self.close()
        await websocket.close(TRY_AGAIN_LATER, "Too slow")

    def close(self) -> None:
        self._give.close()
        self.waiting.close()


class ChangesService:
    """Who listens. It is kept in the memory of one process."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()

    def join(self) -> Listener:
        listener = Listener()
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        listener.close()

    async def tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener.hear(change)
