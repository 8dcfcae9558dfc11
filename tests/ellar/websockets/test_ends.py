"""After accept: the ways a connection ends, with which code, and what the log says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from starlette.exceptions import WebSocketException
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Inject,
    NotAuthenticated,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, injectable, request_scope
from ellar.testing import TestClient
from tests.ellar.conftest import CUT_OFF, Talk, serve, until
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import (
    app_of,
    bug,
    connecting,
    disconnecting,
    echo,
    events,
    loop,
    session,
)


def accepting(behaviour: Any) -> Any:
    """Accepts first."""

    async def accept_and_go_on(websocket: WebSocket) -> None:
        await websocket.accept()
        await behaviour(websocket)

    return accept_and_go_on


class Place(NamedTuple):
    """Where something happens after accept, and what the handlers note down where it ends the connection."""

    controller_of: Callable[[Any], type[ControllerBase]]
    noted: Callable[[int], list[Any]]


PLACES = {
    "route": Place(lambda behaviour: loop(accepting(behaviour)), lambda _: []),
    "message": Place(session, lambda code: [code]),
    "connect": Place(lambda behaviour: connecting(accepting(behaviour)), lambda code: ["connect", code]),
}


@pytest.fixture(params=PLACES)
def where(request: pytest.FixtureRequest) -> Place:
    return PLACES[request.param]


def test_a_websocket_exception_closes_with_its_code_and_a_reason_that_fits(talk: Talk, log: Log, where: Place) -> None:
    async def fail(_: WebSocket) -> None:
        raise WebSocketException(4001, "ä" * 100)

    outcome = talk(app_of(where.controller_of(fail)), send=["go"])

    assert (outcome.code, outcome.reason) == (4001, "ä" * 61)
    until(lambda: events == where.noted(4001))
    assert len(log.lines) == 1
    assert log.errors == []


@pytest.mark.parametrize(("code", "sent"), [(1005, 1000), (1006, 1011), (1015, 1011), (42, 1011), (3000, 3000)])
def test_codes_that_may_not_be_sent_are_not(talk: Talk, code: int, sent: int) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(code)

    assert talk(app_of(session(close)), send=["go"]).code == sent
    until(lambda: events == [sent])


def test_a_bug_closes_1011_and_is_the_servers_one_traceback(talk_for_real: Talk, log: Log, where: Place) -> None:
    outcome = talk_for_real(app_of(where.controller_of(bug)), send=["go"])

    assert outcome.code == 1011
    assert len(log.tracebacks) == len(log.errors) == 1
    assert "ZeroDivisionError" in str(log.tracebacks[0].exc_info)
    assert events == where.noted(1011)


def test_a_bug_is_raised_by_the_test_client(where: Place) -> None:
    client = TestClient(app_of(where.controller_of(bug)))
    with pytest.raises(ZeroDivisionError), client.websocket_connect("/car/live") as websocket:  # noqa: PT012 # at exit
        websocket.send_text("go")
        assert websocket.receive()["code"] == 1011


def test_an_http_exception_in_a_handler_is_a_bug_too(talk_for_real: Talk, log: Log) -> None:
    async def confused(_: WebSocket) -> None:
        raise NotAuthenticated()

    assert talk_for_real(app_of(session(confused)), send=["go"]).code == 1011
    assert len(log.tracebacks) == 1


def test_a_handler_that_returns_closes_1000(talk: Talk, log: Log) -> None:
    async def greet(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("bye")

    outcome = talk(app_of(loop(greet)))

    assert (outcome.frames, outcome.code) == (["bye"], 1000)
    assert log.lines == []


@pytest.mark.parametrize(
    ("leave", "code"), [(1001, 1001), (4321, 4321), (None, 1005), (CUT_OFF, 1006)], ids=["1001", "4321", "none", "cut"]
)
def test_the_disconnect_handler_gets_the_clients_code(talk: Talk, log: Log, leave: int | None, code: int) -> None:
    talk(app_of(echo()), send=["hi"], expect=1, leave=leave)

    until(lambda: len(events) == 3)
    assert events == ["connect", "hi", code]
    assert log.lines == []
    assert log.tracebacks == []


def test_a_connect_handler_may_be_the_end(talk: Talk, log: Log) -> None:
    async def full(websocket: WebSocket) -> None:
        await websocket.close(4000, "full")

    outcome = talk(app_of(connecting(accepting(full))), send=["hi"])

    assert (outcome.code, outcome.reason) == (4000, "full")
    until(lambda: events == ["connect", 4000])
    assert log.lines == []
    assert log.errors == []


def test_a_bug_in_the_disconnect_handler_is_one_traceback(talk_for_real: Talk, log: Log) -> None:
    talk_for_real(app_of(disconnecting(bug)), send=["hi"], expect=1, leave=1000)

    until(lambda: log.tracebacks)
    assert events == ["disconnect"]
    assert len(log.tracebacks) == len(log.errors) == 1


def test_a_disconnect_handler_has_nothing_left_to_end(talk: Talk, log: Log) -> None:
    async def refuse(_: WebSocket) -> None:
        raise WebSocketException(4001, "too late")

    assert talk(app_of(disconnecting(refuse)), send=["hi"], expect=1, leave=1000).frames == ["hi"]

    until(lambda: log.lines)
    assert events == ["disconnect"]
    assert len(log.lines) == 1
    assert log.errors == []


def test_a_goodbye_that_comes_too_late_is_no_error(talk: Talk, log: Log) -> None:
    async def greet(websocket: WebSocket) -> None:
        await websocket.send_text("goodbye")

    assert talk(app_of(disconnecting(greet)), send=["hi"], expect=1, leave=1000).frames == ["hi"]

    until(lambda: events == ["disconnect"])
    assert log.lines == []
    assert log.errors == []


def test_sending_after_the_client_has_left_is_the_end_and_no_error(talk_for_real: Talk, log: Log) -> None:
    async def keep_sending(websocket: WebSocket) -> None:
        await websocket.send_text("first")
        try:
            while True:
                await asyncio.sleep(0.01)
                await websocket.send_text("more")
        except WebSocketDisconnect:
            events.append("gone")
        await websocket.send_text("and more")

    talk_for_real(app_of(session(keep_sending)), send=["go"], expect=1, leave=1000)

    until(lambda: events == ["gone", 1000])
    assert log.tracebacks == []


def test_a_client_that_leaves_ends_the_tasks_of_a_handler_and_is_no_error(talk_for_real: Talk, log: Log) -> None:
    async def wait_for_more(websocket: WebSocket) -> None:
        await websocket.send_text(await websocket.receive_text())
        async with asyncio.TaskGroup() as inner:
            inner.create_task(websocket.receive_text())

    async def work_in_tasks(websocket: WebSocket) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.sleep(60))
                tasks.create_task(wait_for_more(websocket))
        finally:
            events.append("over")

    talk_for_real(app_of(loop(accepting(work_in_tasks))), send=["more"], expect=1, leave=1000)

    until(lambda: events == ["over"])
    assert log.lines == []
    assert log.errors == []


def test_a_bug_beside_a_client_that_leaves_is_still_a_traceback(talk_for_real: Talk, log: Log) -> None:
    async def fail_at_the_end(websocket: WebSocket) -> None:
        try:
            await websocket.receive_text()
        finally:
            raise ZeroDivisionError("a bug")

    async def work_in_tasks(websocket: WebSocket) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail_at_the_end(websocket))

    talk_for_real(app_of(loop(accepting(work_in_tasks))), leave=1000)

    until(lambda: len(log.tracebacks) == 1)


def test_a_handler_may_close_what_is_closed(talk: Talk, log: Log) -> None:
    async def close_twice(websocket: WebSocket) -> None:
        await websocket.close(4000, "enough")
        await websocket.close(4002)

    outcome = talk(app_of(session(close_twice)), send=["go"])

    assert (outcome.code, outcome.reason) == (4000, "enough")
    until(lambda: events == [4000])
    assert log.tracebacks == []


@pytest.mark.parametrize("raised", [ZeroDivisionError(), WebSocketException(4009)], ids=["bug", "close"])
def test_the_code_is_the_clients_where_it_closed_first(talk_for_real: Talk, log: Log, raised: Exception) -> None:
    async def work_while_the_client_leaves(websocket: WebSocket) -> None:
        await websocket.send_text("working")
        await asyncio.sleep(0.3)
        raise raised

    talk_for_real(app_of(session(work_while_the_client_leaves)), send=["go"], expect=1, leave=4321)

    until(lambda: len(events) == 1)
    assert events == [4321]


def test_a_peer_that_has_left_is_the_senders_bug_and_not_its_end(talk_for_real: Talk, log: Log) -> None:
    room: list[WebSocket] = []

    @Controller("/car")
    class Room(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, data: str = WsBody()) -> None:
            for peer in room:
                await peer.send_text(data)

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            await websocket.accept()
            room.append(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    with serve(app_of(Room)) as port:
        address = f"ws://127.0.0.1:{port}/car/live"
        with connect(address) as first:
            until(lambda: len(room) == 1)
            first.close(1001)
            until(lambda: events == [1001])
        with connect(address) as second:
            second.send("anyone?")
            with pytest.raises(ConnectionClosedError) as closed:
                second.recv(5)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    until(lambda: events == [1001, 1011])
    assert len(log.tracebacks) == 1


def test_the_disconnect_handler_runs_when_the_server_stops_a_sleeping_handler(talk_for_real: Talk) -> None:
    async def sleep(websocket: WebSocket) -> None:
        await websocket.send_text("good night")
        await asyncio.sleep(60)

    talk_for_real(app_of(session(sleep)), send=["go"], expect=1, leave=1001)

    assert events == [1001]


def test_the_end_of_the_server_leaves_time_for_goodbyes_and_clean_up() -> None:
    @injectable
    class Pool:
        is_open = True

    async def pool() -> AsyncIterator[Pool]:
        opened = Pool()
        yield opened
        opened.is_open = False
        events.append("pool closed")

    async def scoped() -> AsyncIterator[str]:
        try:
            yield "scoped"
        finally:
            await asyncio.sleep(0.05)
            events.append("scope closed")

    @Controller("/car")
    class Sleepy(ControllerBase):
        def __init__(self, pool: Pool) -> None:
            self.pool = pool

        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, text: Inject[str], data: str = WsBody()) -> None:
            await websocket.send_text("good night")
            await asyncio.sleep(60)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            await asyncio.sleep(0.1)
            events.append(f"{code}, pool open: {self.pool.is_open}")

    providers = [ProviderConfig(Pool, use_factory=pool), ProviderConfig(str, use_factory=scoped, scope=request_scope)]
    app = AppFactory.create_app(controllers=[Sleepy], providers=providers)
    with ExitStack() as stack, serve(app) as port:
        client = stack.enter_context(connect(f"ws://127.0.0.1:{port}/car/live"))
        client.send("go")
        assert client.recv(5) == "good night"

    assert events == ["scope closed", "1012, pool open: True", "pool closed"]


@pytest.mark.parametrize("is_cancelled_too", [False, True])
def test_a_close_by_another_task_ends_a_receive_unless_that_is_cancelled_anyway(is_cancelled_too: bool) -> None:
    async def handler(websocket: WebSocket) -> None:
        await websocket.accept()
        closing = asyncio.create_task(websocket.close(4000))
        try:
            await websocket.receive_text()
        except (WebSocketDisconnect, asyncio.CancelledError) as end:
            events.append(getattr(end, "code", "cancelled"))
            raise
        finally:
            await closing

    async def scenario() -> None:
        messages: list[dict[str, Any]] = [{"type": "websocket.connect"}]

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else await asyncio.Future()

        async def send(message: Any) -> None:
            if is_cancelled_too and message["type"] == "websocket.close":
                serving.cancel()

        app = app_of(loop(handler))
        scope = {"type": "websocket", "path": "/car/live", "headers": [], "query_string": b"", "subprotocols": []}
        serving = asyncio.create_task(app(scope, receive, send))
        await asyncio.wait([serving], timeout=5)
        assert serving.cancelled() == is_cancelled_too
        assert is_cancelled_too or serving.exception() is None

    asyncio.run(scenario())
    assert events == ["cancelled" if is_cancelled_too else 4000]
