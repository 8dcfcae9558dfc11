"""Before accept: what a handler may do to the handshake, and what the client gets."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.exceptions import WebSocketException
from starlette.responses import PlainTextResponse

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Inject,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, request_scope, transient_scope
from tests.ellar.conftest import Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, bug, echo, events, loop


async def _policy(_: WebSocket) -> None:
    raise WebSocketException(4001, "not today")


async def _nothing(_: WebSocket) -> None:
    return None


def test_a_websocket_exception_before_accept_refuses_with_its_code(talk: Talk, log: Log) -> None:
    outcome = talk(app_of(loop(_policy)))

    assert (outcome.status, outcome.body) == (403, {"code": 4001, "reason": "not today"})
    assert len(log.lines) == 1


def test_a_bug_before_accept_is_a_500_and_one_traceback(talk_for_real: Talk, log: Log) -> None:
    outcome = talk_for_real(app_of(loop(bug)))

    assert outcome.status == 500
    assert len(log.tracebacks) == 1


@pytest.mark.parametrize("controller", [loop(_nothing), echo(accepts=False)], ids=["route", "session"])
def test_a_handler_that_never_accepts_is_a_403(talk: Talk, log: Log, controller: type[ControllerBase]) -> None:
    outcome = talk(app_of(controller))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert len(log.lines) == 1
    assert events in ([], ["connect", 1006])


def test_a_handler_may_deny_by_a_response_of_its_own(talk_for_real: Talk, log: Log) -> None:
    async def teapot(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("short and stout", 418))

    outcome = talk_for_real(app_of(loop(teapot)))

    assert (outcome.status, outcome.body) == (418, "short and stout")
    assert log.lines[0].startswith("refused by the handler path=/car/live ")
    assert log.errors == []


def test_a_handler_may_close_before_accept(talk_for_real: Talk, log: Log) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(4000)

    assert talk_for_real(app_of(loop(close))).status == 403
    assert len(log.lines) == 1
    assert log.errors == []


def test_a_path_without_a_route_is_a_403(talk_for_real: Talk) -> None:
    assert talk_for_real(app_of(echo()), "/car/other").status == 403


def test_a_bug_in_the_connect_handler_still_calls_the_disconnect_handler_once(talk_for_real: Talk) -> None:
    @Controller("/car")
    class Broken(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: str = WsBody()) -> None: ...

        @ws_route.connect(live)
        async def on_connect(self) -> None:
            raise ZeroDivisionError

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    assert talk_for_real(app_of(Broken)).status == 500
    assert events == [1011]


@pytest.mark.parametrize("scope", [request_scope, transient_scope])
def test_what_a_handler_needs_may_end_the_connection_too(talk: Talk, log: Log, scope: Any) -> None:
    def refusing() -> str:
        raise WebSocketException(4003, "no seat")

    @Controller("/car")
    class Seats(ControllerBase):
        @ws_route("/live")
        async def live(self, seat: Inject[str]) -> None: ...

    provider = ProviderConfig(str, use_factory=refusing, scope=scope)
    outcome = talk(AppFactory.create_app(controllers=[Seats], providers=[provider]))

    assert (outcome.status, outcome.body) == (403, {"code": 4003, "reason": "no seat"})
    assert len(log.lines) == 1
