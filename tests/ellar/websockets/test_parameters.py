"""Route parameters of the handlers of a connection."""

from __future__ import annotations

import functools
from typing import Annotated, Any

import pytest

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Header,
    Query,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from tests.ellar.conftest import Talk, until
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, events


def test_a_bad_parameter_is_told_after_accept_and_no_handler_is_called(talk: Talk, log: Log) -> None:
    @Controller("/car")
    class Aged(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, age: int = Query(), data: str = WsBody()) -> None:
            events.append("message")

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket, token: Annotated[str, Header(alias="x-token")]) -> None:
            events.append("connect")

        @ws_route.disconnect(live)
        async def on_disconnect(self) -> None:
            events.append("disconnect")

    outcome = talk(app_of(Aged), "/car/live?age=old")

    assert outcome.json()["code"] == outcome.code == 1008
    assert [error["loc"] for error in outcome.json()["errors"]] == [["query", "age"], ["header", "x-token"]]
    assert all(error.keys() >= {"loc", "msg", "type"} for error in outcome.json()["errors"])
    assert events == []
    assert len(log.lines) == 1
    assert "old" not in log.lines[0]


class Service: ...


def on_code(self: Any, code: int) -> Any:
    events.append(code)


def on_service_and_code(self: Any, service: Service, websocket: WebSocket, code: int) -> Any:
    events.append(code)


def on_bare(self: Any, websocket, code) -> Any:  # type: ignore[no-untyped-def]  # a handler may do without types
    events.append(code)


def on_maybe(self: Any, websocket: WebSocket, close_code: int | None, name: str = Query("John")) -> Any:
    events.append(close_code)


@pytest.mark.parametrize("hook", [on_code, on_service_and_code, on_bare, on_maybe])
def test_a_disconnect_handler_gets_the_code_however_it_is_written(talk: Talk, hook: Any) -> None:
    @Controller("/car")
    class Leaving(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await websocket.send_text(data)

        @ws_route.disconnect(live)
        @functools.wraps(hook)
        async def on_disconnect(self, *given: Any, **named: Any) -> None:
            hook(self, *given, **named)

    app = AppFactory.create_app(controllers=[Leaving], providers=[Service])
    assert talk(app, send=["hi"], expect=1, leave=4001).frames == ["hi"]
    until(lambda: events == [4001])
