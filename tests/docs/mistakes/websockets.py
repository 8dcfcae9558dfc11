"""Mistakes that docs/websockets.md tells of."""

from __future__ import annotations

from pydantic import BaseModel

from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    WebSocketSessionHandler,
    WsBody,
    ws_route,
)
from ellar.core import Request, WebSocket
from tests.docs.mistakes import start


class Car(BaseModel):
    name: str


class Open(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


def make_message_in_a_plain_route() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live")
        async def live(self, data: str = WsBody()) -> None: ...

    start(ChatController)


def make_no_message() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self) -> None: ...

    start(ChatController)


def make_several_texts() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, a: str = WsBody(), b: str = WsBody()) -> None: ...

    start(ChatController)


def make_model_without_a_marker() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, message: Car) -> None: ...

    start(ChatController)


def make_a_request() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live")
        async def live(self, request: Request) -> None: ...

    start(ChatController)


def make_not_async() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live")
        def live(self) -> None: ...

    start(ChatController)


def make_unknown_encoding() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="xml")  # type: ignore[arg-type]  # the mistake
        async def live(self, data: str = WsBody()) -> None: ...


def make_hook_of_a_plain_route() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live")
        async def live(self) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None: ...

    start(ChatController)


def make_two_connect_handlers() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def first(self, websocket: WebSocket) -> None: ...

        @ws_route.connect(live)
        async def second(self, websocket: WebSocket) -> None: ...

    start(ChatController)


def make_session_handler_without_session() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", extra_handler_type=WebSocketSessionHandler)
        async def live(self) -> None: ...

    start(ChatController)


def make_guard_on_a_hook() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        @Guards(Open)
        async def on_connect(self, websocket: WebSocket) -> None: ...

    start(ChatController)


def make_one_path_twice() -> None:
    @Controller("/chat")
    class ChatController(ControllerBase):
        @ws_route("/live")
        async def live(self) -> None: ...

        @ws_route("/live")
        async def second(self) -> None: ...

    start(ChatController)


def make_no_origin() -> None:
    start(config_module={"WS_ALLOWED_ORIGINS": ["friend.example"]})
