"""What a request brings: path, query, headers, cookies and bodies become a handler's arguments, or a 4xx."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from ellar.common import Body, Controller, ControllerBase, Cookie, Header, Query, get, http_route, post
from ellar.core import Request
from ellar.testing import Test, TestClient


class Car(BaseModel):
    name: str
    doors: int = 4


@dataclass
class Point:
    x: int


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


def test_a_mutable_default_is_each_requests_own(client: TestClient) -> None:
    assert client.get("/cars/leaky/default").json() == client.get("/cars/leaky/default").json() == ["seen"]


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
