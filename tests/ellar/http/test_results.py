"""What a handler returns, and what leaves: by its kind, by `(status, body)`, filtered by `response=`."""

from __future__ import annotations

import logging
import sys
import typing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from ellar.app import AppFactory
from ellar.common import HTMLResponse, ModuleRouter, get, http_route, post, render
from ellar.core import ImproperlyConfigured, Request
from ellar.declared import declared_routes
from ellar.modules import walk
from ellar.responses import ResponseValidationError
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve
from tests.ellar.http.asking import ask


class Car(BaseModel):
    name: str
    seats: int = Field(default=4, alias="seatCount")


class Stolen(Car):
    secret: str = "key"


class Problem(BaseModel):
    title: str


@dataclass
class Point:
    x: int


@dataclass
class Marked(Point):
    secret: str = "key"


class Size(TypedDict):
    width: int


class Standard(typing.TypedDict):
    width: int


class Pair(NamedTuple):
    first: int
    second: int


class Row:
    """What an ORM gives: attributes, and more of them than a client may see."""

    def __init__(self) -> None:
        self.name, self.seats, self.secret = "Mini", 2, "key"


MINI = {"name": "Mini", "seatCount": 4}


def client_of(result: Any, response: Any = None, **options: Any) -> TestClient:
    """A client of an application whose `/` returns this, or raises it."""

    @get("/", response=response)
    async def index() -> Any:
        return result

    app = AppFactory.create_app(routers=[index])
    return TestClient(app, **options)


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"a": [1, None]}, 200, '{"a":[1,null]}'),
        ([1, 2], 200, "[1,2]"),
        ("text", 200, '"text"'),
        ("", 200, '""'),
        (7, 200, "7"),
        (False, 200, "false"),
        (float("nan"), 200, "null"),
        (Car(name="Mini"), 200, '{"name":"Mini","seatCount":4}'),
        (Point(1), 200, '{"x":1}'),
        (Size(width=1), 200, '{"width":1}'),
        (Pair(200, 2), 200, "[200,2]"),
        ((1, 2, 3), 200, "[1,2,3]"),
        ((True, 2), 200, "[true,2]"),
        (("a", "b"), 200, '["a","b"]'),
        (None, 204, ""),
        ((201, Car(name="Mini")), 201, '{"name":"Mini","seatCount":4}'),
        ((HTTPStatus.CREATED, [1]), 201, "[1]"),
        ((404, None), 404, ""),
        ((204, {"ignored": True}), 204, ""),
        ((304, "ignored"), 304, ""),
        ((200, (1, 2)), 200, "[1,2]"),
    ],
    ids=repr,
)
def test_a_result_leaves_with_its_status_and_json(result: Any, status: int, body: str) -> None:
    answer = client_of(result).get("/")

    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers.get("content-type") == ("application/json" if body else None)


def test_a_number_that_is_no_status_is_a_bug_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"\(7, \.\.\.\) begins with no status from 200 to 599: return a list"):
        client_of((7, "days")).get("/")


def test_what_has_no_json_is_a_bug() -> None:
    with pytest.raises(ValueError, match="Unable to serialize"):
        client_of(Row()).get("/")


# response=


@pytest.mark.parametrize(
    ("response", "result", "left"),
    [
        (Car, Stolen(name="Mini"), MINI),
        (Car, {"name": "Mini", "secret": "key"}, MINI),
        (Car, {"name": "Mini", "seats": 4}, MINI),
        (Car, {"name": "Mini", "seatCount": "4"}, MINI),
        (Car, Row(), {"name": "Mini", "seatCount": 2}),
        (Car, (201, Stolen(name="Mini")), MINI),
        (list[Car], [Row(), Stolen(name="Mini")], [{"name": "Mini", "seatCount": 2}, MINI]),
        (dict[str, Car], {"a": Stolen(name="Mini")}, {"a": MINI}),
        (Car | None, None, None),
        (Point, Marked(1), {"x": 1}),
        (Size, {"width": 1, "secret": "key"}, {"width": 1}),
        (tuple[int, int], [200, 2], [200, 2]),
        (Car, (404, {"secret": "told"}), {"secret": "told"}),
        ({200: Car, 404: Problem}, (404, {"title": "gone", "secret": "key"}), {"title": "gone"}),
        ({200: Car, 404: Problem}, Stolen(name="Mini"), MINI),
    ],
    ids=repr,
)
def test_response_filters_what_leaves(response: Any, result: Any, left: Any) -> None:
    assert client_of(result, response).get("/").json() == left


@pytest.mark.parametrize(
    ("response", "result", "status"),
    [
        ({201: Car, 404: Problem}, Car(name="Mini"), 201),
        ({404: Problem, 202: Car, 201: Car}, Car(name="Mini"), 202),
        ({404: Problem}, {"any": 1}, 200),
        ({200: Car, 204: None}, None, 204),
        ({404: Problem}, (204, None), 204),
    ],
    ids=repr,
)
def test_a_mapping_says_the_status_of_a_bare_result(response: Any, result: Any, status: int) -> None:
    assert client_of(result, response).get("/").status_code == status


def test_a_success_that_the_mapping_does_not_name_is_a_bug() -> None:
    with pytest.raises(ResponseValidationError, match=r"index returned 201, for which its response= has no type"):
        client_of((201, {"secret": "told"}), {200: Car}).get("/")


def test_a_response_is_not_filtered() -> None:
    assert client_of(HTMLResponse("<p>"), Car).get("/").text == "<p>"


broken = Car(name="Mini")
object.__setattr__(broken, "__dict__", {"name": "Mini", "seats": "secret"})


@pytest.mark.parametrize("result", [{"seats": "secret"}, None, Row.__new__(Row), broken], ids=repr)
def test_what_does_not_fit_is_a_500_that_tells_the_client_nothing(
    result: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_of(result, Car)

    with serve(client.app) as port, caplog.at_level(logging.ERROR):
        answer = TestClient(client.app, raise_server_exceptions=False).get("/")
        over_http = ask(port)

    assert answer.status_code == over_http.status == 500
    for body in (answer.text, over_http.text):
        assert "Mini" not in body
        assert "secret" not in body
        assert "Car" not in body
    tracebacks = [record for record in caplog.records if record.exc_info]
    assert len(tracebacks) == 2, "one for each request"
    assert "secret" not in caplog.text


def test_the_error_of_what_does_not_fit_names_handler_and_field() -> None:
    with pytest.raises(Exception, match=r"test_results\.py:\d+: \S*index returned .* response=: name: Field required"):
        client_of({"seats": "secret"}, Car).get("/")


def test_a_router_and_several_methods_filter_too() -> None:
    router = ModuleRouter("/cars")

    @router.put("/", response=Car)
    async def replace() -> Stolen:
        return Stolen(name="Mini")

    @router.http_route("/", methods=["get", "POST"], response={200: Car})
    async def show() -> Stolen:
        return Stolen(name="Mini")

    client = Test.create_test_module(routers=[router]).get_test_client()

    assert [client.request(method, "/cars/").json() for method in ("PUT", "GET", "POST")] == [MINI] * 3


def test_a_page_leaves_with_its_status(tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "form.html").write_text("{{ fault }}")
    (tmp_path / "forms.py").write_text(
        "from ellar.common import get, render\n\n"
        "@get('/')\n@render('form.html')\nasync def form():\n    return 422, {'fault': 'no name'}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import forms  # type: ignore[import-not-found] # made above

    answer = Test.create_test_module(routers=[forms.form]).get_test_client().get("/")

    assert (answer.status_code, answer.text) == (422, "no name")


def test_a_forward_reference_is_resolved() -> None:
    class Tree(BaseModel):
        name: str
        children: list[Tree] = []

    left = {"name": "root", "children": [{"name": "leaf", "children": []}]}

    assert client_of({**left, "secret": 1}, Tree).get("/").json() == left


# What is kept for those who describe the routes


def test_types_by_status_and_the_return_annotation_are_kept() -> None:
    class Local(BaseModel): ...

    @post("/", response={201: Car, 404: Problem})
    async def create(request: Request) -> Local:
        return Local()

    @get("/", response=Car)
    def show() -> Elsewhere:  # type: ignore[name-defined] # noqa: F821 # as under TYPE_CHECKING
        raise NotImplementedError

    module = Test.create_test_module(routers=[create, show])
    created, shown = declared_routes(walk(module._root), ())

    assert created.spec.responses == {201: Car, 404: Problem}  # type: ignore[union-attr] # no websocket
    assert created.returns is Local
    assert shown.spec.responses == {200: Car}  # type: ignore[union-attr] # no websocket
    assert shown.returns is not Local


# What is wrong with a declaration


def start(response: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        client_of(None, response)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{__file__}:")
    return str(caught.value)


@pytest.mark.parametrize("response", [Row, HTMLResponse, {200: list[Row]}], ids=repr)
def test_a_response_that_is_no_type_of_values_is_named(response: Any) -> None:
    assert start(response).endswith(", which has no JSON: write a model or a dataclass")


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="there it is fine")
def test_a_typed_dict_that_pydantic_does_not_take_is_named() -> None:
    assert "has response=Standard: Please use `typing_extensions.TypedDict`" in start(Standard)


def test_a_type_that_names_what_is_not_there_is_named() -> None:
    class Tree(BaseModel):
        leaf: Nowhere  # type: ignore[name-defined] # noqa: F821 # the mistake

    assert start(Tree).endswith("Tree: name 'Nowhere' is not defined")


@pytest.mark.parametrize("status", [True, "200", 99, 600])
def test_a_response_by_what_is_no_status_is_named(status: Any) -> None:
    assert start({status: Car}).endswith(f"has response={{{status!r}: ...}}: write a status from 200 to 599")


def test_a_page_with_a_response_is_named() -> None:
    @get("/", response=Car)
    @render("page.html")
    async def page() -> None: ...

    with pytest.raises(ImproperlyConfigured, match="page renders a page, which no response= filters: take it out"):
        AppFactory.create_app(routers=[page])


@pytest.mark.parametrize("methods", ["GET", []])
def test_methods_that_are_no_list_are_named(methods: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"is no list of methods: write \[\"GET\"\]"):
        http_route("/", methods=methods)(lambda: None)
