"""The way of a connection, a message and a request through our files, as the design draws it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import ellar
from ellar.common import (
    Body,
    Controller,
    ControllerBase,
    Form,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    ServerSentEvents,
    WsBody,
    get,
    post,
    render,
    ws_route,
)
from ellar.core import WebSocket
from ellar.di import injectable, request_scope
from ellar.testing import Test, TestClient

OURS = Path(ellar.__file__).parent
seen: set[str] = set()
frames: set[FrameType] = set()


def trace(frame: FrameType, event: str, _: Any) -> None:
    """Notes the file of every call but the test client's; a coroutine that is only resumed was called before."""
    path = Path(frame.f_code.co_filename)
    if event == "call" and path.parent == OURS and path.name != "testing.py" and frame not in frames:
        frames.add(frame)
        seen.add(path.name)


@injectable(scope=request_scope)
class PerMessage: ...


@injectable
class Open(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


@Controller("/")
@Guards(Open)
class WayController(ControllerBase):
    @get("/")
    async def index(self, limit: int = 1) -> int:
        return limit

    @get("/page")
    @render("ws-index.html")
    async def page(self) -> None: ...

    @get("/events")
    async def events(self) -> ServerSentEvents:
        return ServerSentEvents([])

    @post("/json")
    async def json(self, a: int = Body()) -> int:
        return a

    @post("/form")
    async def form(self, a: int = Form()) -> int:
        return a

    @ws_route("/plain", use_extra_handler=True)
    async def plain(self, websocket: WebSocket, data: int = WsBody()) -> None:
        await self.answer(websocket)

    @ws_route("/scoped", use_extra_handler=True)
    async def scoped(self, websocket: WebSocket, per_message: PerMessage, data: int = WsBody()) -> None:
        await self.answer(websocket)

    @ws_route("/asking", use_extra_handler=True)
    async def asking(self, data: int = WsBody()) -> None:
        await self.answer(self.context.switch_to_websocket().get_client())

    async def answer(self, websocket: WebSocket) -> None:
        """Sends which of our files ran since the last message."""
        files = sorted(seen)
        seen.clear()
        await websocket.send_json(files)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with traced() as client:
        yield client


@contextmanager
def traced(**config: Any) -> Iterator[TestClient]:
    """A client whose application is traced; each request and connection runs in a thread of its own."""
    module = Test.create_test_module(controllers=[WayController], providers=[PerMessage], config_module=config)
    client = module.get_test_client()
    seen.clear()
    threading.setprofile(trace)
    yield client
    threading.setprofile(None)
    frames.clear()


@pytest.mark.parametrize(("path", "more"), [("/plain", set()), ("/scoped", {"di.py"}), ("/asking", {"context.py"})])
def test_a_message_passes_websockets_py_and_what_the_handler_asks_for(
    client: TestClient, path: str, more: set[str]
) -> None:
    with client.websocket_connect(path) as websocket:
        for _ in range(2):
            websocket.send_json(1)
            files = websocket.receive_json()

    assert set(files) == {"websockets.py", *more}


def test_a_connection_passes_guards_params_context_and_di_besides(client: TestClient) -> None:
    with client.websocket_connect("/plain") as websocket:
        websocket.send_json(1)
        files = websocket.receive_json()

    assert set(files) == {"app.py", "websockets.py", "guards.py", "params.py", "context.py", "di.py"}


def test_a_request_passes_the_same_with_http_py(client: TestClient) -> None:
    assert client.get("/?limit=2").json() == 2

    assert seen == {"app.py", "http.py", "guards.py", "params.py", "context.py", "di.py", "responses.py"}


def test_server_sent_events_pass_sse_py_besides(client: TestClient) -> None:
    assert client.get("/events").text == ""

    assert seen == {"app.py", "http.py", "guards.py", "params.py", "context.py", "di.py", "responses.py", "sse.py"}


@pytest.mark.parametrize(
    ("path", "sent", "more"), [("/json", {"json": 2}, set()), ("/form", {"data": {"a": "2"}}, {"forms.py"})]
)
def test_a_body_passes_bodies_py_besides_and_a_form_forms_py(
    client: TestClient, path: str, sent: dict[str, Any], more: set[str]
) -> None:
    assert client.post(path, **sent).json() == 2

    assert seen - {"app.py", "http.py", "guards.py", "params.py", "context.py", "di.py", "responses.py"} == {
        "bodies.py",
        *more,
    }


@pytest.mark.parametrize(
    ("config", "more"),
    [
        ({"ALLOWED_HOSTS": ["testserver"]}, {"hosts.py"}),
        ({"CORS_ALLOW_ORIGINS": ["https://friend.example"], "GZIP_MINIMUM_SIZE": 1}, set()),
        ({"SESSION_COOKIE_NAME": "sid", "SECRET_KEY": "a key for this test"}, set()),
    ],
)
def test_what_is_configured_adds_its_own_file_or_none(config: dict[str, Any], more: set[str]) -> None:
    with traced(**config) as client:
        assert client.get("/").json() == 1
    assert seen - more == {"app.py", "http.py", "guards.py", "params.py", "context.py", "di.py", "responses.py"}
    assert more <= seen

    with traced(**config) as client, client.websocket_connect("/plain") as websocket:
        for _ in range(2):
            websocket.send_json(1)
            files = websocket.receive_json()
        assert files == ["websockets.py"]


def test_a_page_passes_templating_py_and_its_functions_besides(client: TestClient) -> None:
    assert "Live Support" in client.get("/page").text

    ours = {"app.py", "http.py", "guards.py", "params.py", "context.py", "di.py", "responses.py"}
    assert seen == {*ours, "templating.py", "template_functions.py"}
