"""Guards: asked once a connection, before accept; what refuses, how, and what the log says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ellar.app import AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, transient_scope
from tests.ellar.conftest import Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import Deny, app_of, echo, events


@pytest.mark.parametrize("answer", [False, None, 1, "yes", RuntimeError("broken")])
def test_a_guard_that_does_not_return_true_refuses(talk: Talk, log: Log, answer: object) -> None:
    outcome = talk(app_of(echo(Deny(answer))))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert events == []
    assert len(log.lines) == 1
    assert "Deny" in log.lines[0]
    assert log.errors == []


@pytest.mark.parametrize(
    ("error", "status"), [(NotAuthenticated("who?"), 401), (APIException("slow down", status_code=429), 429)]
)
def test_a_guards_own_exception_refuses_with_its_status(talk: Talk, error: Exception, status: int) -> None:
    outcome = talk(app_of(echo(Deny(error))))

    assert (outcome.status, outcome.body) == (status, {"detail": error.detail})  # type: ignore[attr-defined]  # APIException's


def test_a_server_without_denial_responses_gets_a_close_before_accept() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    scope: dict[str, Any] = {
        "type": "websocket",
        "path": "/car/live",
        "headers": [],
        "query_string": b"",
        "client": None,
    }
    asyncio.run(app_of(echo(Deny()))(scope, receive, send))

    assert [message["type"] for message in sent] == ["websocket.close"]


def test_guards_run_once_a_connection_global_controller_and_route_in_that_order(talk: Talk) -> None:
    class Named(GuardCanActivate):
        def __init__(self, name: str) -> None:
            self.name = name

        async def can_activate(self, context: IExecutionContext) -> bool:
            events.append(self.name)
            return True

    @Guards(Named("controller"))
    @Controller("/car")
    class Guarded(ControllerBase):
        @Guards(Named("above"))
        @ws_route("/live", use_extra_handler=True, encoding="text")
        @Guards(Named("below"))
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await websocket.send_text(data)

    app = AppFactory.create_app(controllers=[Guarded], global_guards=[Named("global")])
    outcome = talk(app, send=["1", "2", "3"], expect=3, leave=1000)

    assert outcome.frames == ["1", "2", "3"]
    assert events == ["global", "controller", "above", "below"]


def test_a_guards_bug_is_logged_by_place_and_not_by_its_text(talk: Talk, log: Log) -> None:
    talk(app_of(echo(Deny(RuntimeError("secret\ntoken")))))

    assert len(log.lines) == 1
    assert "Deny raised RuntimeError at " in log.lines[0]
    assert "secret" not in log.lines[0]


def test_a_guards_own_needs_may_refuse(talk: Talk) -> None:
    def stranger() -> str:
        raise NotAuthenticated("who?")

    class Needy(GuardCanActivate):
        def __init__(self, user: str) -> None: ...

        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    provider = ProviderConfig(str, use_factory=stranger, scope=transient_scope)
    assert talk(AppFactory.create_app(controllers=[echo(Needy)], providers=[provider])).status == 401


def test_the_log_line_names_path_client_and_connection_but_no_query(talk: Talk, log: Log) -> None:
    talk(app_of(echo(Deny())), "/car/live?token=secret")

    assert " path=/car/live client=" in log.lines[0]
    assert " connection=" in log.lines[0]
    assert "secret" not in log.lines[0]
