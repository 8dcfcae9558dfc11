"""Testing: overrides win over whatever a module provides, and a receive gives up instead of hanging for ever."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    IExecutionContext,
    Module,
    WsBody,
    get,
    ws_route,
)
from ellar.core import ModuleBase, Request, WebSocket
from ellar.di import ProviderConfig
from ellar.testing import Test, TestClient, TestModule, WebSocketTestSession

ended: list[int] = []


@pytest.fixture(autouse=True)
def _nothing_ended() -> None:
    ended.clear()


class Silent(ControllerBase):
    """Its websockets do less than a test might wait for."""

    @ws_route("/never-accepts")
    async def never_accepts(self) -> None:
        await anyio.sleep_forever()

    @ws_route("/never-sends", use_extra_handler=True, encoding="text")
    async def never_sends(self, data: str = WsBody()) -> None: ...

    @ws_route("/echo", use_extra_handler=True, encoding="text")
    async def echo(self, websocket: WebSocket, data: str = WsBody()) -> None:
        await websocket.send_text(data)

    @ws_route.disconnect(echo)
    async def on_echo_end(self, websocket: WebSocket, code: int) -> None:
        ended.append(code)

    @ws_route("/closes")
    async def closes(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close(4000)

    @ws_route("/works-for-ever")
    async def works_for_ever(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await anyio.sleep_forever()

    @ws_route("/scheme")
    async def scheme(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(f"{websocket.url} {websocket.cookies}")

    @get("/cookie")
    async def cookie(self, request: Request) -> str:
        return f"{request.url} {request.cookies}"


@pytest.fixture
def module() -> TestModule:
    return Test.create_test_module(controllers=[Controller("/")(Silent)])


@pytest.fixture
def client(module: TestModule) -> TestClient:
    return module.get_test_client(receive_timeout=0.1)


def fault(received: Callable[[], Any]) -> str:
    """The text of a receive that gives up, in far less time than the default."""
    started = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        received()
    assert time.monotonic() - started < 2
    return str(caught.value)


def test_connecting_gives_up_where_nothing_accepts(client: TestClient) -> None:
    line = fault(client.websocket_connect("/never-accepts").__enter__)

    assert line == ("/never-accepts: waited 0.1 s, but the application has neither accepted nor refused the connection")


@pytest.mark.parametrize("receive", ["receive", "receive_text", "receive_bytes", "receive_json"])
def test_every_receive_gives_up_and_says_what_came_so_far(client: TestClient, receive: str) -> None:
    with client.websocket_connect("/echo") as session:
        assert fault(getattr(session, receive)) == (
            "/echo: waited 0.1 s, but the application has accepted the connection and sent nothing"
        )
        for number in range(2):
            session.send_text(str(number))
            session.receive_text()
            said = ["one message", "2 messages"][number]
            assert fault(getattr(session, receive)) == (
                f"/echo: waited 0.1 s, but the application has sent {said} and no more"
            )


def test_a_session_goes_on_after_a_receive_that_gave_up(client: TestClient) -> None:
    with client.websocket_connect("/echo") as session:
        fault(session.receive_text)
        session.send_text("late")
        assert session.receive_text() == "late"
        session.close(4001)
        assert fault(session.receive).startswith("/echo: waited 0.1 s")

    assert ended == [4001]


def test_a_test_that_fails_by_it_ends(client: TestClient) -> None:
    with pytest.raises(TimeoutError, match="sent nothing"), client.websocket_connect("/echo") as session:
        session.receive_text()

    assert ended == [1000]


def test_a_handler_that_never_returns_does_not_hold_the_test(client: TestClient) -> None:
    with pytest.raises(TimeoutError), client.websocket_connect("/works-for-ever") as session:
        session.receive_text()


def test_a_client_in_a_with_block_ends_too(client: TestClient) -> None:
    with client:
        fault(client.websocket_connect("/never-accepts").__enter__)
        with client.websocket_connect("/never-sends") as session:
            fault(session.receive_text)
        with client.websocket_connect("/echo") as session:
            session.send_text("still here")
            assert session.receive_text() == "still here"


def test_waiting_after_the_close_names_its_code(client: TestClient) -> None:
    with client.websocket_connect("/closes") as session:
        with suppress(WebSocketDisconnect):
            session.receive_text()
        assert fault(session.receive) == (
            "/closes: waited 0.1 s, but the application has closed the connection before, with 4000"
        )


def test_the_time_out_is_the_clients(module: TestModule) -> None:
    assert (module.get_test_client().receive_timeout, TestClient(module.create_application()).receive_timeout) == (5, 5)
    patient = TestClient(module.create_application(), receive_timeout=math.inf)

    with patient.websocket_connect("/echo") as session:
        assert isinstance(session, WebSocketTestSession)
        session.send_text("hello")
        assert session.receive_text() == "hello"


def test_a_clients_options_are_starlettes(module: TestModule) -> None:
    client = TestClient(module.create_application(), base_url="https://example.org", cookies={"a": "1"})

    assert client.get("/cookie").json() == "https://example.org/cookie {'a': '1'}"
    with client.websocket_connect("/scheme") as session:
        assert session.receive_text() == "wss://example.org/scheme {'a': '1'}"
    with client.websocket_connect("ws://example.org/scheme") as session:
        assert session.receive_text() == "ws://example.org/scheme {'a': '1'}"


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://testserver/cookie"),
        ({"SESSION_COOKIE_NAME": "sid", "DEBUG": True}, "http://testserver/cookie"),
        ({"SESSION_COOKIE_NAME": "sid"}, "https://testserver/cookie"),
        ({"SESSION_COOKIE_NAME": "sid", "SESSION_COOKIE_SECURE": False}, "http://testserver/cookie"),
    ],
)
def test_a_client_asks_over_https_where_the_session_would_be_lost_else(settings: dict[str, Any], url: str) -> None:
    controller = Controller("/")(Silent)
    module = Test.create_test_module(controllers=[controller], config_module={"SECRET_KEY": "key", **settings})

    assert module.get_test_client().get("/cookie").json() == f"{url} {{}}"


# Overrides


class Clock:
    def now(self) -> str:
        return "real"


class Stopped(Clock):
    def now(self) -> str:
        return "stopped"


class Diary:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock


@Controller("/clock")
class ClockController(ControllerBase):
    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    @get("")
    async def index(self, clock: Clock) -> list[str]:
        return [clock.now(), self.diary.clock.now()]

    @ws_route("/live", use_extra_handler=True)
    async def live(self, websocket: WebSocket, clock: Clock, data: int = WsBody()) -> None:
        await websocket.send_json([clock.now(), self.diary.clock.now()])


def broken_factory() -> Clock:
    raise AssertionError("an overridden factory is not called")


PROVIDERS = {
    "class": Clock,
    "value": ProviderConfig(Clock, use_value=Clock()),
    "other class": ProviderConfig(Clock, use_class=Clock),
    "factory": ProviderConfig(Clock, use_factory=broken_factory),
}


async def stopped_later() -> Clock:
    await checkpoint()
    return Stopped()


def private(provider: Any) -> TestModule:
    """The controller's own module provides it, for itself alone."""

    @Module(controllers=[ClockController], providers=[provider, Diary])
    class Private(ModuleBase): ...

    return Test.create_test_module(modules=[Private])


def exported(provider: Any) -> TestModule:
    """Another module provides it, and the diary that needs it."""

    @Module(providers=[provider, Diary], exports=[Clock, Diary])
    class Times(ModuleBase): ...

    @Module(controllers=[ClockController], modules=[Times])
    class Using(ModuleBase): ...

    return Test.create_test_module(modules=[Using])


def both(provider: Any) -> TestModule:
    """Two modules provide one each: the controller's own, and the one that has the diary."""

    @Module(providers=[provider, Diary], exports=[Diary])
    class Times(ModuleBase): ...

    @Module(controllers=[ClockController], providers=[provider], modules=[Times])
    class Using(ModuleBase): ...

    return Test.create_test_module(modules=[Using])


def listed(provider: Any) -> TestModule:
    """The test itself lists it."""
    return Test.create_test_module(controllers=[ClockController], providers=[provider, Diary])


@pytest.mark.parametrize("entered", [False, True], ids=["without with", "with"])
@pytest.mark.parametrize(
    "override",
    [{"use_value": Stopped()}, {"use_class": Stopped}, {"use_factory": Stopped}, {"use_factory": stopped_later}],
    ids=["value", "class", "factory", "async factory"],
)
@pytest.mark.parametrize("provided", [private, exported, both, listed])
@pytest.mark.parametrize("kind", ["class", "value", "other class", "factory"])
def test_an_override_wins(
    kind: str, provided: Callable[[Any], TestModule], override: dict[str, Any], entered: bool
) -> None:
    client = provided(PROVIDERS[kind]).override_provider(Clock, **override).get_test_client()

    with client if entered else nullcontext():
        assert client.get("/clock").json() == ["stopped", "stopped"]
        with client.websocket_connect("/clock/live") as session:
            session.send_json(1)
            assert session.receive_json() == ["stopped", "stopped"]


@pytest.mark.parametrize("provided", [private, exported, both, listed])
def test_without_an_override_the_module_provides(provided: Callable[[Any], TestModule]) -> None:
    assert provided(Clock).get_test_client().get("/clock").json() == ["real", "real"]


def test_an_override_takes_the_place_of_a_provider_that_can_not_be_made() -> None:
    class Remote(Clock):
        def __init__(self, address: str) -> None:
            raise AssertionError("an overridden class is not made")

    module = private(ProviderConfig(Clock, use_class=Remote)).override_provider(Clock, use_value=Stopped())

    assert module.get_test_client().get("/clock").json() == ["stopped", "stopped"]


def test_an_override_provides_what_no_module_does() -> None:
    module = Test.create_test_module(controllers=[ClockController], providers=[Diary])

    assert module.override_provider(Clock, use_class=Stopped).get_test_client().get("/clock").json() == ["stopped"] * 2


def test_an_override_counts_for_the_clients_that_are_made_after_it() -> None:
    module = listed(Clock)
    before = module.get_test_client()
    after = module.override_provider(Clock, use_value=Stopped()).get_test_client()

    assert before.get("/clock").json() == ["real", "real"]
    assert after.get("/clock").json() == ["stopped", "stopped"]


class Nobody(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return False


def test_a_refusal_and_an_end_have_a_note_that_pytest_shows(module: TestModule) -> None:
    refusing = Test.create_test_module(controllers=[Controller("/")(Silent)], global_guards=[Nobody])
    with pytest.raises(WebSocketDenialResponse) as refused, refusing.get_test_client().websocket_connect("/echo"):
        pass
    with module.get_test_client().websocket_connect("/closes") as session, pytest.raises(WebSocketDisconnect) as ended:
        session.receive_text()

    assert refused.value.__notes__ == ['/echo: refused with 403: {"detail":"Forbidden"}']
    assert ended.value.__notes__ == ["/closes: closed with 4000"]


@pytest.mark.parametrize("use", [lambda s: s.receive_text(), lambda s: s.send_text("x")], ids=["receive", "send"])
def test_a_session_that_is_not_entered_says_so(client: TestClient, use: Callable[[WebSocketTestSession], Any]) -> None:
    with pytest.raises(RuntimeError, match=r"write with client\.websocket_connect"):
        use(client.websocket_connect("/echo"))
