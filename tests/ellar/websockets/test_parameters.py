"""Route parameters of the handlers of a connection."""

from __future__ import annotations

import functools
from typing import Annotated, Any

import pytest
from starlette.requests import HTTPConnection

from ellar.app import App, AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Cookie,
    Header,
    IExecutionContext,
    Inject,
    Path,
    Query,
    WsBody,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import injectable, request_scope
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


@injectable
class Service:
    """Provided where a test says so."""


@injectable(scope=request_scope)
class PerCall:
    """Made anew for each call."""


def note(self: Any, handler: str | int, **given: Any) -> None:
    events.append({"handler": handler, "controller": self, **given})


@Controller("/car")
class Taking(ControllerBase):
    """Every handler takes a parameter of every kind but Body, each its own way."""

    @ws_route("/route/{room}")
    async def route(
        self,
        websocket: WebSocket,
        connection: HTTPConnection,
        context: IExecutionContext,
        service: Service,
        per_call: Inject[PerCall],
        room: int,
        tag: list[str] = Query(),
        user_agent: str = Header(),
        seat: str = Cookie(),
        spare: Unprovided | None = None,
    ) -> None:
        await websocket.accept()
        shared = (websocket is connection, context is self.context, type(service), type(per_call), spare)
        note(self, "route", values=(room, tag, user_agent, seat), shared=shared)

    @ws_route("/session/{room}", use_extra_handler=True, encoding="text")
    async def message(
        self,
        websocket: WebSocket,
        context: IExecutionContext,
        service: Inject[Service],
        per_call: PerCall,
        room: Annotated[int, Path(ge=1)],
        tag: Annotated[list[str], Query()],
        user_agent: Annotated[str, Header()],
        seat: Annotated[str, Cookie()],
        data: str = WsBody(),
    ) -> None:
        note(self, "message", values=(room, tag, user_agent, seat), context=context, service=service, per_call=per_call)
        await websocket.send_text(data)

    @ws_route.connect(message)
    async def on_connect(
        self,
        websocket: WebSocket,
        context: IExecutionContext,
        service: Service,
        per_call: PerCall,
        room: int = Path(),
        tag: list[str] = Query(),
        agent: str = Header(alias="user-agent"),
        seat: str = Cookie(),
    ) -> None:
        note(self, "connect", values=(room, tag, agent, seat), context=context, service=service, per_call=per_call)
        await websocket.accept()

    @ws_route.disconnect(message)
    async def on_disconnect(
        self,
        websocket: WebSocket,
        code: int,
        context: IExecutionContext,
        service: Service,
        per_call: PerCall,
        room: int,
        tag: list[str] = Query(),
        user_agent: str = Header(),
        seat: str = Cookie(),
    ) -> None:
        note(self, code, values=(room, tag, user_agent, seat), context=context, service=service, per_call=per_call)


class Unprovided: ...


HEADERS = {"Cookie": "seat=3", "User-Agent": "me"}
VALUES = (7, ["a", "b"], "me", "3")


def taking() -> App:
    return AppFactory.create_app(controllers=[Taking], providers=[Service, PerCall])


def test_a_route_takes_parameters_of_every_kind(talk: Talk) -> None:
    assert talk(taking(), "/car/route/7?tag=a&tag=b", headers=HEADERS).code == 1000

    (noted,) = events
    assert noted["values"] == VALUES
    assert noted["shared"] == (True, True, Service, PerCall, None)


def test_all_handlers_of_a_session_take_parameters_of_every_kind(talk: Talk) -> None:
    outcome = talk(taking(), "/car/session/7?tag=a&tag=b", send=["hi"], expect=1, leave=4001, headers=HEADERS)

    until(lambda: len(events) == 3)
    assert outcome.frames == ["hi"]
    assert [noted["handler"] for noted in events] == ["connect", "message", 4001]
    assert [noted["values"] for noted in events] == [VALUES] * 3
    for shared in ("controller", "context", "service"):
        assert len({id(noted[shared]) for noted in events}) == 1, shared
    assert len({id(noted["per_call"]) for noted in events}) == 3


@pytest.mark.parametrize(
    ("path", "headers", "loc"),
    [
        ("/seven?tag=a", HEADERS, ["path", "room"]),
        ("/0?tag=a", HEADERS, ["path", "room"]),
        ("/7", HEADERS, ["query", "tag"]),
        ("/7?tag=a", {"User-Agent": "me"}, ["cookie", "seat"]),
    ],
)
def test_a_missing_or_bad_parameter_is_told_once_for_all_handlers(
    talk: Talk, log: Log, path: str, headers: dict[str, str], loc: list[str]
) -> None:
    outcome = talk(taking(), f"/car/session{path}", headers=headers)

    assert [error["loc"] for error in outcome.json()["errors"]] == [loc]
    assert (outcome.code, outcome.reason) == (1008, "Parameters not valid")
    assert events == []
    assert len(log.lines) == 1
    assert log.errors == []


def on_nothing(self: Any) -> Any:
    events.append(4001)


def on_websocket(self: Any, websocket: WebSocket) -> Any:
    events.append(4001)


def on_code(self: Any, code: int) -> Any:
    events.append(code)


def on_service_and_code(self: Any, service: Service, websocket: WebSocket, code: int) -> Any:
    events.append(code)


def on_bare(self: Any, websocket, code) -> Any:  # type: ignore[no-untyped-def]  # a handler may do without types
    events.append(code)


def on_maybe(self: Any, websocket: WebSocket, close_code: int | None, name: str = Query("John")) -> Any:
    events.append(close_code)


@pytest.mark.parametrize("hook", [on_nothing, on_websocket, on_code, on_service_and_code, on_bare, on_maybe])
def test_a_disconnect_handler_gets_what_it_takes_however_it_is_written(talk: Talk, hook: Any) -> None:
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
