"""Requests a second: handlers of ours, and the same written on Starlette and pydantic alone.

    python benchmarks/http_requests.py

Each server is a real uvicorn in a process of its own on the first core, the client is on the second and keeps several
connections busy. The servers take turns within one run, so that what else the machine does meets them alike; what
counts is the ratio, the median of that of each turn.

On two shared, busy cores with Python 3.11, uvicorn 0.54 and Starlette 1.10, medians of 51 turns of 960 requests: a GET
1.00 of Starlette's, one with a parameter 0.97, a POST of JSON 0.87. The same before bodies had limits and content
types: 0.99, 1.02 and 0.89.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ellar.app import AppFactory
from ellar.common import Body, Controller, ControllerBase, get, post

TURNS, ROUNDS, CONNECTIONS = 51, 60, 16

_BODY = b'{"name": "Mini", "seats": 4, "tags": ["small", "red"]}'
_HEADERS = b"Host: 127.0.0.1\r\nUser-Agent: benchmark\r\nAccept: */*\r\n"
REQUESTS = {
    "GET": b"GET /cars HTTP/1.1\r\n" + _HEADERS + b"\r\n",
    "GET ?limit=3": b"GET /search?limit=3 HTTP/1.1\r\n" + _HEADERS + b"\r\n",
    "POST JSON": b"POST /cars HTTP/1.1\r\n"
    + _HEADERS
    + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
    + _BODY,
}


class Car(BaseModel):
    """What is posted, and answered."""

    name: str
    seats: int
    tags: list[str]


def starlette() -> ASGIApp:
    """The peer."""
    limit, car = TypeAdapter(int), TypeAdapter(Car)

    async def index(_: Request) -> Response:
        return JSONResponse({"name": "Mini"})

    async def search(request: Request) -> Response:
        return JSONResponse({"limit": limit.validate_python(request.query_params.get("limit", 10))})

    async def park(request: Request) -> Response:
        return Response(to_json(car.validate_json(await request.body())), media_type="application/json")

    return Starlette(
        routes=[
            Route("/cars", index),
            Route("/search", search),
            Route("/cars", park, methods=["POST"]),
        ]
    )


def ours() -> ASGIApp:
    """The same with limits, content types and injection at hand."""

    @Controller("/")
    class CarController(ControllerBase):
        @get("/cars")
        async def index(self) -> dict[str, Any]:
            return {"name": "Mini"}

        @get("/search")
        async def search(self, limit: int = 10) -> dict[str, Any]:
            return {"limit": limit}

        @post("/cars")
        async def park(self, car: Car = Body()) -> Car:
            return car

    return AppFactory.create_app(controllers=[CarController])


def serve(make: Callable[[], ASGIApp], listener: socket.socket) -> None:
    """Runs in a process of its own, on the first core."""
    os.sched_setaffinity(0, {0})
    uvicorn.Server(uvicorn.Config(make(), log_level="critical")).run([listener])


def turn(port: int, request: bytes) -> float:
    """Requests a second over several connections, each of which waits for its answer."""
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for one in sockets:
        one.sendall(request)
    size = {_answer(one) for one in sockets}.pop()
    begin = time.perf_counter()
    for one in sockets:
        one.sendall(request)
    for _ in range(ROUNDS):
        for one in sockets:
            assert len(one.recv(size, socket.MSG_WAITALL)) == size
            one.sendall(request)
    rate = ROUNDS * CONNECTIONS / (time.perf_counter() - begin)
    for one in sockets:
        one.close()
    return rate


def _answer(client: socket.socket) -> int:
    """The bytes of one answer, all answers to a request being equally long."""
    with client.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n")) + b"\r\n"
        assert head.startswith(b"HTTP/1.1 200"), head
        body = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return len(head) + len(file.read(body))


def main() -> None:
    """Lets both take turns, and prints the medians."""
    os.sched_setaffinity(0, {1})
    ports: dict[str, int] = {}
    for make in (starlette, ours):
        listener = socket.create_server(("127.0.0.1", 0))
        ports[make.__name__] = listener.getsockname()[1]
        multiprocessing.Process(target=serve, args=(make, listener), daemon=True).start()
    for name, request in REQUESTS.items():
        rates: dict[str, list[float]] = {server: [] for server in ports}
        for number in range(TURNS + 1):
            for server, port in ports.items():
                rate = turn(port, request)
                rates[server] += [rate] if number else []  # the first turn waits until it serves, and warms it up
        ratio = statistics.median(ours / peer for peer, ours in zip(*rates.values(), strict=True))
        medians = ", ".join(f"{server} {statistics.median(found):.0f}" for server, found in rates.items())
        print(f"{name:13} a second: {medians}; ours is {ratio:.2f} of it")


if __name__ == "__main__":
    main()
