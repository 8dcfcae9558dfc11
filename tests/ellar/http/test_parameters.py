"""Every kind of parameter in both styles: types, lists, defaults, aliases, constraints; and wrong declarations."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import pytest
from pydantic import AfterValidator, BaseModel, Field, Json
from starlette.datastructures import UploadFile as StarletteUploadFile

from ellar.app import App, AppFactory
from ellar.common import Body, Cookie, File, Form, Header, Path, Query, UploadFile, WsBody, get, post, ws_route
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.testing import Test, TestClient

MARKERS: dict[str, Callable[..., Any]] = {
    "path": Path,
    "query": Query,
    "header": Header,
    "cookie": Cookie,
    "form": Form,
}
SOURCES = list(MARKERS)
MISSING = object()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1


def handler(kind: Any, default: Any = MISSING) -> Callable[..., Any]:
    """Answers with the one value that it takes."""

    async def show(value):  # type: ignore[no-untyped-def]  # its type is what the tests are about
        return [value]

    show.__annotations__ = {"value": kind}
    show.__defaults__ = None if default is MISSING else (default,)
    return show


def declared(source: str, style: str, kind: Any, default: Any = MISSING, **more: Any) -> TestClient:
    """An application whose only handler takes such a parameter."""
    if style == "default":
        arguments = () if default is MISSING else (default,)
        taking = handler(kind, MARKERS[source](*arguments, **more))
    else:
        taking = handler(Annotated[kind, MARKERS[source](**more)], default)
    route = post("/") if source == "form" else get("/{value}" if source == "path" else "/")
    return TestClient(app_of(route(taking)))


def app_of(*routes: Any) -> App:
    return AppFactory.create_app(routers=routes)


def send(client: TestClient, source: str, *values: str, name: str = "value") -> tuple[int, Any]:
    """The status, and the value that came to the handler or what is said to be wrong."""
    if source == "path":
        answer = client.get(f"/{quote(values[0], safe='')}")
    elif source == "query":
        answer = client.get("/", params=[(name, value) for value in values])
    elif source == "header":
        answer = client.get("/", headers=[(name, value) for value in values])
    elif source == "cookie":
        answer = client.get("/", headers={"cookie": "; ".join(f"{name}={value}" for value in values)} if values else {})
    else:
        answer = client.post("/", data={name: list(values)})
    if answer.status_code == 200:
        return 200, answer.json()[0]
    return answer.status_code, [(".".join(map(str, one["loc"])), one["type"]) for one in answer.json()["detail"]]


def place(source: str, name: str = "value") -> str:
    return f"{'body' if source == 'form' else source}.{name}"


IDENTITY = "12345678-1234-5678-1234-567812345678"
KINDS: list[tuple[Any, str, Any, str, str]] = [
    (str, "a b", "a b", "", ""),
    (int, "7", 7, "7.5", "int_parsing"),
    (int, "-7", -7, "9" * 5000, "int_parsing_size"),
    (float, "1.5", 1.5, "x", "float_parsing"),
    (bool, "true", True, "perhaps", "bool_parsing"),
    (Decimal, "1.20", "1.20", "x", "decimal_parsing"),
    (datetime, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", "today", "datetime_from_date_parsing"),
    (date, "2026-01-02", "2026-01-02", "2026-02-30", "date_from_datetime_parsing"),
    (time, "03:04:05", "03:04:05", "25:00", "time_parsing"),
    (timedelta, "PT1H", "PT1H", "x", "time_delta_parsing"),
    (UUID, IDENTITY, IDENTITY, "12345678", "uuid_parsing"),
    (Colour, "red", "red", "green", "enum"),
    (Level, "1", 1, "2", "enum"),
    (Literal["a", "b"], "b", "b", "c", "literal_error"),
    (int | None, "7", 7, "x", "int_parsing"),
    (Colour | None, "blue", "blue", "x", "enum"),
    (int | str, "x", "x", "", ""),
    (Annotated[int, Field(gt=3)], "4", 4, "3", "greater_than"),
    (Annotated[str, AfterValidator(str.upper)], "a", "A", "", ""),
    (Any, "x", "x", "", ""),
]


@pytest.mark.parametrize("style", ["default", "annotated"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("kind", "raw", "value", "wrong", "fault"), KINDS, ids=lambda value: str(value)[:20])
def test_a_value_of_every_type_comes_from_every_place(
    kind: Any, raw: str, value: Any, wrong: str, fault: str, source: str, style: str
) -> None:
    client = declared(source, style, kind)

    assert send(client, source, raw) == (200, value)
    if wrong:
        assert send(client, source, wrong) == (422, [(place(source), fault)])


@pytest.mark.parametrize("style", ["default", "annotated"])
@pytest.mark.parametrize("source", [source for source in SOURCES if source != "path"])
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (list[int], [1, 2, 2]),
        (set[int], [1, 2]),
        (tuple[int, ...], [1, 2, 2]),
        (Sequence[int], [1, 2, 2]),
        (list[int] | None, [1, 2, 2]),
        (list, ["1", "2", "2"]),
        (list[Colour | int], [1, 2, 2]),
    ],
    ids=str,
)
def test_a_list_comes_from_every_place(kind: Any, value: Any, source: str, style: str) -> None:
    client = declared(source, style, kind)

    assert send(client, source, "1", "2", "2") == (200, value)
    assert send(client, source) == (422, [(place(source), "missing")])


@pytest.mark.parametrize("source", [source for source in SOURCES if source != "path"])
def test_the_place_in_a_list_is_told(source: str) -> None:
    assert send(declared(source, "default", list[int]), source, "1", "x") == (
        422,
        [(f"{place(source)}.1", "int_parsing")],
    )


@pytest.mark.parametrize("style", ["default", "annotated"])
@pytest.mark.parametrize("source", [source for source in SOURCES if source != "path"])
@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        (int, 3, 3),
        (int | None, None, None),
        (list[int], [], []),
        (Colour, Colour.RED, "red"),
        (datetime, datetime(2026, 1, 2), "2026-01-02T00:00:00"),
        (str, "", ""),
    ],
    ids=str,
)
def test_a_default_stands_for_what_is_not_there(kind: Any, default: Any, value: Any, source: str, style: str) -> None:
    client = declared(source, style, kind, default)

    assert send(client, source) == (200, value)
    assert send(declared(source, style, kind), source) == (422, [(place(source), "missing")])


@pytest.mark.parametrize("style", ["default", "annotated"])
@pytest.mark.parametrize("source", [source for source in SOURCES if source != "path"])
def test_an_alias_is_the_name_for_the_client(source: str, style: str) -> None:
    client = declared(source, style, int, alias="X-Value")

    assert send(client, source, "7", name="X-Value") == (200, 7)
    assert send(client, source, "7") == (422, [(place(source, "X-Value"), "missing")])


@pytest.mark.parametrize("style", ["default", "annotated"])
def test_an_alias_names_a_part_of_the_path(style: str) -> None:
    taking = handler(int, Path(alias="number")) if style == "default" else handler(Annotated[int, Path(alias="number")])
    client = TestClient(app_of(get("/{number}")(taking)))

    assert client.get("/7").json() == [7]


@pytest.mark.parametrize("style", ["default", "annotated"])
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("kind", "constraint", "fits", "wrong", "fault"),
    [
        (int, {"gt": 3}, "4", "3", "greater_than"),
        (int, {"ge": 3}, "3", "2", "greater_than_equal"),
        (float, {"lt": 3}, "2.5", "3", "less_than"),
        (float, {"le": 3}, "3", "3.5", "less_than_equal"),
        (str, {"min_length": 2}, "ab", "a", "string_too_short"),
        (str, {"max_length": 2}, "ab", "abc", "string_too_long"),
        (str, {"pattern": "^a+$"}, "aa", "b", "string_pattern_mismatch"),
    ],
    ids=str,
)
def test_a_constraint_is_held(
    kind: Any, constraint: dict[str, Any], fits: str, wrong: str, fault: str, source: str, style: str
) -> None:
    client = declared(source, style, kind, **constraint)

    assert send(client, source, fits)[0] == 200
    assert send(client, source, wrong) == (422, [(place(source), fault)])


@pytest.mark.parametrize("source", ["query", "header"])
def test_a_constraint_of_a_list_is_held(source: str) -> None:
    client = declared(source, "default", list[int], max_length=2)

    assert send(client, source, "1", "2", "3") == (422, [(place(source), "too_long")])


@pytest.mark.parametrize(
    ("path", "kind", "sent", "status"),
    [
        ("/{value}", str, "/a%20b", 200),
        ("/{value}", str, "/a/b", 404),
        ("/{value:path}", str, "/a/b", 200),
        ("/{value:int}", int, "/7", 200),
        ("/{value:int}", int, "/x", 404),
        ("/{value:int}", int, "/" + "9" * 5000, 422),
        ("/{value:int}", Level, "/1", 200),
        ("/{value:float}", float, "/1.5", 200),
        ("/{value:float}", Decimal, "/1.5", 200),
        ("/{value:float}", float, "/x", 404),
        ("/{value:uuid}", UUID, f"/{IDENTITY}", 200),
        ("/{value:uuid}", UUID, "/7", 404),
        ("/{value}", str, "/%ff%00", 200),
    ],
)
def test_a_path_has_converters(path: str, kind: Any, sent: str, status: int) -> None:
    assert TestClient(app_of(get(path)(handler(kind)))).get(sent).status_code == status


class Car(BaseModel):
    name: str


@dataclass
class Point:
    x: int


def taking(**kinds: Any) -> Callable[..., Any]:
    """A handler of these parameters: their types, or their types and defaults."""
    names = tuple(kinds)
    code = handler(int).__code__.replace(co_argcount=len(names), co_varnames=names, co_nlocals=len(names))
    made = types.FunctionType(code, globals(), "show")
    made.__annotations__ = {name: kind[0] if isinstance(kind, tuple) else kind for name, kind in kinds.items()}
    made.__defaults__ = tuple(kind[1] for kind in kinds.values() if isinstance(kind, tuple))
    return made


def test_a_websockets_path_has_them_too() -> None:
    client = TestClient(app_of(ws_route("/{value:int}")(taking(websocket=WebSocket, value=int))))
    with client.websocket_connect("/" + "9" * 5000) as websocket:
        assert websocket.receive_json()["errors"][0]["type"] == "int_parsing_size"


@pytest.mark.parametrize(
    ("route", "kinds", "said"),
    [
        (
            post("/"),
            {"car": Car, "name": (str, Form())},
            "'name' as Form and 'car' as Body, and a request has one body:",
        ),
        (
            post("/"),
            {"photo": UploadFile, "car": (Car, Body())},
            "'photo' as File and 'car' as Body, and a request has",
        ),
        (
            post("/"),
            {"photo": (StarletteUploadFile, File())},
            "'photo' as Starlette's UploadFile: import ellar.common.",
        ),
        (
            post("/"),
            {"photo": StarletteUploadFile},
            "'photo' as Starlette's UploadFile: import ellar.common.UploadFile",
        ),
        (post("/"), {"photo": (UploadFile, Form())}, "'photo' as Form, and it is a file: write File()"),
        (post("/"), {"photos": (list[UploadFile], Form())}, "'photos' as Form, and it is a file: write File()"),
        (post("/"), {"photo": (str, File())}, "'photo' as File, which gives UploadFile or bytes: write one of them"),
        (
            post("/"),
            {"photo": (dict[str, UploadFile], File())},
            "'photo' as File, which gives UploadFile or bytes: write",
        ),
        (get("/{tags}"), {"tags": list[str]}, "'tags' from the path as a list, and a path has one: take one"),
        (get("/{n:int}"), {"n": str}, "'n' as str, and the path gives an int: write n: int, or {n} in the path"),
        (get("/{n:uuid}"), {"n": str}, "'n' as str, and the path gives a UUID: write n: UUID, or {n} in the path"),
        (get("/{n:float}"), {"n": str}, "'n' as str, and the path gives a float: write n: float, or {n} in the path"),
        (ws_route("/"), {"name": (str, Form())}, "'name' as Form, which a websocket has not: write WsBody()"),
        (ws_route("/"), {"photo": (UploadFile, File())}, "'photo' as File, which a websocket has not: write WsBody()"),
        (ws_route("/"), {"photo": UploadFile}, "'photo' as File, which a websocket has not: write WsBody()"),
        (ws_route("/"), {"car": (Car, Body())}, "'car' as Body, which a websocket has not: write WsBody()"),
        (post("/"), {"car": (Car, WsBody())}, "'car' as WsBody, which a request has not: write Body()"),
        (
            get("/"),
            {"table": (dict[str, int], Query())},
            "'table' as Query, where each value is a text: take a model, whose",
        ),
        (
            get("/"),
            {"cars": (list[Car], Header())},
            "'cars' as Header, where each value is a text: take a model, whose",
        ),
        (
            post("/"),
            {"table": (dict[str, int], Form())},
            "'table' as Form, where each value is a text: take a model, whose",
        ),
        (get("/{car}"), {"car": Car}, "'car' as Path, where each value is a text: take a plain type"),
        (post("/"), {"cars": list[Car]}, "'cars' and says not from where: write Body(), Query() or Inject[...]"),
    ],
)
def test_a_wrong_declaration_is_an_error_at_start(route: Any, kinds: dict[str, Any], said: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        app_of(route(taking(**kinds)))

    assert f"show takes {said}" in str(caught.value)
    assert str(caught.value).startswith(f"{__file__}:")


def test_a_dataclass_that_nobody_provides_may_have_been_meant_as_the_body() -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"which nobody provides: .*, or write Body\(\) where a client sends it$"
    ):
        app_of(post("/")(taking(point=Point)))


def test_a_text_of_json_may_be_a_dict() -> None:
    client = declared("query", "default", Json[dict[str, int]])

    assert send(client, "query", '{"a": 1}') == (200, {"a": 1})


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        (lambda: Query("", ge=2), "whose constraints do not go with its type: Unable to apply constraint 'ge'"),
        (lambda: Query("", pattern="["), "whose constraints can't be read: error: unclosed character class"),
        (lambda: Body("", ge=2), "whose constraints do not go with its type: Unable to apply constraint 'ge'"),
    ],
    ids=["other type", "broken pattern", "body"],
)
def test_constraints_that_cannot_hold_are_an_error_at_start(marker: Callable[[], Any], told: str) -> None:
    @get("/")
    async def index(text: str = marker()) -> None: ...

    with pytest.raises(ImproperlyConfigured) as caught:
        Test.create_test_module(routers=[index]).create_application()

    assert str(caught.value).startswith(f"{__file__}:")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", ["10 MB", 0, True])
def test_a_files_size_is_a_number_of_bytes(size: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"test_parameters\.py:\d+: File\(max_size=.*a number of bytes"):
        File(max_size=size)
