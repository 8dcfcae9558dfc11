"""The built-in session handler, and subclasses of it that a route names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Header,
    ModuleRouter,
    Path,
    Query,
    WebSocketSessionHandler,
    WsBody,
    ws_route,
)
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.di import injectable, request_scope
from ellar.testing import Test
from tests.ellar.conftest import Talk, until

happened: list[Any] = []


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    happened.clear()
    yield
    happened.clear()


@injectable
class Members:
    def __init__(self) -> None:
        self.all: set[WebSocket] = set()


class Noting(WebSocketSessionHandler):
    def __init__(self, members: Members) -> None:
        self.members = members

    async def on_connect(self, websocket: WebSocket, **kwargs: Any) -> None:
        happened.append(("connect", kwargs, self.context.get_handler().__name__))
        self.members.all.add(websocket)
        await super().on_connect(websocket, **kwargs)

    async def on_message(self, websocket: WebSocket, data: Any) -> None:
        happened.append(("message", data, len(self.members.all)))
        await super().on_message(websocket, data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        happened.append(("disconnect", close_code))
        self.members.all.discard(websocket)
        await super().on_disconnect(websocket, close_code)


@Controller("/rooms/{room}")
class RoomController(ControllerBase):
    @ws_route("/live", use_extra_handler=True, extra_handler_type=Noting)
    async def live(
        self, websocket: WebSocket, room: str = Path(), size: int = Query(2), data: list[int] = WsBody()
    ) -> None:
        await websocket.send_json([room, size, data])

    @ws_route.connect(live)
    async def hello(self, websocket: WebSocket, name: str = Query("you"), origin: str | None = Header(None)) -> None:
        await websocket.accept()
        await websocket.send_text(f"hello {name}")

    @ws_route.disconnect(live)
    async def goodbye(self, websocket: WebSocket, code: int, room: str) -> None:
        happened.append(("goodbye", code, room))

    @ws_route("/bare", use_extra_handler=True, extra_handler_type=Noting)
    async def bare(self, websocket: WebSocket, one: int = WsBody(), two: str = WsBody("2")) -> None:
        await websocket.send_json([one, two])


def test_a_subclass_sees_parameters_messages_and_the_code_and_goes_on(talk: Talk) -> None:
    app = Test.create_test_module(controllers=[RoomController], providers=[Members]).create_application()

    outcome = talk(app, "/rooms/red/live?size=3&name=Ann", send=["[1]", "[2]"], expect=3, leave=4001)

    assert outcome.frames == ["hello Ann", '["red",3,[1]]', '["red",3,[2]]']
    until(lambda: len(happened) == 5)
    assert happened == [
        ("connect", {"room": "red", "size": 3, "name": "Ann", "origin": None}, "live"),
        ("message", [1], 1),
        ("message", [2], 1),
        ("disconnect", 4001),
        ("goodbye", 4001, "red"),
    ]


def test_several_message_parameters_come_as_a_dict_and_the_built_in_part_accepts(talk: Talk) -> None:
    app = Test.create_test_module(controllers=[RoomController], providers=[Members]).create_application()

    outcome = talk(app, "/rooms/red/bare", send=['{"one": 1}', '{"one": "x"}'], expect=1)

    assert outcome.frames[0] == '[1,"2"]'
    assert outcome.code == 1008
    assert happened[1] == ("message", {"one": 1, "two": "2"}, 1)
    assert happened[2:] == [("disconnect", 1008)]


class Changing(WebSocketSessionHandler):
    async def on_connect(self, websocket: WebSocket, **kwargs: Any) -> None:
        await super().on_connect(websocket, **{**kwargs, "name": kwargs["name"].upper(), "unknown": 1})

    async def on_message(self, websocket: WebSocket, data: Any) -> None:
        if data != "skip":
            await super().on_message(websocket, data * 2)


changing = ModuleRouter("/changing")


@changing.ws_route("/", use_extra_handler=True, encoding="text", extra_handler_type=Changing)
async def doubled(websocket: WebSocket, data: str = WsBody()) -> None:
    await websocket.send_text(data)


@ws_route.connect(doubled)
async def named(websocket: WebSocket, name: str = Query("you")) -> None:
    await websocket.accept()
    await websocket.send_text(name)


def test_a_subclass_may_change_or_drop_what_it_passes_on(talk: Talk) -> None:
    app = Test.create_test_module(routers=[changing]).create_application()

    outcome = talk(app, "/changing/?name=ann", send=["skip", "ab"], expect=2, leave=1000)

    assert outcome.frames == ["ANN", "abab"]


class Refusing(WebSocketSessionHandler):
    async def on_connect(self, websocket: WebSocket, **kwargs: Any) -> None:
        happened.append("refused")

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        happened.append(close_code)


class Failing(WebSocketSessionHandler):
    async def on_message(self, websocket: WebSocket, data: Any) -> None:
        raise ValueError("a bug")

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        happened.append(close_code)


def test_handlers_may_take_different_parameters_by_one_name(talk: Talk) -> None:
    router = ModuleRouter()

    @router.ws_route("/car/live", use_extra_handler=True, encoding="text")
    async def live(name: int = Query(1), data: str = WsBody()) -> None:
        happened.append(name)

    @ws_route.connect(live)
    async def connected(client: WebSocket, name: str = Query("connect")) -> None:
        happened.append(name)
        await client.accept()

    @ws_route.disconnect(live)
    async def disconnected(client: WebSocket, name: str = Header("disconnect")) -> None:
        happened.append(name)

    talk(AppFactory.create_app(routers=[router]), "/car/live?name=7", send=["x"], leave=1000, headers={"name": "gone"})

    until(lambda: happened == ["7", 7, "gone"])


def session(kind: Any, **more: Any) -> ModuleRouter:
    router = ModuleRouter()

    @router.ws_route("/", use_extra_handler=True, encoding="text", extra_handler_type=kind, **more)
    async def handler(websocket: WebSocket, data: str = WsBody()) -> None: ...

    return router


def test_a_subclass_that_does_not_accept_refuses_and_is_told_the_end_once(talk: Talk) -> None:
    app = Test.create_test_module(routers=[session(Refusing)]).create_application()

    assert talk(app, "/").status == 403
    until(lambda: len(happened) == 2)
    assert happened == ["refused", 1006]


def test_a_bug_in_a_subclass_closes_1011_and_is_one_traceback(
    talk_for_real: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    app = Test.create_test_module(routers=[session(Failing)]).create_application()

    assert talk_for_real(app, "/", send=["x"]).code == 1011
    until(lambda: happened == [1011])
    assert [record.exc_info is not None for record in caplog.records if record.levelno >= logging.ERROR] == [True]


# What is wrong with a declaration


@injectable(scope=request_scope)
class PerMessage: ...


class Greedy(WebSocketSessionHandler):
    def __init__(self, it: PerMessage) -> None: ...


class Lonely(WebSocketSessionHandler):
    def __init__(self, members: Members) -> None: ...


class Sync(WebSocketSessionHandler):
    def on_message(self, websocket: WebSocket, data: Any) -> None: ...  # type: ignore[override] # the mistake


def with_the_name_of_the_connection() -> ModuleRouter:
    router = ModuleRouter()

    @router.ws_route("/", use_extra_handler=True)
    async def live(data: str = WsBody(), websocket: str = Query("")) -> None: ...

    return router


def without_use_extra_handler() -> ModuleRouter:
    router = ModuleRouter()

    @router.ws_route("/", extra_handler_type=Noting)
    async def handler(websocket: WebSocket) -> None: ...

    return router


@pytest.mark.parametrize(
    ("declare", "remedy"),
    [
        (without_use_extra_handler, "has an extra_handler_type: add use_extra_handler=True"),
        (with_the_name_of_the_connection, 'call it otherwise, with alias="websocket"'),
        (lambda: session(Members), "write a subclass of ellar.common.WebSocketSessionHandler"),
        (lambda: session("Noting"), "write a subclass of ellar.common.WebSocketSessionHandler"),
        (lambda: session(Sync), "Sync.on_message must be async: write async def on_message"),
        (lambda: session(Greedy), "Greedy lives as long as a websocket and takes 'it', which lives for one message"),
        (lambda: session(Lonely), "Lonely needs Members for 'members', which nobody provides"),
    ],
    ids=["no session", "name of the connection", "other class", "no class", "sync", "per message", "not provided"],
)
def test_it_is_an_error_at_start_with_place_and_remedy(declare: Callable[[], ModuleRouter], remedy: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(routers=[declare()], providers=[PerMessage]).create_application()

    assert remedy in str(caught.value)
    assert str(caught.value).startswith(f"{__file__}:")
