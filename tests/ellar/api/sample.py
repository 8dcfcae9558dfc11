"""An application with every kind of parameter, body and answer, for what describes it and tries it out."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ellar.app import App
from ellar.common import (
    Body,
    Controller,
    ControllerBase,
    Cookie,
    File,
    Form,
    GuardCanActivate,
    Guards,
    Header,
    HTMLResponse,
    IExecutionContext,
    Module,
    ModuleRouter,
    NotFound,
    Path,
    Query,
    RedirectResponse,
    ServerSentEvents,
    UploadFile,
    WsBody,
    delete,
    get,
    head,
    http_route,
    patch,
    post,
    put,
    ws_route,
)
from ellar.core import ModuleBase, WebSocket
from ellar.security import (
    APIKeyCookieGuard,
    APIKeyHeaderGuard,
    APIKeyQueryGuard,
    BasicCredentials,
    BasicGuard,
    BearerGuard,
    SessionGuard,
    SubprotocolGuard,
)


class Color(Enum):
    """What it is painted with."""

    RED = "red"
    BLUE = "blue"


class Car(BaseModel):
    """A car, as it is parked."""

    name: str = Field(min_length=1, max_length=50, description="What it is called")
    seats: int = Field(default=4, ge=1, le=9)
    color: Color | None = None
    built: date | None = None


class Parked(Car):
    """A car in its place."""

    number: int


class Problem(BaseModel):
    detail: str


class Filters(BaseModel):
    """What a search may ask for."""

    limit: int = Field(default=10, ge=1, le=100)
    color: list[Color] = Field(default_factory=list, description="One of these")
    before: datetime | None = None


class Trace(BaseModel):
    x_trace: str | None = Field(default=None, max_length=20)
    x_hops: int = 0


@dataclass
class Point:
    x: float
    y: float


class Circle(BaseModel):
    kind: Literal["circle"]
    center: Point
    radius: Decimal


class Square(BaseModel):
    kind: Literal["square"]
    corners: tuple[Point, Point]


Shape = Annotated[Circle | Square, Field(discriminator="kind")]


class Node(BaseModel):
    """Holds others of its kind."""

    name: str
    inside: list[Node] = Field(default_factory=list)


class Profile(BaseModel):
    """A form whose fields are gathered."""

    model_config = ConfigDict(extra="forbid")
    nick: str = Field(alias="nick-name", min_length=2)
    age: int | None = Field(default=None, ge=0)
    tags: list[str] = Field(default_factory=list)


def is_right(given: str) -> bool:
    return secrets.compare_digest(given.encode(), b"s3cret")


class Token(BearerGuard):
    """The token that the login gives."""

    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        return "Ada" if is_right(token) else None


class Person(BasicGuard):
    async def authenticate(self, credentials: BasicCredentials, context: IExecutionContext) -> str | None:
        return credentials.username if is_right(credentials.password) else None


class Key(APIKeyHeaderGuard):
    name = "X-Shop-Key"

    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return "shop" if is_right(key) else None


class QueryKey(APIKeyQueryGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return "shop" if is_right(key) else None


class CookieKey(APIKeyCookieGuard):
    async def authenticate(self, key: str, context: IExecutionContext) -> str | None:
        return "shop" if is_right(key) else None


class Member(SessionGuard):
    async def authenticate(self, session: Mapping[str, Any], context: IExecutionContext) -> object:
        return session.get("user")


class PageToken(SubprotocolGuard):
    async def authenticate(self, token: str, context: IExecutionContext) -> str | None:
        return "Ada" if is_right(token) else None


class Weekdays(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return context.switch_to_http_connection().get_client().query_params.get("day") != "sunday"


@Controller("/cars")
class CarController(ControllerBase):
    """Cars and their places."""

    @get("/")
    async def search(self, filters: Filters = Query()) -> list[Car]:
        """Find cars.

        The newest come first.
        """
        return [Car(name="Mini", color=color) for color in filters.color][: filters.limit]

    @post("/", response={201: Parked, 409: Problem})
    async def park(self, car: Car = Body()) -> tuple[int, object]:
        """Park a car."""
        if car.name == "taken":
            return 409, Problem(detail="Its place is taken")
        return 201, {"number": 1, **car.model_dump()}

    @get("/{number:int}", response=Parked)
    async def show(self, number: int = Path(le=10**6)) -> dict[str, Any]:
        if number > 9:
            raise NotFound(f"There is no car {number}")
        return {"number": number, "name": "Mini"}

    @put("/{key}")
    async def replace(self, key: int, car: Car = Body(), note: str | None = Body(None, max_length=10)) -> Parked:
        return Parked(number=key, **car.model_dump())

    @patch("/{number}")
    async def paint(self, number: int, color: Color = Body(embed=True)) -> Car | None:
        return Car(name="Mini", color=color) if number else None

    @delete("/{number}")
    def drive_off(self, number: int) -> None: ...

    @head("/{number}/stamp")
    async def stamp(self, number: UUID) -> None: ...

    @http_route("/{name:path}/notes", methods=["GET", "POST"])
    async def notes(self, name: str) -> str:
        return name


@Controller("/kinds")
class KindsController(ControllerBase):
    @get("/query")
    async def query(
        self,
        number: int,
        ratio: float = Query(0.5, gt=0, lt=1),
        wanted: bool = False,
        ids: list[int] = Query([], max_length=5),
        color: Color | None = None,
        at: datetime | None = None,
        word: Annotated[str, Query(alias="w", pattern="^[a-z]*$")] = "",
    ) -> dict[str, Any]:
        return {"number": number, "ids": ids, "word": word}

    @get("/headers")
    async def headers(self, x_count: int = Header(1), x_tag: list[str] = Header([]), trace: Trace = Header()) -> int:
        return x_count + trace.x_hops

    @get("/cookies")
    async def cookies(self, theme: Literal["light", "dark"] = Cookie("light"), size: int | None = Cookie(None)) -> str:
        return theme

    @post("/shape")
    async def shape(self, shape: Shape = Body()) -> Shape:
        return shape

    @post("/points")
    async def points(self, points: list[Point] = Body(max_length=3)) -> list[Point]:
        return points

    @post("/node")
    async def node(self, node: Node | None = Body(None)) -> Node | None:
        return node

    @post("/either")
    async def either(
        self, value: int | str | list[bool] = Body()
    ) -> tuple[Literal[200], int] | tuple[Literal[202], str]:
        return (200, value) if isinstance(value, int) else (202, str(value))

    @post("/form")
    async def form(self, name: str = Form(min_length=1), age: int = Form(18, ge=0), tag: list[str] = Form([])) -> str:
        return f"{name} {age} {tag}"

    @post("/profile")
    async def profile(self, profile: Profile = Form()) -> Profile:
        return profile

    @post("/files")
    async def files(
        self,
        picture: UploadFile = File(max_size=1000),
        more: list[UploadFile] = File([]),
        raw: bytes = File(b""),
        title: str = Form(""),
    ) -> dict[str, int]:
        return {"size": picture.size or 0, "more": len(more), "raw": len(raw)}

    @get("/page")
    async def page(self) -> HTMLResponse:
        return HTMLResponse("<p>hello</p>")

    @get("/elsewhere")
    async def elsewhere(self) -> RedirectResponse:
        return RedirectResponse("/kinds/page")

    @get("/events")
    async def events(self) -> ServerSentEvents:
        async def counted() -> AsyncIterator[int]:
            yield 1

        return ServerSentEvents(counted())

    @get("/day")
    @Guards(Weekdays)
    async def day(self) -> str:
        return "open"


router = ModuleRouter("/safe")


@router.get("/token")
@Guards(Token)
async def token() -> str:
    """Say who has the token."""
    return "Ada"


@router.get("/person")
@Guards(Person)
async def person(context: IExecutionContext) -> str:
    return str(context.user)


@router.get("/key")
@Guards(Key, QueryKey)
async def key() -> str:
    return "both"


@router.get("/cookie")
@Guards(CookieKey)
async def cookie() -> str:
    return "cookie"


@router.get("/member")
@Guards(Member)
async def member() -> str:
    return "member"


class Say(BaseModel):
    """Say something to all."""

    kind: Literal["say"]
    text: str = Field(max_length=200)


class Move(BaseModel):
    kind: Literal["move"]
    to: tuple[int, int]


@Controller("/live")
class LiveController(ControllerBase):
    """What happens right now."""

    @ws_route("/rooms/{room}", use_extra_handler=True)
    @Guards(PageToken)
    async def room(
        self,
        websocket: WebSocket,
        room: Annotated[str, Path(description="Its name")],
        event: Annotated[Say | Move, WsBody(), Field(discriminator="kind")],
        since: int = Query(0, ge=0),
        x_device: str | None = Header(None),
        theme: str = Cookie("light"),
    ) -> None:
        """Talk in a room.

        Everybody hears it.
        """
        await websocket.send_json({"room": room, "event": event.kind, "since": since})

    @ws_route.connect(room)
    async def enter(self, websocket: WebSocket, name: str = Query()) -> None:
        await websocket.accept()

    @ws_route("/text", use_extra_handler=True, encoding="text")
    async def text(self, websocket: WebSocket, line: str = WsBody(max_length=10)) -> None:
        await websocket.send_text(line.upper())

    @ws_route("/parts", use_extra_handler=True)
    async def parts(self, websocket: WebSocket, word: str = WsBody(), times: int = WsBody(1, ge=1, le=9)) -> None:
        await websocket.send_json([word] * times)

    @ws_route("/raw")
    async def raw(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())


@Module(controllers=[CarController, KindsController, LiveController], routers=[router])
class SampleModule(ModuleBase):
    """Everything that there is."""


app = App(
    SampleModule,
    config_module={
        "DEBUG": True,
        "SECRET_KEY": "sample",
        "SESSION_COOKIE_NAME": "session",
        "API_TITLE": "Sample",
        "API_VERSION": "1.2.3",
    },
)
