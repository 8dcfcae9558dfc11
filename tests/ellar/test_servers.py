"""uvicorn, hypercorn and granian serve the same application, and where they differ the docs say so."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shlex
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from ellar import websockets
from ellar.app import App, AppFactory
from ellar.common import (
    Body,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Module,
    ModuleRouter,
    NotAuthenticated,
    ServerSentEvents,
    StreamingResponse,
    WebSocketException,
    WsBody,
    ws_route,
)
from ellar.core import ModuleBase, WebSocket
from tests.ellar import serving
from tests.ellar.conftest import serve, until
from tests.project import SCRIPTS, new_project
from tests.server import Server, free_port

Serve = Callable[[ASGIApp], AbstractContextManager[int]]
SERVERS: dict[str, Serve] = {"uvicorn": serve, "hypercorn": serving.hypercorn, "granian": serving.granian}
PAGE = (Path(__file__).parents[2] / "docs" / "servers.md").read_text(encoding="utf-8")

happened: list[Any] = []
router = ModuleRouter()


@router.post("/double")
async def double(number: int = Body()) -> dict[str, int]:
    return {"double": 2 * number}


async def numbers(kind: str) -> AsyncIterator[str]:
    try:
        for number in range(1000):
            yield f"{number}\n"
            await asyncio.sleep(0.01)
    finally:
        happened.append(f"{kind} ends")


@router.get("/stream")
async def stream() -> StreamingResponse:
    return StreamingResponse(numbers("stream"))


@router.get("/events")
async def events() -> ServerSentEvents:
    return ServerSentEvents(numbers("events"))


class Stranger(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        raise NotAuthenticated("Who are you?")


@router.ws_route("/closed")
@Guards(Stranger)
async def closed(websocket: WebSocket) -> None: ...


@router.ws_route("/text")
async def text(websocket: WebSocket) -> None:
    await websocket.accept()
    async for one in websocket.iter_text():
        await websocket.send_text(one.upper())


@router.ws_route("/live", use_extra_handler=True)
async def live(websocket: WebSocket, message: int | str = WsBody()) -> None:
    match message:
        case int() if message >= 4000:
            raise WebSocketException(message, "Full")
        case "kick":
            kicking.append(asyncio.create_task(kick(websocket)))
        case "be busy":
            await asyncio.sleep(0.3)
        case "be busy and close":
            await asyncio.sleep(0.3)
            await websocket.close(4003, "Long enough")
            return
    await websocket.send_json([100 / message] if isinstance(message, int) else message)


kicking: list[asyncio.Task[None]] = []


async def kick(websocket: WebSocket) -> None:
    await asyncio.sleep(0.05)
    await websocket.close(4002, "Kicked")


@ws_route.disconnect(live)
async def goodbye(code: int) -> None:
    happened.append(code)


@router.ws_route("/ticks")
async def ticks(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"X-Clock", b"atomic")])
    try:
        while True:
            await websocket.send_text("tick")
            await asyncio.sleep(0.02)
    finally:
        happened.append("no more ticks")


@Module(routers=[router])
class Root(ModuleBase):
    def on_startup(self) -> None:
        happened.append("start")

    def on_shutdown(self) -> None:
        happened.append("end")


def application() -> App:
    return AppFactory.create_from_app_module(Root)


@pytest.fixture(params=SERVERS, scope="module")
def server(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def port(server: str) -> Iterator[int]:
    with SERVERS[server](application()) as port:
        yield port


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websockets, "BUSY", 0.1)
    happened.clear()


def told(server: str, row: str) -> str:
    """What the page's table tells of a server."""
    [cells] = re.findall(rf"^\| {re.escape(row)} \| (.+) \|$", PAGE, re.MULTILINE)
    cell: str = cells.split(" | ")[list(SERVERS).index(server)]
    return cell


def live_at(port: int, path: str = "/live") -> ClientConnection:
    return connect(f"ws://127.0.0.1:{port}{path}", open_timeout=5, close_timeout=1)


def end_of(client: ClientConnection) -> tuple[int, str]:
    """The code and reason that the client gets."""
    with pytest.raises(ConnectionClosed) as ended:
        client.recv(2)
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, ended.value.rcvd.reason


def test_a_request_is_answered(port: int) -> None:
    url = f"http://127.0.0.1:{port}/double"
    with urlopen(Request(url, b"21", {"Content-Type": "application/json"})) as answer:
        assert json.load(answer) == {"double": 42}
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(url, b"ten", {"Content-Type": "application/json"}))
    with refused.value as refusal:
        assert refusal.code == 422
        assert json.load(refusal)["detail"][0]["type"] == "json_invalid"


@pytest.mark.parametrize(("kind", "first"), [("stream", b"0\n"), ("events", b"data: ")])
def test_a_stream_flows_and_ends_when_the_client_leaves(port: int, kind: str, first: bytes) -> None:
    with urlopen(f"http://127.0.0.1:{port}/{kind}") as answer:
        assert answer.read(len(first)) == first
        assert happened == []
    until(lambda: happened == [f"{kind} ends"])


def test_messages_are_answered_until_one_is_wrong(port: int) -> None:
    with live_at(port) as client:
        for message in ("hello", "x" * 100_000):
            client.send(json.dumps(message))
            assert json.loads(client.recv(2)) == message
        client.send(b"5")
        assert json.loads(client.recv(2)) == [20]
        client.send("{}")
        assert json.loads(client.recv(2))["code"] == 1008
        assert end_of(client) == (1008, "Message not valid")
    until(lambda: happened == [1008])


@pytest.mark.parametrize(
    ("message", "end"),
    [("4001", (4001, "Full")), ("0", (1011, "")), ('"kick"', (4002, "Kicked"))],
    ids=["exception", "bug", "another task"],
)
def test_the_server_closes_with_a_code_that_the_disconnect_handler_gets(
    port: int, message: str, end: tuple[int, str]
) -> None:
    with live_at(port) as client:
        client.send(message)
        if end[0] == 4002:
            assert client.recv(2) == '"kick"'
        assert end_of(client) == end
    until(lambda: happened == [end[0]])


def test_a_message_that_is_not_json_gets_1003(port: int) -> None:
    with live_at(port) as client:
        client.send("ten")
        assert json.loads(client.recv(2))["code"] == 1003
        assert end_of(client) == (1003, "JSON expected")
    until(lambda: happened == [1003])


def test_a_handler_that_receives_text_gets_no_binary_frame(port: int) -> None:
    with live_at(port, "/text") as client:
        client.send("text")
        assert client.recv(2) == "TEXT"
        client.send(b"binary")
        assert json.loads(client.recv(2))["code"] == 1003
        assert end_of(client) == (1003, "A text frame expected")


def test_a_busy_handler_is_read_ahead_and_may_close_then(port: int) -> None:
    with live_at(port) as client:
        client.send('"be busy"')
        client.send('"next"')
        assert [client.recv(2), client.recv(2)] == ['"be busy"', '"next"']
        client.send('"be busy and close"')
        assert end_of(client) == (4003, "Long enough")
    until(lambda: happened == [4003])


def test_a_handler_that_only_sends_ends_when_the_client_leaves(port: int) -> None:
    with live_at(port, "/ticks") as client:
        assert client.recv(2) == "tick"
    until(lambda: happened == ["no more ticks"])


def test_a_refusal_has_a_status_and_a_body_and_is_no_error(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(InvalidStatus) as refused:
        live_at(port, "/closed")
    response = refused.value.response
    assert (response.status_code, response.body) == (401, b'{"detail":"Who are you?"}')
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


def test_a_server_without_denial_responses_refuses_with_403(server: str) -> None:
    app = application()

    async def without_denial(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "extensions": {}}, receive, send)

    with SERVERS[server](without_denial) as port, pytest.raises(InvalidStatus) as refused:
        live_at(port, "/closed")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("code", [1000, 1001, 4005])
def test_the_disconnect_handler_gets_the_code_that_the_table_shows(server: str, port: int, code: int) -> None:
    with live_at(port) as client:
        client.close(code)
    until(lambda: happened)
    assert happened == [1006 if told(server, "code of a client that closes") == "1006" else code]


def test_an_end_without_a_code_is_as_the_table_shows(server: str, port: int) -> None:
    with live_at(port) as client, client.send_context(expected_state=client.protocol.state):
        client.protocol.send_close()
    until(lambda: happened)
    assert happened == [int(told(server, "code of a client that closes without one"))]


def test_a_cut_is_as_the_table_shows(server: str, port: int) -> None:
    with live_at(port) as client:
        client.socket.shutdown(socket.SHUT_RDWR)
    until(lambda: happened)
    assert happened == [int(told(server, "code of a client that is cut off"))]


def test_a_message_that_is_too_large_ends_the_connection_as_the_table_shows(server: str, port: int) -> None:
    code = 1005  # the connection may also be reset
    with live_at(port) as client:
        try:
            client.send("x" * (16 * 1024 * 1024 + 1))
            client.recv(5)
        except ConnectionClosed as closed:
            code = int(closed.rcvd.code) if closed.rcvd else code
    assert told(server, "a message over 16 MiB") == ("an end without a code" if code == 1005 else f"`close {code}`")
    until(lambda: happened)


def test_headers_of_accept_are_sent_where_the_table_says_so(server: str, port: int) -> None:
    shown = {"sent": "atomic", "left out": None}[told(server, "headers of `accept()`")]
    with live_at(port, "/ticks") as client:
        assert client.response is not None
        assert client.response.headers.get("X-Clock") == shown
    until(lambda: happened == ["no more ticks"])


def test_modules_start_before_and_end_after_all_connections(server: str) -> None:
    with SERVERS[server](application()) as port:
        with live_at(port) as client:
            client.send('"hello"')
            assert client.recv(2) == '"hello"'
            assert happened == ["start"]
        until(lambda: len(happened) == 2)
    assert happened[2:] == ["end"]


def test_a_server_that_stops_ends_an_open_websocket_as_the_table_shows(server: str) -> None:
    if server == "hypercorn" and sys.version_info >= (3, 12):
        pytest.skip("it waits for its clients to leave, see docs/servers.md")
    with SERVERS[server](application()) as port:
        client = live_at(port).__enter__()
        client.send('"hello"')
        assert client.recv(2) == '"hello"'

    with pytest.raises(ConnectionClosed) as ended:
        client.recv(2)
    client.close()
    shown = told(server, "an open websocket when the server stops")
    got = f"`close {ended.value.rcvd.code}`" if ended.value.rcvd else "cut off"
    assert (f"{got}; the handler gets {happened[1]}", happened[2:]) == (shown, ["end"])


def test_a_projects_commands_are_those_of_the_page(server: str, tmp_path: Path) -> None:
    folder = new_project(tmp_path / "project", "car")
    program, *arguments = shlex.split(re.findall(rf"^\| {server} \| `(.+)` \|$", PAGE, re.MULTILINE)[0])
    port = free_port()
    listen = ["--bind", f"127.0.0.1:{port}"] if server == "hypercorn" else ["--port", str(port)]
    with Server([SCRIPTS / program, *arguments, *listen], folder, port) as process:
        with urlopen(f"{process.url}/car/ws-index") as answer:
            assert answer.status == 200
        assert process.stop() < 5
