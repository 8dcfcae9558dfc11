"""Controllers that these tests connect to, and what their handlers note down."""

from __future__ import annotations

from typing import Any

from ellar.app import App, AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket

events: list[Any] = []


def app_of(*controllers: type[ControllerBase], **settings: Any) -> App:
    return AppFactory.create_app(controllers=controllers, config_module=settings)


class Deny(GuardCanActivate):
    def __init__(self, answer: object = False) -> None:
        self.answer = answer

    async def can_activate(self, context: IExecutionContext) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # what a guard returns that is no bool


def echo(*guards: GuardCanActivate | type[GuardCanActivate], accepts: bool = True) -> type[ControllerBase]:
    @Controller("/car")
    @Guards(*guards)
    class Echo(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, data: str = WsBody(max_length=5)) -> None:
            events.append(data)
            await self.context.switch_to_websocket().get_client().send_text(data.upper())

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            events.append("connect")
            if accepts:
                await websocket.accept()

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)
            await websocket.close(code)

    return Echo


def loop(behaviour: Any) -> type[ControllerBase]:
    """A plain handler that does `behaviour(websocket)`."""

    @Controller("/car")
    class Loop(ControllerBase):
        @ws_route("/live")
        async def live(self) -> None:
            await behaviour(self.context.switch_to_websocket().get_client())

    return Loop


def session(behaviour: Any) -> type[ControllerBase]:
    """A session whose message handler does `behaviour(websocket)`."""

    @Controller("/car")
    class Session(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await behaviour(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    return Session


async def bug(_: WebSocket) -> None:
    raise ZeroDivisionError("a bug")


def connecting(behaviour: Any) -> type[ControllerBase]:
    """A session whose connect handler does `behaviour(websocket)`."""

    @Controller("/car")
    class Connecting(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, data: str = WsBody()) -> None:
            events.append(data)

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            events.append("connect")
            await behaviour(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    return Connecting


def disconnecting(behaviour: Any) -> type[ControllerBase]:
    """A session whose disconnect handler does `behaviour(websocket)`."""

    @Controller("/car")
    class Disconnecting(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await websocket.send_text(data)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket) -> None:
            events.append("disconnect")
            await behaviour(websocket)

    return Disconnecting
