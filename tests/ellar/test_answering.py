"""Which route answers, and which never does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.convertors import CONVERTOR_TYPES, Convertor
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute
from starlette.testclient import TestClient

from ellar.answering import Answer, answer, hidden_by
from ellar.inspection import RouteInfo, table_of


async def page(request: Request) -> Response:
    return PlainTextResponse(request.scope.get("path_params", {}).get("path", "page"))


def http(path: str, *methods: str) -> Route:
    return Route(path, page, methods=methods or ["GET"], name=path)


def ws(path: str) -> WebSocketRoute:
    return WebSocketRoute(path, page, name=path)


def read(*routes: BaseRoute) -> list[RouteInfo]:
    found = table_of(Starlette(routes=list(routes)))
    assert found is not None
    return found


def hidden(*routes: BaseRoute) -> list[tuple[str, str]]:
    return [(one.route.path, one.by.path) for one in hidden_by(read(*routes))]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/cars/{name}", "/cars/new"),
        ("/cars/{name}", "/cars/{number:int}"),
        ("/cars/{price:float}", "/cars/{number:int}"),
        ("/cars/{name}", "/cars/{key:uuid}"),
        ("/cars/{path:path}", "/cars/{name}"),
        ("/cars/{path:path}", "/cars/a/{b}/c"),
        ("/{path:path}", "/{other:path}"),
        ("/{a}/{b}", "/cars/new"),
        ("/cars/{name}", "/cars/{name}.json"),
        ("/cars/{a}", "/cars/{b}"),
    ],
)
def test_route_is_hidden_by_an_earlier_one_that_takes_all_its_paths(first: str, second: str) -> None:
    assert hidden(http(first), http(second)) == [(second, first)]
    assert hidden(ws(first), ws(second)) == [(second, first)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/cars/new", "/cars/{name}"),
        ("/cars/{number:int}", "/cars/{name}"),
        ("/cars/{number:int}", "/cars/{price:float}"),
        ("/cars/{key:uuid}", "/cars/{name}"),
        ("/cars/{name}", "/cars/{path:path}"),
        ("/{a}/{b}/{c}", "/{path:path}"),
        ("/cars/{name}.json", "/cars/{name}"),
        ("/cars/{name}", "/cars/"),
        ("/cars", "/cars/"),
    ],
)
def test_route_with_paths_of_its_own_is_not_hidden(first: str, second: str) -> None:
    assert hidden(http(first), http(second)) == []


def test_websocket_and_request_do_not_hide_each_other() -> None:
    assert hidden(http("/{name}"), ws("/live"), http("/later", "POST")) == []


def test_one_of_two_methods_may_be_hidden() -> None:
    (one,) = hidden_by(read(http("/{name}"), http("/cars", "GET", "POST")))
    assert (one.methods, one.is_whole) == (("GET",), False)
    (one,) = hidden_by(read(http("/{name}", "GET", "POST"), http("/cars", "GET", "POST")))
    assert (one.methods, one.is_whole) == (("GET", "POST"), True)


def test_two_routes_may_hide_one_together() -> None:
    found = hidden_by(read(http("/{a}"), http("/{b}", "POST"), http("/cars", "GET", "POST")))
    assert [(one.by.path, one.methods, one.is_whole) for one in found] == [
        ("/{a}", ("GET",), False),
        ("/{b}", ("POST",), False),
    ]


def test_mount_hides_what_is_below_it_and_is_hidden_in_part_by_a_catch_all() -> None:
    assert hidden(Mount("/files", Router([])), http("/files/{name}"), http("/files")) == [("/files/{name}", "/files")]
    assert hidden(http("/files/{name}"), Mount("/files", Router([]))) == []
    (one,) = hidden_by(read(http("/{path:path}"), Mount("/files", Router([]))))
    assert (one.route.path, one.methods, one.is_whole) == ("/files", ("GET",), False)


def test_thousands_of_routes_are_told_apart_by_where_they_are() -> None:
    modules = [[http(f"/api/m{n}/{{item}}"), ws(f"/api/m{n}/live"), http(f"/api/m{n}/new")] for n in range(300)]
    assert hidden(*(route for module in modules for route in module)) == [
        (f"/api/m{n}/new", f"/api/m{n}/{{item}}") for n in range(300)
    ]


def test_routes_of_a_mounted_application_hide_each_other() -> None:
    inner = Router([http("/{name}"), http("/new")])
    assert hidden(Mount("/cars/{garage}", inner)) == [("/cars/{garage}/new", "/cars/{garage}/{name}")]
    assert hidden(http("/cars/b/{x}"), Mount("/cars/b", Router([http("/new")]))) == [
        ("/cars/b/new", "/cars/b/{x}"),
    ]


def test_host_hides_nothing_of_other_hosts() -> None:
    assert hidden(Host("api.example.org", Router([http("/cars")])), http("/cars")) == []
    assert hidden(Host("{any}", Router([])), http("/cars")) == [("/cars", "")]


def test_parameters_of_the_applications_own_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Day(Convertor[date]):
        regex = "[0-9-]+"

        def convert(self, value: str) -> date:
            return date.fromisoformat(value)

        def to_string(self, value: date) -> str:
            return value.isoformat()

    class Never(Convertor[Any]):
        regex = "x{3}"

        def convert(self, value: str) -> str:
            return value

        def to_string(self, value: Any) -> str:
            return str(value)

    monkeypatch.setitem(CONVERTOR_TYPES, "day", Day())
    monkeypatch.setitem(CONVERTOR_TYPES, "never", Never())
    assert hidden(http("/{any}"), http("/{day:day}")) == [("/{day:day}", "/{any}")]
    assert hidden(http("/{day:day}"), http("/{any}"), http("/{number:int}")) == []
    assert hidden(http("/{any}"), http("/{never:never}")) == []


def test_answer_names_the_parameters_and_what_it_hides() -> None:
    routes = read(http("/cars/{number:int}"), http("/cars/{name}"), ws("/cars/{name}"), http("/{path:path}"))
    found = answer(routes, "GET", "/cars/7")
    assert found == Answer(routes[0], {"number": 7}, (routes[1], routes[3]))
    assert answer(routes, "WS", "/cars/7") == Answer(routes[2], {"name": "7"}, ())
    assert answer(routes, "POST", "/cars/7") is None


def test_answer_goes_into_mounted_applications() -> None:
    inner = Router([http("/{name}"), http("/new")])
    routes = read(Mount("/cars/{garage}", inner), Host("{user}.example.org", Router([ws("/live")])))
    found = answer(routes, "GET", "/cars/b/new")
    assert found is not None
    assert (found.route.path, found.parameters) == ("/cars/{garage}/{name}", {"garage": "b", "name": "new"})
    assert [info.path for info in found.hides] == ["/cars/{garage}/new"]
    elsewhere = answer(routes, "GET", "/cars/b/new/old")
    assert elsewhere is not None
    assert (elsewhere.route.kind, elsewhere.route.path) == ("MOUNT", "/cars/{garage}")
    live = answer(routes, "WS", "/live", host="ada.example.org")
    assert live is not None
    assert live.parameters == {"user": "ada"}


def test_hidden_routes_are_those_that_a_server_never_calls() -> None:
    routes = [http("/{a}/{b}"), http("/cars/{n:int}"), http("/x"), http("/{path:path}"), http("/cars/new/{k:uuid}")]
    found = {one.route.path for one in hidden_by(read(*routes))}
    called: set[str] = set()

    def naming(route: Route) -> Route:
        async def endpoint(request: Request) -> Response:
            called.add(route.path)
            return PlainTextResponse("")

        return Route(route.path, endpoint)

    client = TestClient(Starlette(routes=[naming(route) for route in routes]))
    for path in ("/cars/7", "/a/b", "/x", "/cars/new/3f2504e0-4f89-41d3-9a0c-0305e82c3301", "/", "/a/b/c"):
        client.get(path)
    assert called == {route.path for route in routes} - found
