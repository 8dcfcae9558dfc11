"""What the handlers of one connection share, and what each message has of its own."""

from __future__ import annotations

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Path,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import injectable, request_scope
from tests.ellar.conftest import Talk
from tests.ellar.websockets.controllers import events


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
