"""Server-sent events: a response that lasts as long as its events, or as long as its client stays."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_STORE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter for nginx, which collects answers


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event: its `data`, as JSON if it is no string, and what a browser's EventSource knows besides.

    `event` is its type (`message` where none is given), `id` what a client that comes back sends as `Last-Event-ID`,
    `retry` the milliseconds after which it comes back. Making it raises ValueError for what would end a line.
    """

    data: Any
    event: str | None = field(default=None, kw_only=True)
    id: str | None = field(default=None, kw_only=True)
    retry: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and re.search(r"[\r\n\0]", value):
                raise ValueError(f"{name}={value!r} of a ServerSentEvent has a line end or a NUL in it")

    def encode(self) -> bytes:
        """As it is sent."""
        fields = [("event", self.event), ("id", self.id), ("retry", self.retry)]
        text = self.data if isinstance(self.data, str) else to_json(self.data, inf_nan_mode="null").decode()
        lines = [f"{name}: {value}\n" for name, value in fields if value is not None]
        lines += [f"data: {line}\n" for line in _LINE_END.split(text)]
        return "".join([*lines, "\n"]).encode()


class ServerSentEvents(StreamingResponse):
    """Sends what an iterable gives, best an async generator, as `text/event-stream`: ServerSentEvents, or their data.

    It ends with the iterable. Where the client leaves first, the iterable is cancelled and closed. Each `ping` seconds
    (None: never) a comment goes out, so that no proxy takes the connection for dead. Making it raises TypeError for
    what is no iterable, and ValueError for a `ping` that is no time.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterable[Any] | Iterable[Any],
        ping: float | None = 15,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        background: BackgroundTask | None = None,
    ) -> None:
        if isinstance(events, str) or not isinstance(events, AsyncIterable | Iterable):
            raise TypeError(f"ServerSentEvents sends what an iterable gives, and {events!r} is none")
        if ping is not None and ping <= 0:
            raise ValueError(f"ping={ping} of ServerSentEvents: write the seconds, or None for no pings")
        super().__init__(events, status_code, background=background)
        self.headers.update({**_NO_STORE, **(headers or {})})
        self.ping = ping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        send = _guarded(send)
        with suppress(ClientDisconnect):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._until_one_ends(receive, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        if self.background is not None:
            await self.background()

    async def _until_one_ends(self, receive: Receive, send: Send) -> None:
        """Waits for the events or the client, and ends the other. Raises what the iterable raises."""
        # Tasks of asyncio's are cancelled once: what the iterable awaits in its clean-up is not cancelled again.
        stream = asyncio.create_task(self._stream(send))
        tasks = [stream, asyncio.create_task(self.listen_for_disconnect(receive))]
        if self.ping is not None:
            tasks.append(asyncio.create_task(_ping(send, self.ping)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not stream.cancelled():
            stream.result()

    async def _stream(self, send: Send) -> None:
        events: AsyncIterable[Any] = self.body_iterator
        try:
            async for data in events:
                event = data if isinstance(data, ServerSentEvent) else ServerSentEvent(data)
                await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()


async def _ping(send: Send, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})


def _guarded(send: Send) -> Send:
    """Sends one after the other. Raises ClientDisconnect where a server says by an OSError that the client has left."""
    lock = asyncio.Lock()

    async def guarded(message: Message) -> None:
        async with lock:
            try:
                await send(message)
            except OSError as error:
                raise ClientDisconnect from error

    return guarded
