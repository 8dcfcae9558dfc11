"""Websockets: plain handlers, sessions with their hooks, a session handler of one's own, unions of models."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from ellar.common import (
    Controller,
    ControllerBase,
    Header,
    Inject,
    Path,
    Query,
    WebSocketSessionHandler,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import injectable


@injectable
class Rooms:
    members: dict[str, list[WebSocket]]


class Join(BaseModel):
    event: Literal["join"]
    room: str


class Say(BaseModel):
    event: Literal["say"]
    text: str


Command = Annotated[Join | Say, Field(discriminator="event")]


class CountingHandler(WebSocketSessionHandler):
    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.count = 0

    async def on_connect(self, websocket: WebSocket, **kwargs: Any) -> None:
        await super().on_connect(websocket, **kwargs)

    async def on_message(self, websocket: WebSocket, data: Any) -> None:
        self.count += 1
        await super().on_message(websocket, data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        print(f"{self.context.user}: {self.count} messages, {close_code}")  # noqa: T201  # an application may
        await super().on_disconnect(websocket, close_code)


@Controller("/chat")
class ChatController(ControllerBase):
    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms

    @ws_route("/loop", name="loop")
    async def loop(self, name: str = Query("John")) -> None:
        websocket = self.context.switch_to_websocket().get_client()
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(f"{name}: {text}")

    @ws_route("/{room}", use_extra_handler=True, encoding="json", extra_handler_type=CountingHandler)
    async def live(
        self, websocket: WebSocket, rooms: Inject[Rooms], room: str = Path(), data: Command = WsBody()
    ) -> None:
        match data:
            case Join(room=name):
                rooms.members[name].append(websocket)
            case Say(text=text):
                for member in rooms.members[room]:
                    await member.send_text(text)

    @ws_route.connect(live)
    async def live_connect(self, websocket: WebSocket, token: Annotated[str, Header(alias="x-token")]) -> None:
        await websocket.accept(subprotocol=token)

    @ws_route.disconnect(live)
    async def live_disconnect(self, websocket: WebSocket, code: int) -> None:
        await websocket.close(code)

    @ws_route("/members", use_extra_handler=True)
    async def members(self, name: Annotated[str, WsBody(max_length=20)], age: Annotated[int, WsBody()] = 3) -> None: ...

    @ws_route("/bytes", use_extra_handler=True, encoding="bytes")
    async def binary(self, data: bytes = WsBody()) -> None: ...

    @ws_route("/either", use_extra_handler=True, encoding=None)
    async def either(self, data: str | bytes = WsBody()) -> None: ...
