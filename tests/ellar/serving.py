"""Servers other than uvicorn, each in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.types import ASGIApp

from tests.ellar.conftest import until
from tests.server import answers, free_port


@contextmanager
def hypercorn(app: ASGIApp) -> Iterator[int]:
    """hypercorn's asyncio worker; its port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 0.2
    stopping = asyncio.Event()
    served: Any = app
    with _running(lambda: serve(served, config, shutdown_trigger=stopping.wait), stopping.set):
        until(lambda: answers(port))
        yield port


@contextmanager
def granian(app: ASGIApp) -> Iterator[int]:
    """granian's ASGI worker; its port."""
    port = free_port()
    servers: list[Any] = []

    async def run() -> None:
        servers.append(Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False))
        await servers[0].serve()

    with _running(run, lambda: servers[0].stop()):
        until(lambda: answers(port))
        yield port


@contextmanager
def _running(serve: Callable[[], Awaitable[None]], stop: Callable[[], None]) -> Iterator[None]:
    loops: list[asyncio.AbstractEventLoop] = []

    async def run() -> None:
        loops.append(asyncio.get_running_loop())
        await serve()

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    until(lambda: loops)
    try:
        yield
    finally:
        with suppress(RuntimeError):  # it has ended by itself
            loops[0].call_soon_threadsafe(stop)
        thread.join(10)
        assert not thread.is_alive(), "the server did not stop"
