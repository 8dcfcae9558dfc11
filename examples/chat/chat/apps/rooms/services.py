from __future__ import annotations

from collections import deque
from contextlib import suppress
from datetime import UTC, datetime

import anyio
from ellar.common import WebSocketDisconnect
from ellar.core import WebSocket

from .schemas import ROOM_NAMES, Event, Joined, Left, RoomName, Said, Typing, Welcome

HISTORY = 50
"""Messages that a room remembers, for those who come later."""
MAX_WAITING = 100
"""Events that may wait for one member, before that member is too slow."""
SEND_LIMIT = 10.0
"""Seconds that one event may take to be sent."""
TRY_AGAIN_LATER = 1013


class Member:
    """One connection to a room: a person with two pages open is two members."""

    def __init__(self, name: str, room: Room) -> None:
        self.name = name
        self._room = room
        self._give, self.waiting = anyio.create_memory_object_stream[str](MAX_WAITING)

    def say(self, text: str) -> None:
        self._room.add(Said(author=self.name, text=text, at=datetime.now(UTC)))

    def type(self) -> None:
        self._room.tell(Typing(name=self.name), but=self)

    def leave(self) -> None:
        self._room.leave(self)
        self._give.close()
        self.waiting.close()

    def give(self, event: str) -> None:
        """Puts an event in line. Where the line is full, it ends there: what comes later would leave a gap."""
        with suppress(anyio.ClosedResourceError):
            try:
                self._give.send_nowait(event)
            except anyio.WouldBlock:
                self._give.close()

    async def deliver(self, websocket: WebSocket) -> None:
        """Sends what is in line until the member leaves. One that is too slow is made to, and its connection closed."""
        with suppress(anyio.ClosedResourceError, TimeoutError, WebSocketDisconnect):
            async for event in self.waiting:
                with anyio.fail_after(SEND_LIMIT):
                    await websocket.send_text(event)
        self.leave()
        await websocket.close(TRY_AGAIN_LATER, "Too slow")


class Room:
    """Who is in a room, and what was said last. Nothing in it waits, so no member holds up another."""

    def __init__(self) -> None:
        self._members: set[Member] = set()
        self._history: deque[Said] = deque(maxlen=HISTORY)

    @property
    def present(self) -> list[str]:
        return sorted({member.name for member in self._members})

    def join(self, name: str) -> Member:
        if name not in self.present:
            self.tell(Joined(name=name))
        member = Member(name, self)
        self._members.add(member)
        member.give(Welcome(present=self.present, history=list(self._history)).model_dump_json())
        return member

    def leave(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
            if member.name not in self.present:
                self.tell(Left(name=member.name))

    def add(self, said: Said) -> None:
        self._history.append(said)
        self.tell(said)

    def tell(self, event: Event, but: Member | None = None) -> None:
        text = event.model_dump_json()
        for member in self._members:
            if member is not but:
                member.give(text)


class RoomsService:
    """The rooms, kept for as long as the server runs, in its one process."""

    def __init__(self) -> None:
        self._rooms = {name: Room() for name in ROOM_NAMES}

    def join(self, room: RoomName, name: str) -> Member:
        return self._rooms[room].join(name)
