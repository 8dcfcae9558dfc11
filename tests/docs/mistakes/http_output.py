"""Mistakes that docs/http-output.md tells of."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from ellar.common import BackgroundTasks, Module, get, post, render, ws_route
from ellar.core import ModuleBase, WebSocket
from tests.docs.mistakes import start


class News: ...


def make_response_of_a_service() -> None:
    @post("/", response=News)
    async def park() -> None: ...

    start(routers=[park])


def make_response_by_a_text() -> None:
    @post("/", response={"201": dict})
    async def park() -> None: ...

    start(routers=[park])


def make_page_with_a_response() -> None:
    @get("/", response=dict)
    @render("page.html")
    async def page() -> None: ...

    start(routers=[page])


def make_two_routes_with_one_name() -> None:
    @get("/a", name="car")
    async def one() -> None: ...

    @get("/b", name="car")
    async def two() -> None: ...

    start(routers=[one, two])


def make_mount_where_something_answers() -> None:
    @get("/cars")
    async def cars() -> None: ...

    @Module(routers=[cars, Route("/cars", Starlette(), methods=["GET"])])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_websocket_with_tasks() -> None:
    @ws_route("/")
    async def live(websocket: WebSocket, tasks: BackgroundTasks) -> None: ...

    start(routers=[live])
