import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router, WebSocketRoute

from ellar.answering import ANY_HOST
from ellar.inspection import RouteInfo, table_of
from ellar_cli.errors import UsageError
from ellar_cli.routes.matching import found, near, read


async def page(request: Request) -> Response:
    return PlainTextResponse("page")


def table(*routes: BaseRoute) -> list[RouteInfo]:
    read = table_of(Starlette(routes=list(routes)))
    assert read is not None
    return read


ROUTES = table(
    Route("/cars/{name}", page, methods=["GET", "PUT"]),
    WebSocketRoute("/cars/{name}", page),
    Route("/cars/{number:int}/wheels", page),
    Route("/{path:path}", page, methods=["GET", "DELETE"]),
)


@pytest.mark.parametrize(
    ("typed", "ways", "host", "path"),
    [
        ("/cars/7", ("HTTP", "WS"), ANY_HOST, "/cars/7"),
        ("cars/7", ("HTTP", "WS"), ANY_HOST, "/cars/7"),
        ("  post   /cars/7?a=b#c ", ("POST",), ANY_HOST, "/cars/7"),
        ("WS /cars/7", ("WS",), ANY_HOST, "/cars/7"),
        ("http://localhost:8000/cars/a%20b", ("HTTP",), "localhost:8000", "/cars/a b"),
        ("wss://api.example.org/live", ("WS",), "api.example.org", "/live"),
        ("DELETE https://example.org", ("DELETE",), "example.org", "/"),
    ],
)
def test_address_is_read_as_a_browser_shows_it(typed: str, ways: tuple[str, ...], host: str, path: str) -> None:
    asked = read(typed)
    assert (asked.ways, asked.host, asked.path) == (ways, host, path)


@pytest.mark.parametrize("typed", ["", "GET POST /cars", "/a b", "ftp://example.org/x", "http://[x/", "7 /c", "car x"])
def test_what_is_no_address_is_refused_by_one_line(typed: str) -> None:
    with pytest.raises(UsageError, match=r"^--match cannot be .*; write it like /car/, or 'POST /car/'$"):
        read(typed)


def test_path_alone_asks_in_every_way() -> None:
    answers = found(ROUTES, read("/cars/7"))
    assert [(one.methods, one.route.path, one.parameters) for one in answers] == [
        (("GET", "PUT"), "/cars/{name}", {"name": "7"}),
        (("DELETE",), "/{path:path}", {"path": "cars/7"}),
        (("WS",), "/cars/{name}", {"name": "7"}),
    ]
    assert [info.path for info in answers[0].hides] == ["/{path:path}"]


def test_head_is_answered_where_it_is_asked_for() -> None:
    assert [one.methods for one in found(ROUTES, read("HEAD /cars/7"))] == [("HEAD",)]


def test_application_that_has_no_such_route_is_not_there() -> None:
    routes = table(Mount("/shop", Router([Route("/cars", page)])), Mount("/raw", PlainTextResponse("raw")))
    assert [one.is_there for one in found(routes, read("GET /shop/car"))] == [False]
    assert [one.is_there for one in found(routes, read("GET /raw/car"))] == [True]


def test_near_takes_what_was_typed_for_any_parameter() -> None:
    routes = table(Route("/cars/{number:int}/wheels", page), Route("/cars/{name}", page), Route("/docs", page))
    assert [info.path for info in near(routes, read("/cars/7/wheel"))] == ["/cars/{number:int}/wheels", "/cars/{name}"]
    assert near(routes, read("/elsewhere")) == []


def test_redirect_is_to_the_other_slash_and_never_for_a_websocket() -> None:
    assert (read("/cars").redirected.path, read("/cars/").redirected.path) == ("/cars/", "/cars")
    assert (read("/cars").redirected.ways, read("WS /cars").redirected.ways) == (("HTTP",), ())
