"""Routes beside each other: which one answers, what is allowed at a path, and what they are called."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    ModuleRouter,
    PlainTextResponse,
    Response,
    delete,
    get,
    head,
    post,
    put,
    ws_route,
)
from ellar.core import ImproperlyConfigured, Request, WebSocket
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve
from tests.ellar.http.asking import ask


@Controller("/cars")
class CarController(ControllerBase):
    @get("/")
    async def index(self, request: Request) -> str:
        return str(request.url_for("show", number=7))

    @post("/")
    async def create(self) -> None: ...

    @get("/new")
    async def form(self) -> None: ...

    @get("/{number}", name="show")
    async def one(self, number: int) -> int:
        return number

    @delete("/{number}")
    async def remove(self, number: int) -> None: ...

    @put("/{number:int}")
    async def replace(self, number: int) -> None: ...

    @ws_route("/live", name="live")
    async def live(self, websocket: WebSocket) -> None: ...


@pytest.fixture
def client() -> TestClient:
    return Test.create_test_module(controllers=[CarController]).get_test_client()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/cars/", "GET, HEAD, POST"),
        ("PATCH", "/cars/7", "DELETE, GET, HEAD, PUT"),
        ("PATCH", "/cars/seven", "DELETE, GET, HEAD"),
        ("PUT", "/cars/new", "DELETE, GET, HEAD"),
        ("OPTIONS", "/cars/7", "DELETE, GET, HEAD, PUT"),
        ("BREW", "/cars/7", "DELETE, GET, HEAD, PUT"),
    ],
)
def test_a_405_names_the_methods_of_all_routes_of_the_path(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)

    assert (answer.status_code, answer.json()) == (405, {"detail": "Method Not Allowed"})
    assert answer.headers["allow"] == allowed


def test_a_websockets_path_is_no_page(client: TestClient) -> None:
    assert client.post("/cars/live").status_code == 405  # of /cars/{number}
    assert client.get("/live").status_code == 404


def test_the_routes_of_an_application_are_those_that_were_declared() -> None:
    app = AppFactory.create_app(controllers=[CarController])

    assert [getattr(route, "path", None) for route in app.routes] == [
        "/cars/",
        "/cars/",
        "/cars/new",
        "/cars/{number}",
        "/cars/{number}",
        "/cars/{number:int}",
        "/cars/live",
    ]


def test_a_slash_is_still_added_where_only_another_method_is_there() -> None:
    module = Test.create_test_module(controllers=[CarController], config_module={"REDIRECT_SLASHES": True})

    answer = module.get_test_client().delete("/cars", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (307, "http://testserver/cars/")


# HEAD


def test_head_is_get_without_its_body() -> None:
    with serve(AppFactory.create_app(controllers=[CarController])) as port:
        shown, headers_alone = ask(port, "/cars/7"), ask(port, "/cars/7", "HEAD")

    assert (shown.status, shown.body) == (200, b"7")
    assert (headers_alone.status, headers_alone.body) == (200, b"")
    assert headers_alone.headers["content-length"] == "1"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_head_of_its_own_answers_instead(is_first: bool) -> None:
    @get("/{number}")
    async def show(number: int) -> int:
        return number

    @head("/{name}")
    async def look(name: str) -> Response:
        return PlainTextResponse("", headers={"x-looked": name})

    routers = [look, show] if is_first else [show, look]
    client = Test.create_test_module(routers=routers).get_test_client()

    assert client.head("/7").headers["x-looked"] == "7"
    assert client.get("/7").json() == 7
    assert client.put("/7").headers["allow"] == "GET, HEAD"


# Names


def test_a_route_is_found_by_its_name(client: TestClient) -> None:
    assert client.get("/cars/").json() == "http://testserver/cars/7"


def test_a_websockets_url_has_its_scheme() -> None:
    @get("/")
    async def index(request: Request) -> str:
        return str(request.url_for("live"))

    module = Test.create_test_module(controllers=[CarController], routers=[index])

    assert module.get_test_client().get("/").json() == "ws://testserver/cars/live"


def test_a_functions_name_may_be_that_of_another_but_a_written_name_wins() -> None:
    first, second = ModuleRouter("/first"), ModuleRouter("/second")

    @first.get("/")
    async def index(request: Request) -> list[str]:
        return [str(request.url_for(name)) for name in ("index", "other")]

    @second.get("/", name="index")
    async def other() -> None: ...

    @second.get("/more", name="other")
    async def index2() -> None: ...

    client = Test.create_test_module(routers=[first, second]).get_test_client()

    assert client.get("/first/").json() == ["http://testserver/second/", "http://testserver/second/more"]


def test_two_routes_with_one_written_name_are_named() -> None:
    @get("/a", name="car")
    async def one() -> None: ...

    @get("/b", name="car")
    async def two() -> None: ...

    with pytest.raises(ImproperlyConfigured) as caught:
        AppFactory.create_app(routers=[one, two])

    assert str(caught.value).startswith(f"{__file__}:")
    assert "two has name='car', and so has" in str(caught.value)
    assert str(caught.value).endswith("which is at another path: write another name")


def test_one_name_for_the_methods_of_one_path_is_fine() -> None:
    @get("/a", name="car")
    async def one() -> None: ...

    @put("/a", name="car")
    async def two() -> None: ...

    app = AppFactory.create_app(routers=[one, two])

    assert [route.name for route in app.routes if isinstance(route, Route)] == ["car", "car"]


def test_url_for_tells_controllers_apart_that_have_functions_of_one_name() -> None:
    def having(prefix: str) -> type[ControllerBase]:
        async def index(self: ControllerBase, request: Request) -> list[str]:
            return [request.url_for(name).path for name in ("index", "CarController.index", "VanController.index")]

        return Controller(prefix)(
            type(f"{prefix[1:].title()}Controller", (ControllerBase,), {"index": get("/")(index)})
        )

    client = Test.create_test_module(controllers=[having("/car"), having("/van")]).get_test_client()

    assert client.get("/van/").json() == ["/car/", "/car/", "/van/"]
