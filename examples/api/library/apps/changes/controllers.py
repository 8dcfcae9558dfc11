import asyncio

from ellar.common import Controller, ControllerBase, WsBody, ws_route
from ellar.core import WebSocket

from .schemas import Watch
from .services import ChangesService, Listener


@Controller("/changes")
class ChangesController(ControllerBase):
    """One instance serves one connection, so what `join` keeps on it is there for `watch` and `leave`."""

    listener: Listener
    sender: asyncio.Task[None]

    def __init__(self, changes: ChangesService) -> None:
        self.changes = changes

    @ws_route("/live", use_extra_handler=True)
    async def watch(self, wanted: Watch = WsBody()) -> None:
        """Hear of every change of a book, or of those of some books."""
        self.listener.watch(wanted.books)

    @ws_route.connect(watch)
    async def join(self, websocket: WebSocket) -> None:
        self.listener = self.changes.join()
        await websocket.accept()
        self.sender = asyncio.create_task(self.listener.deliver(websocket))

    @ws_route.disconnect(watch)
    async def leave(self) -> None:
        self.changes.leave(self.listener)
