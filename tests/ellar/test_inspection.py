"""What an application tells of its routes and modules."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from ellar.answering import answer
from ellar.app import App, AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Module,
    ModuleRouter,
    get,
    http_route,
    post,
    ws_route,
)
from ellar.core import ModuleBase, WebSocket
from ellar.inspection import RouteInfo, every, redirects_slashes, table_of

HERE = str(Path(__file__))


class Known(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


class Everywhere(Known): ...


class OnController(Known): ...


class OnRoute(Known): ...


@Guards(OnController)
@Controller("/car")
class CarController(ControllerBase):
    @get("/")
    async def index(self) -> str:
        return "cars"

    @Guards(OnRoute())
    @http_route("/{car_id:int}", methods=["PUT", "DELETE"], name="one-car")
    async def change(self, car_id: int) -> int:
        return car_id

    @ws_route("/live")
    async def live(self, websocket: WebSocket) -> None:
        await websocket.accept()


router = ModuleRouter("/wheel")


@router.get("/{name}")
def wheel(name: str) -> str:
    return name


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("raw")(scope, receive, send)


async def raw_socket(websocket: WebSocket) -> None: ...


async def page(request: Request) -> Response:
    return PlainTextResponse("page")


class Endpoint(HTTPEndpoint): ...


@Module(controllers=[CarController], routers=[router])
class CarModule(ModuleBase): ...


@Module(modules=[CarModule], routers=[Mount("/raw", raw)])
class RootModule(ModuleBase): ...


PLAIN = {"DEBUG": False, "API_DOCS": False}


def line_of(declared: Any) -> int:
    return inspect.getsourcelines(declared)[1]


def of(app: App, path: str) -> RouteInfo:
    return next(info for info in app.table() if info.path == path)


def shown(routes: list[RouteInfo]) -> list[tuple[str, str]]:
    return [(info.kind, (info.host or "") + info.path) for info in every(routes)]


def test_table_lists_routes_in_the_order_in_which_they_are_tried() -> None:
    app = AppFactory.create_from_app_module(RootModule, config_module={"DEBUG": True})
    assert [info.route for info in app.table()] == app.routes
    assert shown(app.table()) == [
        ("HTTP", "/openapi.json"),
        ("HTTP", "/asyncapi.json"),
        ("HTTP", "/docs"),
        ("HTTP", "/car/"),
        ("HTTP", "/car/{car_id:int}"),
        ("WS", "/car/live"),
        ("HTTP", "/wheel/{name}"),
        ("MOUNT", "/raw"),
        ("HTTP", "/"),
    ]


def test_method_tells_its_controller_place_guards_and_module() -> None:
    app = AppFactory.create_from_app_module(RootModule, config_module=PLAIN, global_guards=[Everywhere])
    info = of(app, "/car/{car_id:int}")
    assert (info.methods, info.name, info.handler) == (("DELETE", "PUT"), "one-car", "CarController.change")
    assert (info.file, info.line) == (HERE, line_of(CarController.change))
    assert info.guards == ("Everywhere", "OnController", "OnRoute")
    assert info.module == "CarModule"
    assert of(app, "/car/live").methods == ()


def test_function_tells_its_own_name() -> None:
    info = of(AppFactory.create_from_app_module(RootModule, config_module=PLAIN), "/wheel/{name}")
    assert (info.handler, info.line, info.module) == ("wheel", line_of(wheel), "CarModule")


def test_mount_tells_what_is_mounted_and_by_which_module() -> None:
    info = of(AppFactory.create_from_app_module(RootModule, config_module=PLAIN), "/raw")
    assert (info.kind, info.handler, info.line, info.module) == ("MOUNT", "raw", line_of(raw), "RootModule")


def test_static_folder_is_its_modules(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()

    @Module(name="pages", static_folder=str(tmp_path / "static"))
    class PagesModule(ModuleBase): ...

    app = AppFactory.create_from_app_module(PagesModule, config_module=PLAIN)
    (info,) = app.table()
    assert (info.kind, info.path, info.name, info.handler) == ("MOUNT", "/static/pages", "pages:static", "StaticFiles")
    assert (info.file, info.line, info.module) == (str(tmp_path / "static"), None, "PagesModule")
    assert app.tree().routes == (info,)


def test_our_own_pages_are_no_modules() -> None:
    info = of(AppFactory.create_from_app_module(RootModule, config_module={"DEBUG": True}), "/docs")
    assert (info.handler, info.module) == ("ellar.api_pages.page", None)


def test_mounted_application_shows_its_own_routes_with_their_whole_path() -> None:
    inner = AppFactory.create_from_app_module(RootModule, config_module=PLAIN)
    asgi = Starlette(routes=[Mount("/shop", GZipMiddleware(inner)), Host("{user}.example.org", Mount("/x", inner))])
    routes = table_of(asgi)
    assert routes is not None
    change = next(info for info in every(routes) if info.path == "/shop/car/{car_id:int}")
    assert (change.handler, change.guards, change.module) == ("CarController.change", ("OnController", "OnRoute"), None)
    assert ("HOST", "{user}.example.org") in shown(routes)
    assert ("WS", "/shop/car/live") in shown(routes)


def test_starlettes_own_routes_are_read_too() -> None:
    routes = table_of(
        Starlette(
            routes=[
                Route("/page", partial(page), methods=["GET", "POST"]),
                Route("/class", Endpoint),
                WebSocketRoute("/ws", raw, name="socket"),
                Host("api.example.org", Starlette(routes=[Route("/cars", page)])),
            ],
            middleware=[Middleware(GZipMiddleware)],
        )
    )
    assert routes is not None
    assert shown(routes) == [
        ("HTTP", "/page"),
        ("HTTP", "/class"),
        ("WS", "/ws"),
        ("HOST", "api.example.org"),
        ("HTTP", "api.example.org/cars"),
    ]
    assert (routes[0].handler, routes[0].methods, routes[0].line) == ("page", ("GET", "HEAD", "POST"), line_of(page))
    assert (routes[1].handler, routes[1].methods, routes[1].line) == ("Endpoint", (), line_of(Endpoint))
    assert routes[2].name == "socket"


def test_routers_that_fastapi_includes_show_their_routes() -> None:
    cars = APIRouter(prefix="/cars")
    cars.add_api_route("/{name}", page, methods=["GET"])
    cars.add_api_websocket_route("/live", raw_socket)
    inner = APIRouter(prefix="/eu")
    inner.include_router(cars)
    api = FastAPI(openapi_url=None)
    api.include_router(inner, prefix="/shop")
    routes = table_of(api)
    assert routes is not None
    assert shown(routes) == [("HTTP", "/shop/eu/cars/{name}"), ("WS", "/shop/eu/cars/live")]
    assert (routes[0].handler, routes[0].methods, routes[0].line) == ("page", ("GET",), line_of(page))
    found = answer(routes, "GET", "/shop/eu/cars/7")
    assert found is not None
    assert found.parameters == {"name": "7"}


def test_application_that_shows_no_routes_has_no_table() -> None:
    assert table_of(raw) is None


def test_tree_holds_each_module_once_however_many_import_it() -> None:
    @Module(modules=[CarModule])
    class Left(ModuleBase): ...

    @Module(modules=[CarModule, Left])
    class Right(ModuleBase): ...

    root = AppFactory.create_from_app_module(Right, config_module=PLAIN).tree()
    cars, left = root.imports
    assert (root.name, cars.name, left.name) == ("Right", "CarModule", "Left")
    assert left.imports[0] is cars
    assert (cars.file, cars.line) == (HERE, line_of(CarModule))
    assert [info.path for info in cars.routes] == ["/car/", "/car/{car_id:int}", "/car/live", "/wheel/{name}"]


def test_root_of_what_is_listed_in_a_call_is_in_no_file() -> None:
    @post("/hello")
    def hello() -> str:
        return "hello"

    root = AppFactory.create_app(routers=[hello], config_module=PLAIN).tree()
    assert (root.name, root.file, root.line) == ("the application", None, None)
    assert [(info.path, info.module) for info in root.routes] == [("/hello", "the application")]


def test_redirects_are_the_applications_own_setting() -> None:
    for setting in (True, False):
        app = AppFactory.create_from_app_module(RootModule, config_module={**PLAIN, "REDIRECT_SLASHES": setting})
        assert redirects_slashes(GZipMiddleware(app)) is setting
    assert redirects_slashes(Starlette())
    assert not redirects_slashes(raw)
