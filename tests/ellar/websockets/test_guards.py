"""Guards: asked once a connection, before accept; what refuses, how, and what the log says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from starlette.exceptions import WebSocketException

from ellar.app import AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    PermissionDenied,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, injectable, transient_scope
from tests.ellar.conftest import Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import Deny, app_of, echo, events

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@pytest.mark.parametrize("answer", [False, None, 1, "yes", RuntimeError("broken"), WebSocketException(4001, "no")])
def test_a_guard_that_does_not_return_true_refuses(talk: Talk, log: Log, answer: object) -> None:
    outcome = talk(app_of(echo(Deny(answer))))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert events == []
    assert len(log.lines) == 1
    assert "Deny" in log.lines[0]
    assert log.errors == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAuthenticated("who?", headers={"WWW-Authenticate": "Bearer"}), 401),
        (PermissionDenied("not you"), 403),
        (APIException("slow down", status_code=429), 429),
    ],
)
def test_a_guards_own_exception_refuses_with_its_status_and_headers(
    talk: Talk, log: Log, error: APIException, status: int
) -> None:
    outcome = talk(app_of(echo(Deny(error))))

    assert (outcome.status, outcome.body) == (status, {"detail": error.detail})
    assert outcome.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    assert events == []
    assert len(log.lines) == 1
    assert f"refused with {status}: Deny " in log.lines[0]
    assert log.errors == []


def test_a_server_without_denial_responses_gets_a_close_before_accept(log: Log) -> None:
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
    assert len(log.lines) == 1


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


def test_a_guard_that_prints_does_so_once_for_ten_messages(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    class Printing(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            print("who goes there?")  # noqa: T201  # as the specification's guard does
            return True

    talk(app_of(echo(Printing)), send=["hi"] * 10, expect=10, leave=1000)

    assert capsys.readouterr().out == "who goes there?\n"
    assert events == ["connect", *["hi"] * 10, 1000]


def test_the_first_guard_that_refuses_is_the_last_that_is_asked(talk: Talk) -> None:
    class Noted(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            events.append("asked")
            return len(events) < 2

    assert talk(app_of(echo(Noted, Noted, Noted))).status == 403
    assert events == ["asked", "asked"]


def test_guards_are_classes_made_by_injection_or_instances_wherever_they_stand(talk: Talk) -> None:
    @injectable
    class Members:
        names = ("Ada",)

    class MembersOnly(GuardCanActivate):
        def __init__(self, members: Members) -> None:
            self.members = members

        async def can_activate(self, context: IExecutionContext) -> bool:
            asking = context.switch_to_websocket().get_client().query_params.get("name")
            return asking in self.members.names

    class Above(MembersOnly): ...

    class Below(MembersOnly): ...

    @Controller("/car")
    @Guards(MembersOnly, Deny(True))
    class Club(ControllerBase):
        @Guards(Above, Deny(True))
        @ws_route("/live")
        @Guards(Below, Deny(True))
        async def live(self) -> None:
            await self.context.switch_to_websocket().get_client().accept()

    app = AppFactory.create_app(controllers=[Club], providers=[Members], global_guards=[Deny(True), MembersOnly])

    assert talk(app, "/car/live?name=Ada").code == 1000
    assert talk(app, "/car/live?name=Eve").status == 403


@pytest.mark.parametrize("where", ["globally", "controller", "above", "below"])
def test_a_guard_refuses_wherever_it_stands(talk: Talk, where: str) -> None:
    def guards_at(place: str) -> Callable[[Decorated], Decorated]:
        return Guards(*[Deny] * (where == place))

    @guards_at("controller")
    @Controller("/car")
    class Guarded(ControllerBase):
        @guards_at("above")
        @ws_route("/live")
        @guards_at("below")
        async def live(self) -> None:
            await self.context.switch_to_websocket().get_client().accept()

    app = AppFactory.create_app(controllers=[Guarded], global_guards=[Deny] if where == "globally" else [])

    assert talk(app).status == 403


def test_a_guard_hands_the_user_to_the_handlers(talk: Talk) -> None:
    class Known(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            context.user = context.switch_to_http_connection().get_client().headers["x-user"]
            return True

    @Controller("/car")
    @Guards(Known)
    class Personal(ControllerBase):
        @ws_route("/live")
        async def live(self, context: IExecutionContext) -> None:
            websocket = context.switch_to_websocket().get_client()
            await websocket.accept()
            await websocket.send_text(f"{context.user} {self.context.user}")

    assert talk(app_of(Personal), headers={"x-user": "Ada"}).frames == ["Ada Ada"]


def test_a_guard_that_accepts_and_then_refuses_is_a_close(talk: Talk, log: Log) -> None:
    class Accepting(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            await context.switch_to_websocket().get_client().accept()
            return False

    assert talk(app_of(echo(Accepting))).code == 1008
    assert events == []
    assert len(log.lines) == 1
    assert log.errors == []


def test_a_guards_bug_is_logged_by_place_and_not_by_its_text(
    talk: Talk, log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    talk(app_of(echo(Deny(RuntimeError("secret\ntoken")))))

    assert len(log.lines) == 1
    assert "Deny raised RuntimeError at " in log.lines[0]
    assert [record.levelname for record in caplog.records if record.name == "ellar.websocket"] == ["WARNING"]
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


def test_a_path_can_not_forge_a_line_of_the_log(talk: Talk, log: Log) -> None:
    @Controller("/car")
    @Guards(Deny)
    class Rooms(ControllerBase):
        @ws_route("/{room}")
        async def live(self, room: str) -> None: ...

    talk(app_of(Rooms), "/car/a%0Arefused")

    assert len(log.lines) == 1
    assert "\n" not in log.lines[0]
    assert " path=/car/a%0Arefused " in log.lines[0]
