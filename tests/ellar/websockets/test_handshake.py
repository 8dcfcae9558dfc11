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
    NotAuthenticated,
    get,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import ProviderConfig, request_scope, transient_scope
from ellar.testing import TestClient
from tests.ellar.conftest import Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, bug, connecting, echo, events, loop


async def _policy(_: WebSocket) -> None:
    raise WebSocketException(4001, "not today")


async def _missing(_: WebSocket) -> None:
    raise NotAuthenticated("Who are you?", headers={"WWW-Authenticate": "Bearer"})


@pytest.mark.parametrize(("kind", "noted"), [(loop, []), (connecting, ["connect", 1006])], ids=["route", "session"])
def test_an_exception_with_a_status_before_accept_refuses_with_it(
    talk: Talk, log: Log, kind: Any, noted: list[Any]
) -> None:
    outcome = talk(app_of(kind(_missing)))

    assert (outcome.status, outcome.body) == (401, {"detail": "Who are you?"})
    assert events == noted
    assert len(log.lines) == 1
    assert log.errors == []


async def _early(websocket: WebSocket) -> None:
    await websocket.send_text("hello")


def test_sending_before_accept_says_what_to_write(talk_for_real: Talk, log: Log) -> None:
    assert talk_for_real(app_of(loop(_early))).status == 500
    assert "await websocket.accept() before" in str(log.tracebacks[0].exc_info)


async def _nothing(_: WebSocket) -> None:
    return None


@pytest.mark.parametrize(("kind", "noted"), [(loop, []), (connecting, ["connect", 4001])], ids=["route", "session"])
def test_a_websocket_exception_before_accept_refuses_with_its_code(
    talk: Talk, log: Log, kind: Any, noted: list[Any]
) -> None:
    outcome = talk(app_of(kind(_policy)))

    assert (outcome.status, outcome.body) == (403, {"code": 4001, "reason": "not today"})
    assert events == noted
    assert len(log.lines) == 1
    assert log.errors == []


@pytest.mark.parametrize(("kind", "noted"), [(loop, []), (connecting, ["connect", 1011])], ids=["route", "session"])
def test_a_bug_before_accept_is_a_500_and_one_traceback(
    talk_for_real: Talk, log: Log, kind: Any, noted: list[Any]
) -> None:
    assert talk_for_real(app_of(kind(bug))).status == 500
    assert events == noted
    assert len(log.tracebacks) == len(log.errors) == 1
    assert "ZeroDivisionError" in str(log.tracebacks[0].exc_info)


@pytest.mark.parametrize("kind", [loop, connecting], ids=["route", "session"])
def test_a_bug_before_accept_is_raised_by_the_test_client(kind: Any) -> None:
    with pytest.raises(ZeroDivisionError), TestClient(app_of(kind(bug))).websocket_connect("/car/live"):
        pass


@pytest.mark.parametrize("controller", [loop(_nothing), echo(accepts=False)], ids=["route", "session"])
def test_a_handler_that_never_accepts_is_a_403(talk: Talk, log: Log, controller: type[ControllerBase]) -> None:
    outcome = talk(app_of(controller))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert len(log.lines) == 1
    assert "returned without accept()" in log.lines[0]
    assert log.errors == []
    assert events in ([], ["connect", 1006])


def test_a_handler_may_deny_by_a_response_of_its_own(talk: Talk, log: Log) -> None:
    async def teapot(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("short and stout", 418))

    outcome = talk(app_of(loop(teapot)))

    assert (outcome.status, outcome.body) == (418, "short and stout")
    assert log.lines[0].startswith("refused by the handler path=/car/live ")
    assert log.errors == []


def test_a_handler_may_close_before_accept(talk: Talk, log: Log) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(4000)

    assert talk(app_of(loop(close))).status == 403
    assert len(log.lines) == 1
    assert log.errors == []


def test_a_path_without_a_route_is_a_404_and_one_line(talk: Talk, log: Log) -> None:
    outcome = talk(app_of(echo()), "/car/other?token=secret")

    assert (outcome.status, outcome.body) == (404, {"detail": "Not Found"})
    assert [line.partition(" client=")[0] for line in log.lines] == [
        "refused with 404: no websocket route has this path path=/car/other"
    ]
    assert log.errors == []


@pytest.mark.parametrize("redirect", [True, False])
def test_a_path_is_matched_as_written_whatever_http_does(talk: Talk, redirect: bool) -> None:
    @Controller("/car")
    class Slashes(ControllerBase):
        @ws_route("/plain")
        async def plain(self, websocket: WebSocket) -> None:
            await websocket.accept()

        @ws_route("/slash/")
        async def slash(self, websocket: WebSocket) -> None:
            await websocket.accept()

        @get("/plain")
        async def page(self) -> str:
            return "page"

        @get("/slash/")
        async def page_with_slash(self) -> str:
            return "page"

    app = app_of(Slashes, REDIRECT_SLASHES=redirect)
    there, elsewhere = ("/car/plain", "/car/slash/"), ("/car/plain/", "/car/slash")

    assert [talk(app, path).code for path in there] == [1000, 1000]
    assert [talk(app, path).status for path in elsewhere] == [404, 404]
    client = TestClient(app, follow_redirects=False)
    assert [client.get(path).status_code for path in there] == [200, 200]
    assert [client.get(path).status_code for path in elsewhere] == ([307, 307] if redirect else [404, 404])
    if redirect:
        assert [client.get(path).headers["location"].removeprefix("http://testserver") for path in elsewhere] == [
            "/car/plain",
            "/car/slash/",
        ]


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
