"""Starlette's Mount, Host, Route and WebSocketRoute in `routers=`: who answers, by which name, and in which order."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, Module, get, post
from ellar.core import ImproperlyConfigured, ModuleBase
from ellar.core import Request as CoreRequest
from ellar.testing import Test, TestClient


async def legacy(request: Request) -> Response:
    return PlainTextResponse(f"legacy {request.url.path} {request.scope['root_path']}")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(await websocket.receive_text())
    await websocket.close()


async def any_application(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(f"{scope['type']} {scope['path']}")(scope, receive, send)


old = Starlette(routes=[Route("/", legacy, name="home"), WebSocketRoute("/echo", echo)])


@get("/")
async def home(request: CoreRequest) -> list[str]:
    return [str(request.url_for("old:home")), str(request.url_for("plain"))]


@post("/plain")
async def write() -> str:
    return "written"


@Controller("/cars")
class CarController(ControllerBase):
    @get("/")
    async def index(self) -> str:
        return "cars"


def client_of(*routers: Any, **options: Any) -> TestClient:
    return Test.create_test_module(controllers=[CarController], routers=routers, **options).get_test_client()


def test_mounted_applications_answer_below_their_path() -> None:
    client = client_of(
        home,
        write,
        Mount("/old", old, name="old"),
        Mount("/any", any_application),
        Route("/plain", legacy, name="plain"),
        WebSocketRoute("/echo", echo),
    )

    assert client.get("/old/").text == "legacy /old/ /old"
    assert client.get("/any/deep/er").text == "http /any/deep/er"
    assert client.get("/plain").text == "legacy /plain "
    assert client.post("/plain").json() == "written"
    assert client.delete("/plain").headers["allow"] == "GET, HEAD, POST"
    assert client.get("/").json() == ["http://testserver/old/", "http://testserver/plain"]
    assert client.get("/cars/").json() == "cars"
    for path in ("/echo", "/old/echo"):
        with client.websocket_connect(path) as websocket:
            websocket.send_text("hello")
            assert websocket.receive_text() == "hello"


def test_what_is_at_the_root_gets_what_is_left_of_all_modules() -> None:
    @Module(controllers=[CarController])
    class CarModule(ModuleBase): ...

    client = Test.create_test_module(modules=[CarModule], routers=[Mount("/", old), home]).get_test_client()

    assert client.get("/cars/").json() == "cars"
    assert client.get("/nowhere").status_code == 404
    assert client.post("/").status_code == 405


def test_a_host_is_asked_before_all_paths() -> None:
    client = client_of(home, Host("old.example.org", old, name="old"), Route("/plain", legacy, name="plain"))

    assert client.get("/", headers={"host": "old.example.org"}).text.startswith("legacy /")
    assert client.get("/").json() == ["http://old.example.org/", "http://testserver/plain"]


def test_another_application_of_ours_can_be_mounted() -> None:
    inner = AppFactory.create_app(controllers=[CarController])
    client = client_of(Mount("/inner", inner, name="inner"))

    assert client.get("/inner/cars/").json() == "cars"
    answer = client.post("/inner/cars/")
    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert answer.headers["allow"] == "GET, HEAD"
    assert client.get("/inner/nowhere").json() == {"detail": "Not Found"}


def test_the_welcome_page_gives_way_to_what_is_mounted() -> None:
    debug = {"DEBUG": True}

    assert client_of(Mount("/", old), config_module=debug).get("/").text.startswith("legacy")
    assert "CarController" not in client_of(Host("a.example.org", old), config_module=debug).get("/").text


def test_files_of_a_folder_can_be_mounted(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("text")

    assert client_of(Mount("/files", StaticFiles(directory=tmp_path))).get("/files/a.txt").text == "text"


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ([Route("/cars/", legacy)], "lists Route('/cars/'), and GET there is answered by"),
        ([Route("/a/{b}", legacy), Route("/a/{c}", legacy)], "lists Route('/a/{c}'), and GET there"),
        ([Mount("/a", old), Mount("/a/", any_application)], "lists Mount('/a'), and everything there"),
        ([Host("a.org", old), Host("a.org", any_application)], "lists Host('a.org'), and everything there"),
        (
            [WebSocketRoute("/a", echo), WebSocketRoute("/a", any_application)],
            "lists WebSocketRoute('/a'), and websocket there",
        ),
    ],
    ids=str,
)
def test_what_is_mounted_where_something_answers_is_named(routes: list[BaseRoute], told: str) -> None:
    @Module(controllers=[CarController], routers=routes)
    class CarModule(ModuleBase): ...

    with pytest.raises(ImproperlyConfigured) as caught:
        AppFactory.create_app(modules=[CarModule])

    assert f"routers= of CarModule {told}" in str(caught.value)
    assert str(caught.value).startswith(f"{__file__}:")
    assert str(caught.value).endswith("answered by CarModule: change one of the paths")
