"""An application in which everything happens that the tables of docs/websockets.md tell of."""

from __future__ import annotations

from starlette.exceptions import WebSocketException

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    NotFound,
    Query,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket


class Closed(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return False


class Stranger(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        raise NotAuthenticated("Who are you?")


@Controller("/")
class MeetsController(ControllerBase):
    @ws_route("/closed")
    @Guards(Closed)
    async def closed(self, websocket: WebSocket) -> None: ...

    @ws_route("/stranger")
    @Guards(Stranger)
    async def stranger(self, websocket: WebSocket) -> None: ...

    @ws_route("/parameter")
    async def parameter(self, websocket: WebSocket, age: int = Query()) -> None: ...

    @ws_route("/nowhere")
    async def nowhere(self, websocket: WebSocket) -> None:
        raise NotFound("There is no such room")

    @ws_route("/full")
    async def full(self, websocket: WebSocket) -> None:
        raise WebSocketException(4001, "Full")

    @ws_route("/bug")
    async def bug(self, websocket: WebSocket) -> None:
        raise ZeroDivisionError

    @ws_route("/returns")
    async def returns(self, websocket: WebSocket) -> None:
        await websocket.accept()

    @ws_route("/number", use_extra_handler=True)
    async def number(self, websocket: WebSocket, number: int = WsBody()) -> None:
        if number == 4001:
            raise WebSocketException(number, "Full")
        await websocket.send_json(100 / number)

    @ws_route("/text", use_extra_handler=True, encoding="text")
    async def text(self, websocket: WebSocket, text: str = WsBody()) -> None: ...


app = AppFactory.create_app(controllers=[MeetsController])
