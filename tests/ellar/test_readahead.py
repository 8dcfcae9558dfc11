"""A handler may take its time: what waits for it neither ends the connection nor fills the memory."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ellar import readahead, websockets
from ellar.app import App, AppFactory
from ellar.common import ModuleRouter, WsBody, ws_route
from ellar.core import WebSocket
from ellar.readahead import ReadAhead
from tests.ellar.conftest import serve, until

KEEPALIVE = {"ws_ping_interval": 0.4, "ws_ping_timeout": 0.4}  # seconds; uvicorn's own are 20
LONG = 1.6
ended: list[int] = []

router = ModuleRouter()


@router.ws_route("/session", use_extra_handler=True, encoding="text")
async def session(websocket: WebSocket, data: str = WsBody()) -> None:
    await asyncio.sleep(LONG if data == "slow" else 0)
    await websocket.send_text(data)


@ws_route.disconnect(session)
async def goodbye(websocket: WebSocket, code: int) -> None:
    ended.append(code)


@router.ws_route("/loop")
async def loop(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await asyncio.sleep(LONG if text == "slow" else 0)
        await websocket.send_text(text)


@router.ws_route("/sending")
async def sending(websocket: WebSocket) -> None:
    await websocket.accept()
    await asyncio.sleep(LONG)
    await websocket.send_text(await websocket.receive_text())


@router.ws_route("/impatient")
async def impatient(websocket: WebSocket) -> None:
    await websocket.accept()
    with suppress(TimeoutError):
        await asyncio.wait_for(websocket.receive_text(), 0.3)
    await asyncio.sleep(LONG)
    for _ in range(2):
        await websocket.send_text(await websocket.receive_text())


@router.ws_route("/told")
async def told(websocket: WebSocket) -> None:
    await websocket.accept()
    await asyncio.sleep(LONG)
    try:
        await websocket.send_text("too late")
    except WebSocketDisconnect as gone:
        ended.append(gone.code)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> App:
    monkeypatch.setattr(websockets, "BUSY", 0.1)
    ended.clear()
    return AppFactory.create_app(routers=[router])


@pytest.mark.parametrize("path", ["/session", "/loop"])
def test_keepalive_does_not_close_while_a_handler_is_busy(app: App, path: str) -> None:
    sent = ["slow", *map(str, range(20))]
    with serve(app, **KEEPALIVE) as port, connect(f"ws://127.0.0.1:{port}{path}") as client:
        for text in sent:
            client.send(text)
        assert [client.recv(5) for _ in sent] == sent
        client.send("slow")
        client.send("once more")
        assert [client.recv(5) for _ in range(2)] == ["slow", "once more"]


def test_a_handler_that_does_not_receive_is_read_ahead_too(app: App) -> None:
    with serve(app, **KEEPALIVE) as port, connect(f"ws://127.0.0.1:{port}/sending") as client:
        client.send("early")
        assert client.recv(5) == "early"


def test_a_handler_that_has_given_up_to_receive_is_read_ahead_too(app: App) -> None:
    with serve(app, **KEEPALIVE) as port, connect(f"ws://127.0.0.1:{port}/impatient") as client:
        time.sleep(0.4)
        client.send("late")
        client.send("later")
        assert [client.recv(5) for _ in range(2)] == ["late", "later"]


def test_without_reading_ahead_keepalive_would_have_closed(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websockets, "BUSY", 60)
    with serve(app, **KEEPALIVE) as port, connect(f"ws://127.0.0.1:{port}/session") as client:
        client.send("slow")
        client.send("next")
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(5)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "keepalive ping timeout")


def test_the_end_comes_after_what_was_sent_before_it(app: App) -> None:
    with serve(app) as port:
        with connect(f"ws://127.0.0.1:{port}/session") as client:
            client.send("slow")
            client.send("last")
            time.sleep(0.3)
            client.close(4002)
        until(lambda: ended == [4002])


class Server:
    """The receiving side of a server: hands out what is put in."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.taken = 0

    def put(self, *texts: str) -> None:
        for text in texts:
            self.queue.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> Message:
        message = await self.queue.get()
        if isinstance(message, Exception):
            raise message
        self.taken += 1
        return dict(message)


def test_a_busy_handler_that_sends_to_a_client_that_has_left_is_told(app: App) -> None:
    server = Server()
    server.queue.put_nowait({"type": "websocket.connect"})
    server.queue.put_nowait({"type": "websocket.disconnect", "code": 1001, "reason": ""})

    async def send(message: Message) -> None:
        if server.taken == 2:  # uvicorn's websockets_impl.py, whose DeprecationWarning keeps it out of here
            raise RuntimeError("Unexpected ASGI message after the connection has ended")

    scope = {"type": "websocket", "path": "/told", "headers": [], "query_string": b"", "subprotocols": []}
    asyncio.run(app(scope, server.receive, send))

    assert ended == [1006]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_what_waits_is_bounded_and_flows_on_when_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readahead, "MAX_AHEAD", 3000)

    async def scenario() -> None:
        server = Server()
        server.put(*("x" * 1000 for _ in range(9)))
        ahead = ReadAhead(server.receive)
        await settle()
        assert server.taken == 3
        await ahead()
        await settle()
        assert server.taken == 4
        ahead.stop()

    asyncio.run(scenario())


def test_a_server_that_fails_is_told_to_who_receives() -> None:
    async def scenario() -> None:
        server = Server()
        server.put("first")
        server.queue.put_nowait(OSError("gone"))
        ahead = ReadAhead(server.receive)
        await settle()
        assert (await ahead())["text"] == "first"
        with pytest.raises(OSError, match="gone"):
            await ahead()

    asyncio.run(scenario())


def test_a_receive_that_is_given_up_loses_nothing() -> None:
    async def scenario() -> None:
        server = Server()
        ahead = ReadAhead(server.receive)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ahead(), 0.01)
        server.put("late")
        assert (await ahead())["text"] == "late"
        ahead.stop()

    asyncio.run(scenario())


def test_it_stops_in_peace_where_its_reading_was_cancelled() -> None:
    async def scenario() -> None:
        ahead = ReadAhead(Server().receive)
        await settle()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:  # as asyncio.run does at its end
            task.cancel()
        await settle()
        ahead.stop()

    asyncio.run(scenario())
