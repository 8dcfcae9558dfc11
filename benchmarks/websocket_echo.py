"""Round trips of a text message: a handler of ours, and the same written on Starlette alone.

    python benchmarks/websocket_echo.py

Each server is a real uvicorn in a process of its own on the first core, the client is on the second. The servers take
turns within one run, so that what else the machine does meets them alike; what counts is the ratio.

On two shared cores with Python 3.11, uvicorn 0.54 and Starlette 1.10, medians of nine turns of 4000 messages:
Starlette 8595 a second; ours 8532, 0.99 of it.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import statistics
import time
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.sync.client import connect

from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, WsBody, ws_route

TURNS, MESSAGES = 9, 4000


def starlette() -> ASGIApp:
    """The peer."""

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            pass

    return Starlette(routes=[WebSocketRoute("/echo", echo)])


def ours() -> ASGIApp:
    """The same with validation, guards and injection at hand."""

    @Controller("/")
    class EchoController(ControllerBase):
        @ws_route("/echo", use_extra_handler=True, encoding="text")
        async def echo(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await websocket.send_text(data)

    return AppFactory.create_app(controllers=[EchoController])


def serve(make: Callable[[], ASGIApp], listener: socket.socket) -> None:
    """Runs in a process of its own, on the first core."""
    os.sched_setaffinity(0, {0})
    uvicorn.Server(uvicorn.Config(make(), log_level="critical")).run([listener])


def turn(port: int) -> float:
    """Messages a second over one connection."""
    with connect(f"ws://127.0.0.1:{port}/echo", compression=None) as client:
        begin = time.perf_counter()
        for _ in range(MESSAGES):
            client.send("hello")
            client.recv()
        return MESSAGES / (time.perf_counter() - begin)


def main() -> None:
    """Lets both take turns, and prints the medians."""
    os.sched_setaffinity(0, {1})
    ports: dict[str, int] = {}
    for make in (starlette, ours):
        listener = socket.create_server(("127.0.0.1", 0))
        ports[make.__name__] = listener.getsockname()[1]
        multiprocessing.Process(target=serve, args=(make, listener), daemon=True).start()
        turn(ports[make.__name__])  # waits until it serves, and warms it up
    rates: dict[str, list[float]] = {name: [] for name in ports}
    for _ in range(TURNS):
        for name, port in ports.items():
            rates[name].append(turn(port))
    peer = statistics.median(rates["starlette"])
    for name, found in rates.items():
        print(f"{name:10} {statistics.median(found):7.0f} a second, {statistics.median(found) / peer:.2f} of Starlette")


if __name__ == "__main__":
    main()
