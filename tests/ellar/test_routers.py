"""Plain functions as routes: below a router, and bare; over HTTP and as websockets."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path as FilePath
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.applications import Starlette

from ellar.app import AppFactory
from ellar.common import (
    GuardCanActivate,
    Guards,
    IExecutionContext,
    Inject,
    Module,
    ModuleRouter,
    Path,
    PermissionDenied,
    Query,
    WsBody,
    get,
    render,
    set_metadata,
    ws_route,
)
from ellar.core import ImproperlyConfigured, ModuleBase, Request, WebSocket
from ellar.di import ProviderConfig, injectable
from ellar.testing import Test, TestClient
from tests.ellar.conftest import Talk


class Car(BaseModel):
    name: str


@injectable
class Garage:
    def __init__(self) -> None:
        self.cars = ["beetle", "mini"]


class Closed(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        assert context.get_class() is None
        return "key" in context.switch_to_http_connection().get_client().query_params


def everyone(methods: str) -> Any:
    async def handler(garage: Garage) -> str:
        return methods

    return handler


router = ModuleRouter("/cars")
ended: list[int] = []


@router.get("/", name="all-cars")
async def list_cars(garage: Garage, request: Request, first: int = Query(0, ge=0)) -> dict[str, Any]:
    return {"cars": garage.cars[first:], "here": request.url_for("all-cars").path}


@router.get("/{index}")
def one_car(garage: Garage, index: int = Path(le=1)) -> Car:
    return Car(name=garage.cars[index])


@router.post("/")
async def add(car: Car, garage: Inject[Garage]) -> Car:
    garage.cars.append(car.name)
    return car


@router.ws_route("/live", use_extra_handler=True, encoding="text")
async def live(websocket: WebSocket, garage: Garage, data: str = WsBody(max_length=9)) -> None:
    await websocket.send_text(f"{data} of {len(garage.cars)}")


@ws_route.connect(live)
async def hello(websocket: WebSocket, name: str = Query("you")) -> None:
    await websocket.accept()
    await websocket.send_text(f"hello {name}")


@ws_route.disconnect(live)
async def goodbye(websocket: WebSocket, code: int) -> None:
    ended.append(code)


@router.ws_route("/loop")
async def loop(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text.upper())


@Guards(Closed)
@router.get("/closed/above")
async def closed_above(context: IExecutionContext) -> str:
    return context.get_handler().__name__


@router.get("/closed/below")
@Guards(Closed())
async def closed_below() -> str:
    return "open"


@get("/health")
async def health() -> str:
    return "well"


@ws_route("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_bytes(await websocket.receive_bytes())


@Module(routers=[router, health, echo], providers=[Garage])
class CarModule(ModuleBase): ...


@pytest.fixture
def client() -> TestClient:
    return Test.create_test_module(modules=[CarModule]).get_test_client()


def test_functions_answer_below_the_prefix_with_values_and_services(client: TestClient) -> None:
    assert client.get("/cars/?first=1").json() == {"cars": ["mini"], "here": "/cars/"}
    assert client.get("/cars/0").json() == {"name": "beetle"}
    assert client.get("/cars/2").status_code == 422
    assert client.post("/cars/", json={"name": "ka"}).json() == {"name": "ka"}
    assert client.get("/health").json() == "well"


def test_functions_serve_websockets_with_their_hooks(talk: Talk) -> None:
    app = AppFactory.create_app(modules=[CarModule])
    ended.clear()

    outcome = talk(app, "/cars/live?name=Ann", send=["one", "far too long"], expect=2)

    assert outcome.frames[:2] == ["hello Ann", "one of 2"]
    assert (outcome.code, ended) == (1008, [1008])
    assert talk(app, "/cars/loop", send=["a", "b"], expect=2, leave=1000).frames == ["A", "B"]
    assert talk(app, "/echo", send=[b"\0"]).frames == [b"\0"]


@pytest.mark.parametrize("place", ["above", "below"])
def test_guards_stand_before_functions(client: TestClient, place: str) -> None:
    assert client.get(f"/cars/closed/{place}").status_code == 403
    assert client.get(f"/cars/closed/{place}?key").status_code == 200


def test_a_routers_guards_stand_before_all_its_functions_and_after_the_global_ones(talk: Talk) -> None:
    seen: list[str] = []

    def noting(name: str) -> GuardCanActivate:
        class Noting(GuardCanActivate):
            async def can_activate(self, context: IExecutionContext) -> bool:
                seen.append(name)
                if name == "route":
                    raise PermissionDenied("not today")
                return True

        return Noting()

    guarded = ModuleRouter("/g", guards=[noting("router")])

    @guarded.ws_route("/live")
    @Guards(noting("route"))
    async def never(websocket: WebSocket) -> None: ...

    app = AppFactory.create_app(routers=[guarded], global_guards=[noting("global")])

    outcome = talk(app, "/g/live")

    assert (outcome.status, outcome.body) == (403, {"detail": "not today"})
    assert seen == ["global", "router", "route"]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_each_method_has_its_decorator(method: str) -> None:
    router = ModuleRouter()
    getattr(router, method)("/x")(everyone(method))
    router.http_route("/y", methods=[method])(everyone(method))
    client = Test.create_test_module(
        routers=[router], providers=[ProviderConfig(Garage, use_value=None)]
    ).get_test_client()

    for path in ("/x", "/y"):
        assert client.request(method, path).status_code == 200
        assert client.request("TRACE", path).status_code == 405


def test_a_function_renders_a_page_beside_its_file(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("Hello {{ name }}")
    (tmp_path / "pages.py").write_text(
        "from ellar.common import get, render\n\n"
        "@get('/')\n@render('page.html')\nasync def page():\n    return {'name': '<you>'}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import pages  # type: ignore[import-not-found] # made above

    client = Test.create_test_module(routers=[pages.page]).get_test_client()

    assert client.get("/").text == "Hello &lt;you&gt;"


def test_names_from_inside_a_function_are_found() -> None:
    class Local(BaseModel):
        size: int

    local = ModuleRouter("/local")

    @local.post("/")
    async def take(data: Local) -> Local:
        return data

    client = Test.create_test_module(routers=[local]).get_test_client()

    assert client.post("/local/", json={"size": 2}).json() == {"size": 2}


# What is wrong with a declaration


def start(*routers: Any, modules: Any = ()) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(routers=routers, modules=modules).create_application()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_function_without_a_route_is_named() -> None:
    async def nothing() -> None: ...

    message = start(nothing)

    assert message.startswith(f"{__file__}:")
    assert "lists nothing, which is no route: write a ModuleRouter, @get" in message


def test_what_is_no_function_is_named() -> None:
    @Module(routers=["cars"])
    class Wrong(ModuleBase): ...

    assert "routers= of Wrong lists 'cars', which is no route" in start(modules=[Wrong])


def test_an_application_among_routers_is_told_to_be_mounted() -> None:
    assert start(Starlette()).endswith('or Mount("/path", app) for an ASGI application')


def test_two_functions_that_answer_the_same_are_named() -> None:
    first, second = ModuleRouter("/a"), ModuleRouter()

    @first.get("/b")
    async def one() -> None: ...

    @second.get("/a/b")
    async def two() -> None: ...

    message = start(first, second)

    assert "two answers GET /a/b, and so does" in message
    assert message.endswith("change one of the paths")


def test_a_router_in_two_modules_is_named_with_its_place() -> None:
    shared = ModuleRouter("/shared")
    line = shared.__ellar_place__

    @Module(routers=[shared])
    class First(ModuleBase): ...

    @Module(routers=[shared])
    class Second(ModuleBase): ...

    message = start(modules=[First, Second])

    assert message == f"{line}: this router is in routers= of First and of Second: leave it in one"
    assert line.startswith(f"{__file__}:")


def test_a_hook_of_a_function_without_a_session_is_named() -> None:
    @ws_route("/live")
    async def plain(websocket: WebSocket) -> None: ...

    @ws_route.connect(plain)
    async def hook(websocket: WebSocket) -> None: ...

    message = start(plain)

    assert "hook is a connect handler of" in message
    assert message.endswith("which is no @ws_route(..., use_extra_handler=True): add that to it")


def test_a_prefix_that_is_no_path_is_named_with_its_place() -> None:
    with pytest.raises(ImproperlyConfigured, match=r'test_routers\.py:\d+: the path .cars. must begin with "/"'):
        ModuleRouter("cars")


@pytest.mark.parametrize("prefix", [None, 3, start])
def test_a_prefix_that_is_no_text_is_named_with_its_place(prefix: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'test_routers\.py:\d+: .* is no path: write one like "/cars"'):
        ModuleRouter(prefix)


def test_guards_without_brackets_are_named_with_their_place() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"test_routers\.py:\d+: guards= takes a list: write guards="):
        ModuleRouter("/cars", guards=Closed)  # type: ignore[arg-type] # the mistake


class Called:
    async def __call__(self) -> None: ...


@pytest.mark.parametrize("handler", [Called(), functools.partial(start, modules=())], ids=["object", "partial"])
def test_what_has_no_name_can_not_have_a_route(handler: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"test_routers\.py:\d+: a \w+ can't have a route: write a function"):
        ModuleRouter("/cars").get("/")(handler)


@pytest.mark.parametrize(
    "decorator", [Guards(Closed), set_metadata("roles", ["admin"]), render("page.html")], ids=["guard", "note", "page"]
)
def test_what_a_router_would_never_see_is_refused(decorator: Callable[[Any], Callable[[], Awaitable[None]]]) -> None:
    cars = ModuleRouter("/cars")

    def logged(function: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        @functools.wraps(function)
        async def call() -> None:
            await function()

        return call

    @logged
    @cars.get("/")
    async def secret() -> None: ...

    with pytest.raises(ImproperlyConfigured, match=r"test_routers\.py:\d+: @\w+ is not seen on .*secret: .* on top$"):
        decorator(secret)

    @cars.get("/on-top")
    @decorator
    @logged
    async def seen() -> None: ...


def test_a_routers_guard_that_is_none_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="write a subclass of"):
        ModuleRouter("/cars", guards=[str])  # type: ignore[list-item] # the mistake


def test_a_method_among_functions_is_named() -> None:
    @get("/")
    async def method(self) -> None: ...  # type: ignore[no-untyped-def] # the mistake

    assert start(method).endswith("list its class in controllers=, or take self out")


def test_unused_render_on_a_websocket_function_is_refused() -> None:
    @ws_route("/")
    @render("page.html")
    async def page(websocket: WebSocket) -> None: ...

    assert "take @render off page" in start(page)
