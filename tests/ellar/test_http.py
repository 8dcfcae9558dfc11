"""HTTP requests: arguments, bodies, guards, answers, errors; on TestClient, and once on a real server."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ellar.app import AppFactory
from ellar.common import (
    APIException,
    Body,
    Controller,
    ControllerBase,
    Cookie,
    GuardCanActivate,
    Guards,
    Header,
    IExecutionContext,
    NotAuthenticated,
    NotFound,
    Path,
    PlainTextResponse,
    Query,
    Response,
    delete,
    get,
    head,
    http_route,
    options,
    patch,
    post,
    put,
)
from ellar.core import Request
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve


class Car(BaseModel):
    name: str
    doors: int = 4


@dataclass
class Point:
    x: int


class Deny(GuardCanActivate):
    def __init__(self, answer: Any = False) -> None:
        self.answer = answer

    async def can_activate(self, context: IExecutionContext) -> bool:
        if isinstance(self.answer, Exception):
            raise self.answer
        context.user = context.switch_to_http_connection().get_request().headers.get("x-user")
        return bool(context.user)


@Controller("/cars")
class CarsController(ControllerBase):
    @get("/")
    async def index(self, limit: int = 10, tag: list[str] = Query([])) -> dict[str, Any]:
        return {"limit": limit, "tag": tag}

    @get("/{number}")
    def by_number(
        self, number: int, request: Request, q: Annotated[str | None, Query(max_length=3)] = None
    ) -> list[Any]:
        return [number, q, request.url.path]

    @post("/")
    async def create(self, car: Car) -> Car:
        return car

    @post("/pair")
    async def pair(self, car: Car = Body(), point: Point = Body()) -> dict[str, Any]:
        return {"car": car, "point": point}

    @post("/perhaps")
    async def perhaps(self, car: Car | None = None) -> Any:
        return car

    @get("/leaky/default")
    async def leaky(self, tag: list[str] = Query([])) -> list[str]:
        tag.append("seen")
        return tag

    @http_route("/both", methods=["put", "patch"])
    async def both(self, user_agent: str = Header(), token: str = Cookie("none")) -> list[str]:
        return [user_agent, token]

    @get("/missing/{number:int}")
    async def missing(self, number: int = Path(gt=1)) -> None:
        raise NotFound(f"no car {number}")

    @get("/plain/response")
    async def plain(self) -> Response:
        return PlainTextResponse("plain", headers={"x-a": "b"})

    @get("/guarded/{kind}")
    @Guards(Deny())
    async def guarded(self) -> Any:
        return self.context.user

    @get("/unknown/user")
    @Guards(Deny(NotAuthenticated("who?")))
    async def unknown(self) -> None: ...

    @get("/bug/here")
    async def bug(self) -> None:
        raise ZeroDivisionError


@pytest.fixture
def client() -> TestClient:
    return Test.create_test_module(controllers=[CarsController]).get_test_client()


def test_query_values_and_lists_have_defaults(client: TestClient) -> None:
    assert client.get("/cars/").json() == {"limit": 10, "tag": []}
    assert client.get("/cars/?limit=3&tag=a&tag=b").json() == {"limit": 3, "tag": ["a", "b"]}


def test_a_sync_handler_takes_path_query_and_request(client: TestClient) -> None:
    assert client.get("/cars/7?q=abc").json() == [7, "abc", "/cars/7"]


def test_all_faults_are_told_at_once(client: TestClient) -> None:
    answer = client.get("/cars/seven?q=abcd")

    assert answer.status_code == 422
    assert [(error["loc"], error["type"]) for error in answer.json()["detail"]] == [
        (["path", "number"], "int_parsing"),
        (["query", "q"], "string_too_long"),
    ]


def test_a_model_is_the_body(client: TestClient) -> None:
    assert client.post("/cars/", json={"name": "Ada"}).json() == {"name": "Ada", "doors": 4}


@pytest.mark.parametrize(
    ("body", "loc"), [("", ["body"]), ("{", ["body"]), ("{}", ["body", "name"]), ('{"name": 1}', ["body", "name"])]
)
def test_a_body_that_does_not_fit_is_a_422_with_its_place(client: TestClient, body: str, loc: list[str]) -> None:
    answer = client.post("/cars/", content=body)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == loc


def test_several_bodies_are_members_by_name(client: TestClient) -> None:
    body = {"car": {"name": "Ada", "doors": 2}, "point": {"x": 1}}

    assert client.post("/cars/pair", json=body).json() == body
    assert client.post("/cars/pair", json={"car": {}}).json()["detail"][0]["loc"] == ["body", "car", "name"]


def test_a_body_may_have_a_default_and_none_is_a_204(client: TestClient) -> None:
    assert client.post("/cars/perhaps").status_code == 204
    assert client.post("/cars/perhaps", json={"name": "Ada"}).json()["name"] == "Ada"


def test_a_route_takes_several_methods_headers_and_cookies(client: TestClient) -> None:
    client.cookies.set("token", "t")

    assert client.put("/cars/both", headers={"user-agent": "me"}).json() == ["me", "t"]
    assert client.patch("/cars/both").status_code == 200
    assert client.post("/cars/both").status_code == 405


def test_an_exception_with_a_status_answers_with_its_detail(client: TestClient) -> None:
    answer = client.get("/cars/missing/7")

    assert (answer.status_code, answer.json()) == (404, {"detail": "no car 7"})
    assert client.get("/cars/missing/1").status_code == 422


def test_a_response_goes_out_as_it_is(client: TestClient) -> None:
    answer = client.get("/cars/plain/response")

    assert (answer.text, answer.headers["x-a"]) == ("plain", "b")


def test_guards_refuse_and_find_the_user(client: TestClient) -> None:
    assert client.get("/cars/guarded/x").json() == {"detail": "Forbidden"}
    assert client.get("/cars/guarded/x").status_code == 403
    assert client.get("/cars/guarded/x", headers={"x-user": "Ada"}).json() == "Ada"
    assert client.get("/cars/unknown/user").json() == {"detail": "who?"}
    assert client.get("/cars/unknown/user").status_code == 401


def test_a_mutable_default_is_each_requests_own(client: TestClient) -> None:
    assert client.get("/cars/leaky/default").json() == client.get("/cars/leaky/default").json() == ["seen"]


@pytest.mark.parametrize("status", [101, 200, 700])
def test_an_exception_with_a_status_that_is_no_error_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match="from 400 to 599"):
        APIException("no", status_code=status)


def test_a_handlers_name_does_not_hide_a_type() -> None:
    @Controller("/")
    class Listing(ControllerBase):
        @get("/")
        async def list(self) -> None: ...

        @get("/tags")
        async def tags(self, tag: list[str] = Query()) -> Any:  # type: ignore[valid-type]  # mypy takes the method
            return tag

    client = Test.create_test_module(controllers=[Listing]).get_test_client()
    assert client.get("/tags?tag=a&tag=b").json() == ["a", "b"]


def test_a_bug_is_raised_by_the_test_client_and_a_500_for_others() -> None:
    app = AppFactory.create_app(controllers=[CarsController])
    with pytest.raises(ZeroDivisionError):
        TestClient(app).get("/cars/bug/here")
    assert TestClient(app, raise_server_exceptions=False).get("/cars/bug/here").status_code == 500


@pytest.mark.parametrize("method", [get, post, put, patch, delete, head, options], ids=lambda method: method.__name__)
def test_each_method_has_its_decorator(method: Any) -> None:
    @Controller("/")
    class One(ControllerBase):
        @method("/")  # type: ignore[untyped-decorator]  # any of them
        async def index(self, request: Request) -> Response:
            return PlainTextResponse("", headers={"x-method": request.method})

    client = Test.create_test_module(controllers=[One]).get_test_client()
    name = method.__name__.upper()
    assert client.request(name, "/").headers["x-method"] == name
    assert client.request("TRACE", "/").status_code == 405


@pytest.mark.parametrize(("setting", "status"), [(True, 200), (False, 404)])
def test_slashes_are_redirected_only_where_the_config_says_so(setting: bool, status: int) -> None:
    module = Test.create_test_module(controllers=[CarsController], config_module={"REDIRECT_SLASHES": setting})

    assert module.get_test_client().get("/cars").status_code == status


def test_an_unknown_path_is_a_404_in_json(client: TestClient) -> None:
    answer = client.get("/nowhere")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


def test_a_real_server_serves_it() -> None:
    app = AppFactory.create_app(controllers=[CarsController])
    with serve(app) as port, urllib.request.urlopen(f"http://127.0.0.1:{port}/cars/7") as answer:
        assert answer.read() == b'[7,null,"/cars/7"]'
