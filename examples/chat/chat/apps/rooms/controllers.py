import asyncio

from ellar.common import Controller, ControllerBase, Guards, RedirectResponse, WsBody, get, render, ws_route
from ellar.core import WebSocket

from chat.apps.accounts.guards import LoggedIn, LoggedInPage

from .schemas import MESSAGE_MAX_LENGTH, ROOM_NAMES, Action, RoomName, Say, Type
from .services import Member, RoomsService


@get("/")
async def home() -> RedirectResponse:
    return RedirectResponse(f"/rooms/{ROOM_NAMES[0]}", 303)


@Controller("/rooms")
class RoomsController(ControllerBase):
    """One instance serves one connection, so what `join` keeps on it is there for `live` and `leave`."""

    member: Member
    sender: asyncio.Task[None]

    def __init__(self, rooms: RoomsService) -> None:
        self.rooms = rooms

    @get("/{room}")
    @render(template_name="room.html")
    @Guards(LoggedInPage)
    async def page(self, room: RoomName) -> dict[str, object]:
        return {
            "room": room,
            "rooms": ROOM_NAMES,
            "user": self.context.user,
            "message_max_length": MESSAGE_MAX_LENGTH,
        }

    @ws_route("/{room}/live", use_extra_handler=True)
    @Guards(LoggedIn)
    async def live(self, action: Action = WsBody()) -> None:
        match action:
            case Say(text=text):
                self.member.say(text)
            case Type():
                self.member.type()

    @ws_route.connect(live)
    async def join(self, websocket: WebSocket, room: RoomName) -> None:
        self.member = self.rooms.join(room, self.context.user.name)
        await websocket.accept()
        self.sender = asyncio.create_task(self.member.deliver(websocket))

    @ws_route.disconnect(live)
    async def leave(self) -> None:
        self.member.leave()
