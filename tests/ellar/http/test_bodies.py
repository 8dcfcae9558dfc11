"""Bodies of JSON: what they may hold, their content type, their size, and what is said of those that don't fit."""

from __future__ import annotations

import http.client
import logging
import socket
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Receive, Scope, Send
from typing_extensions import TypedDict

from ellar.app import App, AppFactory
from ellar.common import Body, Controller, ControllerBase, GuardCanActivate, Guards, IExecutionContext, Path, post
from ellar.testing import Test, TestClient
from tests.ellar.conftest import serve, until


class Car(BaseModel):
    name: str = Field(min_length=1)
    doors: int = 4


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str


@dataclass
class Point:
    x: int
    y: int = 0


class Place(TypedDict):
    at: Point
    name: str


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Colour(Enum):
    RED = "red"


class Order(BaseModel):
    id: UUID
    at: datetime
    colour: Colour
    cars: list[Car] = []


class Signed(GuardCanActivate):
    """Reads the body before the handler does, as for a webhook's signature."""

    async def can_activate(self, context: IExecutionContext) -> bool:
        return await context.switch_to_http_connection().get_request().body() != b'"forged"'


@Controller("/")
class BodyController(ControllerBase):
    @post("/car")
    async def car(self, car: Car) -> Any:
        return car

    @post("/annotated")
    async def annotated(self, car: Annotated[Car, Body()]) -> Any:
        return car

    @post("/point")
    async def point(self, point: Point = Body()) -> Any:
        return point

    @post("/place")
    async def place(self, place: Place = Body()) -> Any:
        return place

    @post("/cars")
    async def cars(self, cars: list[Car] = Body(max_length=2)) -> Any:
        return cars

    @post("/table")
    async def table(self, table: dict[str, int] = Body()) -> Any:
        return table

    @post("/either")
    async def either(self, thing: Car | int = Body()) -> Any:
        return thing

    @post("/pet")
    async def pet(self, pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Body()) -> Any:
        return pet

    @post("/order")
    async def order(self, order: Order) -> Any:
        return order

    @post("/strict")
    async def strict(self, strict: Strict) -> Any:
        return strict

    @post("/number")
    async def number(self, number: int = Body(ge=1)) -> Any:
        return number

    @post("/anything")
    async def anything(self, thing: Any = Body()) -> Any:
        return [thing]

    @post("/optional")
    async def optional(self, car: Car | None = None) -> Any:
        return [car]

    @post("/default")
    async def default(self, tags: list[str] = Body(["new"])) -> Any:
        tags.append("seen")
        return tags

    @post("/embedded")
    async def embedded(self, car: Car = Body(embed=True)) -> Any:
        return car

    @post("/embedded/annotated")
    async def embedded_annotated(self, car: Annotated[Car | None, Body(embed=True)] = None) -> Any:
        return [car]

    @post("/two/{number}")
    async def two(
        self, number: Annotated[int, Path(gt=0)], car: Car, point: Point = Body(), note: str = Body("", alias="remark")
    ) -> Any:
        return [number, car, point, note]

    @post("/signed")
    @Guards(Signed)
    async def signed(self, word: str = Body()) -> Any:
        return word


@pytest.fixture(scope="module")
def client() -> TestClient:
    return Test.create_test_module(controllers=[BodyController]).get_test_client()


MINI = {"name": "Mini", "doors": 2}


@pytest.mark.parametrize(
    ("path", "sent", "answered"),
    [
        ("/car", MINI, MINI),
        ("/annotated", MINI, MINI),
        ("/point", {"x": 1}, {"x": 1, "y": 0}),
        ("/place", {"at": {"x": 1, "y": 2}, "name": "here"}, {"at": {"x": 1, "y": 2}, "name": "here"}),
        ("/cars", [MINI], [MINI]),
        ("/table", {"a": 1}, {"a": 1}),
        ("/either", 7, 7),
        ("/either", MINI, MINI),
        ("/pet", {"kind": "cat", "lives": 9}, {"kind": "cat", "lives": 9}),
        ("/pet", {"kind": "dog", "name": "Rex"}, {"kind": "dog", "name": "Rex"}),
        ("/number", 1, 1),
        ("/anything", {"a": [None, 1.5, "x"]}, [{"a": [None, 1.5, "x"]}]),
        ("/optional", None, [None]),
        ("/optional", MINI, [MINI]),
        ("/default", ["a"], ["a", "seen"]),
        ("/embedded", {"car": MINI}, MINI),
        ("/embedded/annotated", {"car": MINI}, [MINI]),
        ("/embedded/annotated", {}, [None]),
        ("/two/1", {"car": MINI, "point": {"x": 1}, "remark": "r"}, [1, MINI, {"x": 1, "y": 0}, "r"]),
        ("/signed", "true", "true"),
    ],
)
def test_a_body_of_every_kind_comes_to_the_handler(client: TestClient, path: str, sent: Any, answered: Any) -> None:
    answer = client.post(path, json=sent)

    assert (answer.status_code, answer.json()) == (200, answered)


def test_a_body_has_dates_uuids_and_enums(client: TestClient) -> None:
    order = {
        "id": "12345678-1234-5678-1234-567812345678",
        "at": "2026-01-02T03:04:05Z",
        "colour": "red",
        "cars": [MINI],
    }

    assert client.post("/order", json=order).json() == order


@pytest.mark.parametrize(
    ("path", "sent", "faults"),
    [
        ("/car", {"name": "", "doors": "x"}, [("body.name", "string_too_short"), ("body.doors", "int_parsing")]),
        ("/car", [], [("body", "model_type")]),
        ("/point", {"x": "x"}, [("body.x", "int_parsing")]),
        ("/place", {"at": {}}, [("body.at.x", "missing"), ("body.name", "missing")]),
        ("/cars", [MINI] * 3, [("body", "too_long")]),
        ("/cars", [MINI, {}], [("body.1.name", "missing")]),
        ("/table", {"a": "x"}, [("body.a", "int_parsing")]),
        ("/pet", {"kind": "cow"}, [("body", "union_tag_invalid")]),
        ("/pet", {"kind": "cat"}, [("body.cat.lives", "missing")]),
        ("/strict", {"name": "a", "b": 1}, [("body.b", "extra_forbidden")]),
        ("/number", 0, [("body", "greater_than_equal")]),
        ("/embedded", MINI, [("body.car", "missing")]),
        (
            "/two/0",
            {"car": {}},
            [("path.number", "greater_than"), ("body.car.name", "missing"), ("body.point", "missing")],
        ),
        ("/cars", [{}] * 2000, [("body", "too_long")]),
    ],
)
def test_all_that_does_not_fit_is_told_with_its_place(
    client: TestClient, path: str, sent: Any, faults: list[tuple[str, str]]
) -> None:
    answer = client.post(path, json=sent)

    assert answer.status_code == 422
    assert _faults(answer.json()) == faults


def _faults(answered: Any) -> list[tuple[str, str]]:
    assert all(set(fault) == {"loc", "msg", "type"} for fault in answered["detail"])
    return [(".".join(map(str, fault["loc"])), fault["type"]) for fault in answered["detail"]]


def test_ten_faults_are_told_and_of_a_thousand_only_how_many() -> None:
    @Controller("/")
    class Cars(ControllerBase):
        @post("/cars")
        async def cars(self, cars: list[Car] = Body(), number: int = 0) -> None: ...

    client = Test.create_test_module(controllers=[Cars]).get_test_client()
    assert len(client.post("/cars?number=x", json=[{}] * 1000).json()["detail"]) == 10
    assert client.post("/cars", json=[{}] * 1001).json()["detail"] == [
        {"loc": ["body"], "msg": "1001 values do not fit", "type": "too_many_errors"}
    ]


@pytest.mark.parametrize("path", ["/car", "/number", "/anything"])
def test_no_body_is_missing(client: TestClient, path: str) -> None:
    answer = client.post(path)

    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"loc": ["body"], "msg": "Field required", "type": "missing"}]


def test_no_body_lacks_each_of_its_members(client: TestClient) -> None:
    assert _faults(client.post("/two/1").json()) == [("body.car", "missing"), ("body.point", "missing")]


def test_no_body_is_the_default_of_each_request(client: TestClient) -> None:
    assert client.post("/optional").json() == [None]
    assert client.post("/embedded/annotated").json() == [None]
    assert client.post("/default").json() == client.post("/default").json() == ["new", "seen"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"name":\n "Mini",}', "trailing comma at line 2 column 9"),
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (b"\xff", "expected value at line 1 column 1"),
        (b'"\xff"', "invalid unicode code point at line 1 column 2"),
        (b'"\x00"', "control character (\\u0000-\\u001F) found while parsing a string at line 1 column 2"),
        (b"\x00", "expected value at line 1 column 1"),
        (b'"\\ud800"', "unexpected end of hex escape at line 1 column 8"),
        (b"9" * 5000, "number out of range at line 1 column 4302"),
        (b"[" * 100_000, "recursion limit exceeded at line 1 column 202"),
        (b"name=Mini", "expected ident at line 1 column 2"),
    ],
)
@pytest.mark.parametrize("path", ["/anything", "/car", "/two/1"])
def test_json_that_does_not_parse_is_a_422_with_its_place(
    client: TestClient, path: str, content: bytes, said: str
) -> None:
    answer = client.post(path, content=content, headers={"content-type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["detail"] == [{"loc": ["body"], "msg": f"Invalid JSON: {said}", "type": "json_invalid"}]


JSON_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "Application/JSON",
    "application/problem+json",
    "application/vnd.api+json;v=1",
]


@pytest.mark.parametrize("content_type", JSON_TYPES)
def test_every_kind_of_json_is_taken(client: TestClient, content_type: str) -> None:
    assert client.post("/car", content='{"name": "a"}', headers={"content-type": content_type}).status_code == 200


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonp", "json", ""]
)
def test_what_is_no_json_by_its_type_is_a_415(client: TestClient, content_type: str) -> None:
    answer = client.post("/car", content='{"name": "a"}', headers={"content-type": content_type})

    assert (answer.status_code, answer.json()) == (415, {"detail": "The body must be application/json"})


def test_a_body_without_a_type_is_taken_for_json(client: TestClient) -> None:
    assert client.post("/car", content=b'{"name": "a"}').status_code == 200


def test_no_body_needs_no_type(client: TestClient) -> None:
    assert client.post("/optional", headers={"content-type": "text/plain"}).json() == [None]


def test_a_guard_may_read_the_body_first(client: TestClient) -> None:
    assert client.post("/signed", json="forged").status_code == 403
    assert client.post("/signed", json="fine").json() == "fine"


def small() -> App:
    return AppFactory.create_app(controllers=[BodyController], config_module={"MAX_BODY_SIZE": 100})


TOO_LARGE = {"detail": "The body may have 100 bytes at most"}


@pytest.mark.parametrize("path", ["/anything", "/two/1", "/signed"])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_over_the_limit_is_a_413(path: str, streamed: bool) -> None:
    content = [b'"', b"a" * 99, b'"']
    answer = TestClient(small()).post(path, content=iter(content) if streamed else b"".join(content))

    assert (answer.status_code, answer.json()) == (413, TOO_LARGE)


def test_a_body_of_the_limit_is_taken() -> None:
    assert TestClient(small()).post("/anything", content=b'"' + b"a" * 98 + b'"').status_code == 200


def test_the_limit_is_a_mebibyte_unless_the_config_says_otherwise(client: TestClient) -> None:
    content = b'"' + b"a" * (1024 * 1024 - 2) + b'"'

    assert client.post("/anything", content=content).status_code == 200
    assert client.post("/anything", content=content + b" ").status_code == 413


def test_a_server_answers_by_the_length_without_waiting_for_the_body() -> None:
    with serve(small()) as port, closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
        client.sendall(b"POST /car HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_a_server_answers_within_a_stream_that_does_not_end() -> None:
    with serve(small()) as port, closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
        client.sendall(b"POST /car HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.sendall(b"40\r\n" + b"a" * 64 + b"\r\n")
        client.sendall(b"40\r\n" + b"a" * 64 + b"\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("http_version", ["h11", "httptools"])
def test_a_client_that_sends_all_of_too_much_reads_the_answer(http_version: str) -> None:
    with serve(small(), http=http_version) as port:
        for content in (b"a" * 5_000_000, iter([b"a" * 50_000] * 100)):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("POST", "/car", content)
                assert connection.getresponse().status == 413


def test_a_client_that_leaves_within_its_body_is_no_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    app, ended = small(), list[str]()

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        ended.append(scope["type"])

    with serve(noted) as port:
        with closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
            client.sendall(b"POST /car HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{")
        until(lambda: "http" in ended)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info] == []
