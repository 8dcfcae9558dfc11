"""What a websocket client meets: every row of the table in the design, on a real uvicorn and on TestClient."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from starlette.exceptions import WebSocketException
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from ellar.app import App, AppFactory
from ellar.common import (
    APIException,
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    Header,
    IExecutionContext,
    Inject,
    NotAuthenticated,
    Path,
    Query,
    WsBody,
    ws_route,
)
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.di import ProviderConfig, injectable, request_scope, transient_scope
from ellar.origins import is_same_origin
from tests.ellar.conftest import CUT_OFF, Talk, serve, until

events: list[Any] = []


@pytest.fixture(autouse=True)
def _empty_events() -> None:
    events.clear()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "ellar.websocket")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.name == "ellar.websocket"]


def tracebacks(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in log.records if record.exc_info]


def errors(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in log.records if record.levelno >= logging.ERROR]


def app_of(*controllers: type[ControllerBase], **settings: Any) -> App:
    return AppFactory.create_app(controllers=controllers, config_module=settings)


class Deny(GuardCanActivate):
    def __init__(self, answer: object = False) -> None:
        self.answer = answer

    async def can_activate(self, context: IExecutionContext) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # what a guard returns that is no bool


def echo(*guards: GuardCanActivate | type[GuardCanActivate], accepts: bool = True) -> type[ControllerBase]:
    @Controller("/car")
    @Guards(*guards)
    class Echo(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, data: str = WsBody(max_length=5)) -> None:
            events.append(data)
            await self.context.switch_to_websocket().get_client().send_text(data.upper())

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            events.append("connect")
            if accepts:
                await websocket.accept()

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)
            await websocket.close(code)

    return Echo


def loop(behaviour: Any) -> type[ControllerBase]:
    """A plain handler that does `behaviour(websocket)`."""

    @Controller("/car")
    class Loop(ControllerBase):
        @ws_route("/live")
        async def live(self) -> None:
            await behaviour(self.context.switch_to_websocket().get_client())

    return Loop


def session(behaviour: Any) -> type[ControllerBase]:
    """A session whose message handler does `behaviour(websocket)`."""

    @Controller("/car")
    class Session(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, data: str = WsBody()) -> None:
            await behaviour(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    return Session


# Before accept


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8000"),
        ("http://localhost:9000", "localhost:8000"),
        ("null", "localhost:8000"),
        ("http://[broken", "localhost:8000"),
    ],
)
def test_a_page_of_another_origin_is_refused_before_the_guards(
    talk: Talk, log: pytest.LogCaptureFixture, origin: str, host: str
) -> None:
    class Seen(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            events.append("guard")
            return True

    outcome = talk(app_of(echo(Seen)), headers={"Origin": origin, "Host": host})

    assert (outcome.status, events) == (403, [])
    assert len(lines(log)) == 1
    assert "WS_ALLOWED_ORIGINS" in lines(log)[0]
    assert origin in lines(log)[0]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "localhost:8000"),
        ("https://example.org", "example.org"),
        ("http://example.org:80", "example.org"),
        ("https://EXAMPLE.org", "example.org:443"),
    ],
)
def test_the_own_origin_is_told_by_host_and_port(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize("allowed", ["https://friend.example", "*"])
def test_an_allowed_origin_connects(talk: Talk, allowed: str) -> None:
    app = app_of(echo(), WS_ALLOWED_ORIGINS=[allowed])

    outcome = talk(app, send=["hi"], expect=1, leave=1000, headers={"Origin": "https://friend.example"})

    assert outcome.frames == ["HI"]


@pytest.mark.parametrize("answer", [False, None, 1, "yes", RuntimeError("broken")])
def test_a_guard_that_does_not_return_true_refuses(talk: Talk, log: pytest.LogCaptureFixture, answer: object) -> None:
    outcome = talk(app_of(echo(Deny(answer))))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert events == []
    assert len(lines(log)) == 1
    assert "Deny" in lines(log)[0]
    assert errors(log) == []


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


def test_a_bad_parameter_is_told_after_accept_and_no_handler_is_called(
    talk: Talk, log: pytest.LogCaptureFixture
) -> None:
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
    assert len(lines(log)) == 1
    assert "old" not in lines(log)[0]


async def _policy(_: WebSocket) -> None:
    raise WebSocketException(4001, "not today")


async def _bug(_: WebSocket) -> None:
    raise ZeroDivisionError("a bug")


async def _nothing(_: WebSocket) -> None:
    return None


def test_a_websocket_exception_before_accept_refuses_with_its_code(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    outcome = talk(app_of(loop(_policy)))

    assert (outcome.status, outcome.body) == (403, {"code": 4001, "reason": "not today"})
    assert len(lines(log)) == 1


def test_a_bug_before_accept_is_a_500_and_one_traceback(talk_for_real: Talk, log: pytest.LogCaptureFixture) -> None:
    outcome = talk_for_real(app_of(loop(_bug)))

    assert outcome.status == 500
    assert len(tracebacks(log)) == 1


@pytest.mark.parametrize("controller", [loop(_nothing), echo(accepts=False)], ids=["route", "session"])
def test_a_handler_that_never_accepts_is_a_403(
    talk: Talk, log: pytest.LogCaptureFixture, controller: type[ControllerBase]
) -> None:
    outcome = talk(app_of(controller))

    assert (outcome.status, outcome.body) == (403, {"detail": "Forbidden"})
    assert len(lines(log)) == 1
    assert events in ([], ["connect", 1006])


def test_a_handler_may_deny_by_a_response_of_its_own(talk_for_real: Talk, log: pytest.LogCaptureFixture) -> None:
    async def teapot(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("short and stout", 418))

    outcome = talk_for_real(app_of(loop(teapot)))

    assert (outcome.status, outcome.body) == (418, "short and stout")
    assert lines(log)[0].startswith("refused by the handler path=/car/live ")
    assert errors(log) == []


def test_a_handler_may_close_before_accept(talk_for_real: Talk, log: pytest.LogCaptureFixture) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(4000)

    assert talk_for_real(app_of(loop(close))).status == 403
    assert len(lines(log)) == 1
    assert errors(log) == []


def test_a_path_without_a_route_is_a_403(talk_for_real: Talk) -> None:
    assert talk_for_real(app_of(echo()), "/car/other").status == 403


# After accept


def test_a_session_greets_answers_and_ends(talk: Talk) -> None:
    outcome = talk(app_of(echo()), send=["one", "two"], expect=2, leave=1000)

    assert outcome.frames == ["ONE", "TWO"]
    assert events == ["connect", "one", "two", 1000]


def test_a_message_that_is_not_valid_is_told_and_closes_1008(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    outcome = talk(app_of(echo()), send=["much too long"])

    assert outcome.json() == {
        "code": 1008,
        "errors": [
            {"loc": ["body"], "msg": "String should have at most 5 characters", "type": "string_too_long"},
        ],
    }
    assert outcome.code == 1008
    assert events == ["connect", 1008]
    assert len(lines(log)) == 1
    assert "much" not in lines(log)[0]


class Move(BaseModel):
    x: int
    more: Any = None


def moves(encoding: Any = "json") -> type[ControllerBase]:
    @Controller("/car")
    class Moves(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, websocket: WebSocket, move: Move = WsBody()) -> None:
            await websocket.send_text(str(move.x))

    return Moves


@pytest.mark.parametrize(
    "unreadable",
    ["no json", "", '{"x": 1', b'{"x": "\xff"}', '{"x": 1, "more": ' + "[" * 5000 + "]" * 5000 + "}", "9" * 5000],
    ids=["words", "nothing", "half", "bad UTF-8", "too deep", "a giant number"],
)
def test_json_that_does_not_parse_closes_1003(talk: Talk, unreadable: str | bytes) -> None:
    outcome = talk(app_of(moves()), send=[unreadable])

    assert outcome.json()["code"] == outcome.code == 1003
    assert outcome.json()["errors"][0]["loc"][0] == "body"
    assert outcome.reason


def test_a_giant_number_inside_a_message_closes_1003(talk: Talk) -> None:
    assert talk(app_of(moves()), send=['{"x": ' + "9" * 5000 + "}"]).code == 1003


def test_json_of_the_wrong_shape_names_the_place(talk: Talk) -> None:
    outcome = talk(app_of(moves()), send=['{"x": "far"}'])

    assert outcome.code == 1008
    assert outcome.json()["errors"][0]["loc"] == ["body", "x"]


def test_json_is_taken_from_text_and_binary_frames(talk: Talk) -> None:
    assert talk(app_of(moves()), send=['{"x": 1}', b'{"x": 2}'], expect=2, leave=1000).frames == ["1", "2"]


def test_several_message_parameters_are_members_by_name(talk: Talk) -> None:
    @Controller("/car")
    class Members(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(
            self,
            websocket: WebSocket,
            name: str = WsBody(),
            age: int = WsBody(3),
            kind: str = WsBody("car", alias="json"),
        ) -> None:
            await websocket.send_text(f"{name} {age} {kind}")

    app = app_of(Members)
    assert talk(app, send=['{"name": "a"}', '{"name": "b", "age": 5, "json": "bus"}'], expect=2, leave=1000).frames == [
        "a 3 car",
        "b 5 bus",
    ]
    assert talk(app, send=["{}"]).json()["errors"][0]["loc"] == ["body", "name"]


@pytest.mark.parametrize(("encoding", "frame"), [("text", b"bytes"), ("bytes", "text")])
def test_a_frame_of_the_wrong_kind_closes_1003(talk: Talk, encoding: Any, frame: str | bytes) -> None:
    @Controller("/car")
    class Kinds(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, data: Any = WsBody()) -> None:
            events.append(data)

    outcome = talk(app_of(Kinds), send=[frame])

    assert outcome.json()["code"] == outcome.code == 1003
    assert events == []
    assert outcome.reason


@pytest.mark.parametrize(("encoding", "sent"), [("bytes", [b"\0\1"]), (None, ["text", b"\0\1"]), ("text", ["text"])])
def test_an_encoding_hands_over_what_it_names(talk: Talk, encoding: Any, sent: list[str | bytes]) -> None:
    @Controller("/car")
    class Kinds(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding=encoding)
        async def live(self, websocket: WebSocket, data: str | bytes = WsBody()) -> None:
            events.append(data)
            await websocket.send_text("got it")

    talk(app_of(Kinds), send=sent, expect=len(sent), leave=1000)

    assert events == sent


def test_a_websocket_exception_closes_with_its_code_and_a_reason_that_fits(
    talk: Talk, log: pytest.LogCaptureFixture
) -> None:
    async def fail(_: WebSocket) -> None:
        raise WebSocketException(4001, "ä" * 100)

    outcome = talk(app_of(session(fail)), send=["go"])

    assert (outcome.code, outcome.reason) == (4001, "ä" * 61)
    assert events == [4001]
    assert len(lines(log)) == 1


@pytest.mark.parametrize(("code", "sent"), [(1005, 1000), (1006, 1011), (1015, 1011), (42, 1011), (3000, 3000)])
def test_codes_that_may_not_be_sent_are_not(talk: Talk, code: int, sent: int) -> None:
    async def close(websocket: WebSocket) -> None:
        await websocket.close(code)

    assert talk(app_of(session(close)), send=["go"]).code == sent
    until(lambda: events == [sent])


@pytest.mark.parametrize("kind", ["route", "session"])
def test_a_bug_closes_1011_and_is_the_servers_one_traceback(
    talk_for_real: Talk, log: pytest.LogCaptureFixture, kind: str
) -> None:
    async def accept_and_fail(websocket: WebSocket) -> None:
        await websocket.accept()
        await _bug(websocket)

    app = app_of(loop(accept_and_fail) if kind == "route" else session(_bug))
    outcome = talk_for_real(app, send=["go"])

    assert outcome.code == 1011
    assert len(tracebacks(log)) == 1
    assert "ZeroDivisionError" in str(tracebacks(log)[0].exc_info)
    assert events == ([] if kind == "route" else [1011])


def test_a_bug_is_raised_by_the_test_client() -> None:
    from ellar.testing import TestClient

    client = TestClient(app_of(session(_bug)))
    with pytest.raises(ZeroDivisionError), client.websocket_connect("/car/live") as websocket:  # noqa: PT012 # at exit
        websocket.send_text("go")
        assert websocket.receive()["code"] == 1011


def test_an_http_exception_in_a_handler_is_a_bug_too(talk_for_real: Talk, log: pytest.LogCaptureFixture) -> None:
    async def confused(_: WebSocket) -> None:
        raise NotAuthenticated()

    assert talk_for_real(app_of(session(confused)), send=["go"]).code == 1011
    assert len(tracebacks(log)) == 1


def test_a_handler_that_returns_closes_1000(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    async def greet(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("bye")

    outcome = talk(app_of(loop(greet)))

    assert (outcome.frames, outcome.code) == (["bye"], 1000)
    assert lines(log) == []


@pytest.mark.parametrize(
    ("leave", "code"), [(1001, 1001), (4321, 4321), (None, 1005), (CUT_OFF, 1006)], ids=["1001", "4321", "none", "cut"]
)
def test_the_disconnect_handler_gets_the_clients_code(
    talk: Talk, log: pytest.LogCaptureFixture, leave: int | None, code: int
) -> None:
    talk(app_of(echo()), send=["hi"], expect=1, leave=leave)

    until(lambda: len(events) == 3)
    assert events == ["connect", "hi", code]
    assert lines(log) == []
    assert tracebacks(log) == []


def test_sending_after_the_client_has_left_is_the_end_and_no_error(
    talk_for_real: Talk, log: pytest.LogCaptureFixture
) -> None:
    async def keep_sending(websocket: WebSocket) -> None:
        await websocket.send_text("first")
        try:
            while True:
                await asyncio.sleep(0.01)
                await websocket.send_text("more")
        except WebSocketDisconnect:
            events.append("gone")
        await websocket.send_text("and more")

    talk_for_real(app_of(session(keep_sending)), send=["go"], expect=1, leave=1000)

    until(lambda: events == ["gone", 1000])
    assert tracebacks(log) == []


def test_a_handler_may_close_what_is_closed(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    async def close_twice(websocket: WebSocket) -> None:
        await websocket.close(4000, "enough")
        await websocket.close(4002)

    outcome = talk(app_of(session(close_twice)), send=["go"])

    assert (outcome.code, outcome.reason) == (4000, "enough")
    until(lambda: events == [4000])
    assert tracebacks(log) == []


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


def test_the_disconnect_handler_runs_when_the_server_stops_a_sleeping_handler(talk_for_real: Talk) -> None:
    async def sleep(websocket: WebSocket) -> None:
        await websocket.send_text("good night")
        await asyncio.sleep(60)

    talk_for_real(app_of(session(sleep)), send=["go"], expect=1, leave=1001)

    assert events == [1001]


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


def test_the_log_line_names_path_client_and_connection_but_no_query(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    talk(app_of(echo(Deny())), "/car/live?token=secret")

    assert " path=/car/live client=" in lines(log)[0]
    assert " connection=" in lines(log)[0]
    assert "secret" not in lines(log)[0]


# Several connections, and the end of the server


def test_a_peer_that_has_left_is_the_senders_bug_and_not_its_end(
    talk_for_real: Talk, log: pytest.LogCaptureFixture
) -> None:
    room: list[WebSocket] = []

    @Controller("/car")
    class Room(ControllerBase):
        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, data: str = WsBody()) -> None:
            for peer in room:
                await peer.send_text(data)

        @ws_route.connect(live)
        async def on_connect(self, websocket: WebSocket) -> None:
            await websocket.accept()
            room.append(websocket)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            events.append(code)

    with serve(app_of(Room)) as port:
        address = f"ws://127.0.0.1:{port}/car/live"
        with connect(address) as first:
            until(lambda: len(room) == 1)
            first.close(1001)
            until(lambda: events == [1001])
        with connect(address) as second:
            second.send("anyone?")
            with pytest.raises(ConnectionClosedError) as closed:
                second.recv(5)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    until(lambda: events == [1001, 1011])
    assert len(tracebacks(log)) == 1


def test_the_end_of_the_server_leaves_time_for_goodbyes_and_clean_up() -> None:
    @injectable
    class Pool:
        is_open = True

    async def pool() -> AsyncIterator[Pool]:
        opened = Pool()
        yield opened
        opened.is_open = False
        events.append("pool closed")

    async def scoped() -> AsyncIterator[str]:
        try:
            yield "scoped"
        finally:
            await asyncio.sleep(0.05)
            events.append("scope closed")

    @Controller("/car")
    class Sleepy(ControllerBase):
        def __init__(self, pool: Pool) -> None:
            self.pool = pool

        @ws_route("/live", use_extra_handler=True, encoding="text")
        async def live(self, websocket: WebSocket, text: Inject[str], data: str = WsBody()) -> None:
            await websocket.send_text("good night")
            await asyncio.sleep(60)

        @ws_route.disconnect(live)
        async def on_disconnect(self, websocket: WebSocket, code: int) -> None:
            await asyncio.sleep(0.1)
            events.append(f"{code}, pool open: {self.pool.is_open}")

    providers = [ProviderConfig(Pool, use_factory=pool), ProviderConfig(str, use_factory=scoped, scope=request_scope)]
    app = AppFactory.create_app(controllers=[Sleepy], providers=providers)
    with ExitStack() as stack, serve(app) as port:
        client = stack.enter_context(connect(f"ws://127.0.0.1:{port}/car/live"))
        client.send("go")
        assert client.recv(5) == "good night"

    assert events == ["scope closed", "1012, pool open: True", "pool closed"]


@pytest.mark.parametrize("raised", [ZeroDivisionError(), WebSocketException(4009)], ids=["bug", "close"])
def test_the_code_is_the_clients_where_it_closed_first(
    talk_for_real: Talk, log: pytest.LogCaptureFixture, raised: Exception
) -> None:
    async def work_while_the_client_leaves(websocket: WebSocket) -> None:
        await websocket.send_text("working")
        await asyncio.sleep(0.3)
        raise raised

    talk_for_real(app_of(session(work_while_the_client_leaves)), send=["go"], expect=1, leave=4321)

    until(lambda: len(events) == 1)
    assert events == [4321]


def test_a_guards_bug_is_logged_by_place_and_not_by_its_text(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    talk(app_of(echo(Deny(RuntimeError("secret\ntoken")))))

    assert len(lines(log)) == 1
    assert "Deny raised RuntimeError at " in lines(log)[0]
    assert "secret" not in lines(log)[0]


def test_faults_are_told_and_logged_within_bounds(talk: Talk, log: pytest.LogCaptureFixture) -> None:
    @Controller("/car")
    class Many(ControllerBase):
        @ws_route("/live", use_extra_handler=True)
        async def live(self, data: dict[str, int] = WsBody()) -> None: ...

    hostile = "{" + ",".join(f'"{n}\\n{"x" * 200}": "no"' for n in range(1000)) + "}"
    outcome = talk(app_of(Many), send=[hostile])

    assert len(outcome.json()["errors"]) == 10
    assert "\n" not in lines(log)[0]
    assert len(lines(log)[0]) < 500


@pytest.mark.parametrize("scope", [request_scope, transient_scope])
def test_what_a_handler_needs_may_end_the_connection_too(talk: Talk, log: pytest.LogCaptureFixture, scope: Any) -> None:
    def refusing() -> str:
        raise WebSocketException(4003, "no seat")

    @Controller("/car")
    class Seats(ControllerBase):
        @ws_route("/live")
        async def live(self, seat: Inject[str]) -> None: ...

    provider = ProviderConfig(str, use_factory=refusing, scope=scope)
    outcome = talk(AppFactory.create_app(controllers=[Seats], providers=[provider]))

    assert (outcome.status, outcome.body) == (403, {"code": 4003, "reason": "no seat"})
    assert len(lines(log)) == 1


def test_a_guards_own_needs_may_refuse(talk: Talk) -> None:
    def stranger() -> str:
        raise NotAuthenticated("who?")

    class Needy(GuardCanActivate):
        def __init__(self, user: str) -> None: ...

        async def can_activate(self, context: IExecutionContext) -> bool:
            return True

    provider = ProviderConfig(str, use_factory=stranger, scope=transient_scope)
    assert talk(AppFactory.create_app(controllers=[echo(Needy)], providers=[provider])).status == 401


@pytest.mark.parametrize("origin", ["https://Friend.example", "https://friend.example/", "https://friend.example:443"])
def test_an_allowed_origin_may_be_spelled_in_any_way(talk: Talk, origin: str) -> None:
    headers = {"Origin": "https://friend.example"}

    assert talk(app_of(echo(), WS_ALLOWED_ORIGINS=[origin]), send=["x"], expect=1, leave=1000, headers=headers).frames


@pytest.mark.parametrize(
    "origin", ["friend.example", "https://", "https://friend.example/path", "ftp://friend.example"]
)
def test_an_allowed_origin_that_is_none_is_an_error_at_start(origin: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="is no origin"):
        app_of(echo(), WS_ALLOWED_ORIGINS=[origin])


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
