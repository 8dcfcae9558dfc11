"""Models that gather several values of a query string, of headers or cookies, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, ConfigDict, Field, RootModel, model_validator
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

from ellar.common import Controller, ControllerBase, Cookie, Header, Query, get, ws_route
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.testing import Test, TestClient


class Filters(BaseModel):
    limit: int = Field(10, ge=1)
    order: Literal["name", "age"] = "name"
    tags: list[str] = []
    owner: str | None = Field(None, alias="by")

    @model_validator(mode="after")
    def _few_tags(self) -> Filters:
        if len(self.tags) > self.limit:
            raise ValueError("more tags than the limit")
        return self


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = 10


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    limit: int = 10


class Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True)
    page_size: int = 5


class Choice(BaseModel):
    size: int = Field(validation_alias=AliasChoices("size", "s"))


class Named(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=False)
    size: int = Field(alias="s")


@dataclass
class Box:
    width: int
    names: Annotated[list[str] | None, Field(alias="n")] = None
    kinds: list[str] = field(default_factory=list)


@pydantic_dataclass
class Span:
    first: int
    last: int = Field(9, alias="to")


class Place(TypedDict):
    x: int
    y: NotRequired[Annotated[list[int], Field(alias="ys")]]


class Ids(RootModel[str]):
    """One value, though a model."""


class Client(BaseModel):
    user_agent: str
    x_tags: list[str] = []
    request_id: int = Field(0, alias="X-Request-Number")


class Tokens(BaseModel):
    session: str
    seen: list[int] = []


@Controller("/")
class GatheringController(ControllerBase):
    @get("/filters")
    async def filters(self, filters: Filters = Query()) -> Any:
        return filters.model_dump()

    @get("/annotated")
    async def annotated(self, filters: Annotated[Filters, Query()], page: int = 1) -> Any:
        return [filters.model_dump(), page]

    @get("/two")
    async def two(self, filters: Filters = Query(), choice: Choice = Query()) -> Any:
        return [filters.limit, choice.size]

    @get("/optional")
    async def optional(self, filters: Filters | None = Query(None)) -> Any:
        return [filters and filters.model_dump()]

    @get("/default")
    async def default(self, filters: Annotated[Strict, Query()] = Strict(limit=3)) -> Any:  # noqa: B008 # the test
        filters.limit += 1
        return filters.limit

    @get("/strict")
    async def strict(self, strict: Strict = Query(), page: int = 1, kind: str = Query("", alias="k")) -> Any:
        return [strict.limit, page, kind]

    @get("/open")
    async def open(self, values: Open = Query(), page: int = 1) -> Any:
        return [values.model_dump(), page]

    @get("/camel")
    async def camel(self, camel: Camel = Query()) -> Any:
        return camel.page_size

    @get("/choice")
    async def choice(self, choice: Choice = Query()) -> Any:
        return choice.size

    @get("/named")
    async def named(self, named: Named = Query()) -> Any:
        return named.size

    @get("/box")
    async def box(self, box: Box = Query()) -> Any:
        return box

    @get("/span")
    async def span(self, span: Span = Query()) -> Any:
        return [span.first, span.last]

    @get("/place")
    async def place(self, place: Place = Query()) -> Any:
        return place

    @get("/ids")
    async def ids(self, ids: Ids = Query()) -> Any:
        return ids

    @get("/client")
    async def client(self, client: Client = Header()) -> Any:
        return client.model_dump()

    @get("/tokens")
    async def tokens(self, tokens: Tokens = Cookie()) -> Any:
        return tokens

    @ws_route("/live")
    async def live(self, websocket: WebSocket, filters: Filters = Query(), client: Client = Header()) -> None:
        await websocket.accept()
        await websocket.send_json([filters.limit, client.user_agent])


@pytest.fixture(scope="module")
def client() -> TestClient:
    return Test.create_test_module(controllers=[GatheringController]).get_test_client()


FILTERS = {"limit": 10, "order": "name", "tags": [], "owner": None}


@pytest.mark.parametrize(
    ("path", "answered"),
    [
        ("/filters", FILTERS),
        (
            "/filters?limit=2&order=age&tags=a&tags=b&by=Ada",
            {"limit": 2, "order": "age", "tags": ["a", "b"], "owner": "Ada"},
        ),
        ("/filters?owner=Ada&more=x", FILTERS),
        ("/annotated?limit=2&page=3", [{**FILTERS, "limit": 2}, 3]),
        ("/two?limit=2&s=7", [2, 7]),
        ("/optional", [None]),
        ("/optional?limit=2", [{**FILTERS, "limit": 2}]),
        ("/strict?limit=2&page=3&k=a", [2, 3, "a"]),
        ("/open?limit=2&page=3&a=b", [{"limit": 2, "a": "b"}, 3]),
        ("/camel?pageSize=7", 7),
        ("/camel?page_size=7", 7),
        ("/choice?size=7", 7),
        ("/choice?s=7", 7),
        ("/named?size=7", 7),
        ("/box?width=7", {"width": 7, "names": None, "kinds": []}),
        ("/box?width=7&n=a&n=b&kinds=c", {"width": 7, "names": ["a", "b"], "kinds": ["c"]}),
        ("/span?first=1", [1, 9]),
        ("/span?first=1&to=3", [1, 3]),
        ("/place?x=1", {"x": 1}),
        ("/place?x=1&ys=2&ys=3", {"x": 1, "y": [2, 3]}),
        ("/ids?ids=a", "a"),
    ],
)
def test_a_model_gathers_the_query_string(client: TestClient, path: str, answered: Any) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()) == (200, answered)


@pytest.mark.parametrize(
    ("path", "faults"),
    [
        ("/filters?limit=0&order=size", ["query.limit greater_than_equal", "query.order literal_error"]),
        ("/filters?limit=1&tags=a&tags=b", ["query value_error"]),
        ("/annotated?limit=x&page=x", ["query.limit int_parsing", "query.page int_parsing"]),
        ("/two?limit=x", ["query.limit int_parsing", "query.size missing"]),
        ("/strict?limit=2&more=x&other=y", ["query.more extra_forbidden", "query.other extra_forbidden"]),
        ("/box?kinds=a", ["query.width missing"]),
        ("/span?first=1&to=x", ["query.to int_parsing"]),
        ("/place?x=1&ys=2&ys=x", ["query.ys.1 int_parsing"]),
        ("/camel?pageSize=x", ["query.pageSize int_parsing"]),
    ],
)
def test_what_does_not_fit_is_told_by_the_names_that_the_client_knows(
    client: TestClient, path: str, faults: list[str]
) -> None:
    answer = client.get(path)

    assert answer.status_code == 422
    assert told(answer.json()) == faults


def told(answered: Any) -> list[str]:
    return [f"{'.'.join(map(str, fault['loc']))} {fault['type']}" for fault in answered["detail"]]


def test_a_model_by_default_is_each_requests_own(client: TestClient) -> None:
    assert client.get("/default").json() == client.get("/default").json() == 4


def test_a_model_gathers_headers(client: TestClient) -> None:
    headers = [("User-Agent", "me"), ("x-tags", "a"), ("X-Tags", "b"), ("x-request-number", "7")]

    assert client.get("/client", headers=headers).json() == {
        "user_agent": "me",
        "x_tags": ["a", "b"],
        "request_id": 7,
    }
    assert told(client.get("/client", headers={"X-Request-Number": "x"}).json()) == [
        "header.X-Request-Number int_parsing"
    ]


def test_a_missing_header_is_told_by_its_own_name() -> None:
    class Signed(BaseModel):
        x_signed_by: str

    @Controller("/")
    class One(ControllerBase):
        @get("/")
        async def index(self, signed: Signed = Header()) -> None: ...

    assert told(Test.create_test_module(controllers=[One]).get_test_client().get("/").json()) == [
        "header.x-signed-by missing"
    ]


def test_a_model_gathers_cookies(client: TestClient) -> None:
    assert client.get("/tokens", headers={"cookie": "session=s; seen=1; more=x; seen=2"}).json() == {
        "session": "s",
        "seen": [1, 2],
    }
    assert told(client.get("/tokens").json()) == ["cookie.session missing"]


def test_a_websocket_gathers_too(client: TestClient) -> None:
    with client.websocket_connect("/live?limit=2", headers={"user-agent": "me"}) as websocket:
        assert websocket.receive_json() == [2, "me"]
    with client.websocket_connect("/live?limit=0") as websocket:
        assert websocket.receive_json()["errors"][0]["loc"] == ["query", "limit"]


def test_a_field_that_no_single_name_stands_for_is_an_error_at_start() -> None:
    class Deep(BaseModel):
        size: int = Field(validation_alias=AliasPath("sizes", 0))

    @Controller("/")
    class One(ControllerBase):
        @get("/")
        async def index(self, deep: Deep = Query()) -> None: ...

    with pytest.raises(
        ImproperlyConfigured, match=r"as Query, and Deep has an AliasPath at its field 'size': write an"
    ):
        Test.create_test_module(controllers=[One]).create_application()
