"""What the handlers of one connection share, and what each message has of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

from websockets.sync.client import connect

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    IExecutionContext,
    Inject,
    Path,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, injectable, request_scope, transient_scope
from tests.ellar.conftest import Talk, serve, until
from tests.ellar.websockets.controllers import app_of, events


def test_one_controller_serves_a_connection_and_each_message_has_its_own_request_scope(talk: Talk) -> None:
    @injectable(scope=request_scope)
    class PerMessage: ...

    @Controller("/car")
    class Counting(ControllerBase):
        @ws_route("/live/{room}", use_extra_handler=True, encoding="text")
        async def live(
            self, websocket: WebSocket, scoped: PerMessage, room: str = Path(), data: str = WsBody()
        ) -> None:
            events.append((self, scoped))
            await websocket.send_text(room)

    app = AppFactory.create_app(controllers=[Counting], providers=[PerMessage])
    assert talk(app, "/car/live/7", send=["a", "b"], expect=2, leave=1000).frames == ["7", "7"]

    (first, first_scoped), (second, second_scoped) = events
    assert first is second
    assert first_scoped is not second_scoped


def test_a_request_scope_is_made_for_those_alone_who_ask_and_ends_with_their_call(talk: Talk) -> None:
    async def transaction() -> AsyncIterator[str]:
        events.append("begin")
        yield "transaction"
        events.append("commit")

    @Controller("/car")
    class Writing(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, transaction: Inject[str], data: str = WsBody()) -> None:
            events.append(data)
            await websocket.send_text(data)

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            events.append("connect")
            await websocket.accept()

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket) -> None:
            events.append("disconnect")

    provider = ProviderConfig(str, use_factory=transaction, scope=request_scope)
    app = AppFactory.create_app(controllers=[Writing], providers=[provider])
    talk(app, send=["one", "two"], expect=2, leave=1000)

    until(lambda: "disconnect" in events)
    assert events == ["connect", "begin", "one", "commit", "begin", "two", "commit", "disconnect"]


def test_a_message_that_fails_fails_its_request_scope(talk_for_real: Talk) -> None:
    async def transaction() -> AsyncIterator[str]:
        try:
            yield "transaction"
        except ZeroDivisionError:
            events.append("rollback")
            raise

    @Controller("/car")
    class Writing(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, transaction: Inject[str], data: str = WsBody()) -> None:
            raise ZeroDivisionError

    provider = ProviderConfig(str, use_factory=transaction, scope=request_scope)
    app = AppFactory.create_app(controllers=[Writing], providers=[provider])

    assert talk_for_real(app, send=["go"]).code == 1011
    assert events == ["rollback"]


def test_services_of_a_connection_know_its_websocket_and_context(talk: Talk) -> None:
    @injectable(scope=transient_scope)
    class Connected:
        def __init__(self, websocket: WebSocket, context: IExecutionContext) -> None:
            self.websocket = websocket
            self.is_of_one_connection = context.switch_to_websocket().get_client() is websocket

    @injectable(scope=request_scope)
    class PerMessage:
        def __init__(self, connected: Connected) -> None:
            self.connected = connected

    @Controller("/car")
    class Knowing(ControllerBase):
        def __init__(self, connected: Connected) -> None:
            self.connected = connected

        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, per_message: PerMessage, data: str = WsBody()) -> None:
            for connected in (self.connected, per_message.connected):
                events.append(connected.is_of_one_connection and connected.websocket is websocket)
            await websocket.send_text(data)

    app = AppFactory.create_app(controllers=[Knowing], providers=[Connected, PerMessage])
    talk(app, send=["a", "b"], expect=2, leave=1000)

    assert events == [True] * 4


def test_two_connections_share_singletons_and_no_controller() -> None:
    @injectable
    class Board:
        def __init__(self) -> None:
            self.lines: list[str] = []

    @Controller("/car")
    class Writing(ControllerBase):
        def __init__(self, board: Board) -> None:
            self.board = board
            self.mine: list[str] = []

        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            self.board.lines.append(data)
            self.mine.append(data)
            await websocket.send_text(f"{','.join(self.mine)} of {','.join(self.board.lines)}")

    with serve(AppFactory.create_app(controllers=[Writing], providers=[Board])) as port:
        address = f"ws://127.0.0.1:{port}/car/live"
        with connect(address) as first, connect(address) as second:
            answers = []
            for client, text in [(first, "a"), (second, "b"), (first, "c")]:
                client.send(text)
                answers.append(client.recv(5))

    assert answers == ["a of a", "b of a,b", "a,c of a,b,c"]


def test_a_subclass_keeps_the_connect_handler_of_what_it_overrides(talk: Talk) -> None:
    class Greeting(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            await websocket.accept()
            await websocket.send_text("welcome")

    @Controller("/car")
    class Answering(Greeting):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await websocket.send_text(data)

        @ws_route.disconnect(Greeting.live)
        async def on_disconnect(self, websocket: WebSocket) -> None:
            events.append("disconnect")

    assert talk(app_of(Answering), send=["hi"], expect=2, leave=1000).frames == ["welcome", "hi"]
    until(lambda: events == ["disconnect"])
