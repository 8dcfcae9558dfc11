"""Requests: handlers that take parameters of every kind, written as a default and by `Annotated`."""

from typing import Annotated, Any

from pydantic import BaseModel

from ellar.common import (
    Body,
    Controller,
    ControllerBase,
    Cookie,
    Header,
    IExecutionContext,
    Inject,
    JSONResponse,
    NotFound,
    Path,
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
    render,
)
from ellar.core import Request
from ellar.di import injectable


class Car(BaseModel):
    name: str
    doors: int = 4


@injectable
class Garage:
    def __init__(self) -> None:
        self.cars: dict[int, Car] = {}

    def car(self, number: int) -> Car:
        try:
            return self.cars[number]
        except KeyError:
            raise NotFound(f"no car {number}") from None


@Controller("/cars")
class CarsController(ControllerBase):
    def __init__(self, garage: Garage) -> None:
        self.garage = garage

    @get("/ws-index", name="page")
    @render("ws-index.html")
    async def ws_index(self) -> dict[str, Any]:
        return {"user": self.context.user}

    @get("/")
    async def index(
        self,
        garage: Inject[Garage],
        spare: Inject[Garage | None] = None,
        limit: int = Query(10, ge=1, le=100),
        tag: Annotated[list[str] | None, Query(alias="t")] = None,
        user_agent: str = Header("none"),
        seat: Annotated[str, Cookie(min_length=1)] = "1",
    ) -> list[Car]:
        found = [*garage.cars.values(), *(spare.cars.values() if spare else ())]
        return [car for car in found if tag is None or car.name in tag or car.name == seat + user_agent][:limit]

    @get("/{number}")
    def by_number(self, number: Annotated[int, Path(gt=0)], request: Request) -> Car:
        assert request.url.path
        return self.garage.car(number)

    @post("/")
    async def create(self, car: Car, context: IExecutionContext) -> Response:
        path = context.switch_to_http_connection().get_request().url.path
        return JSONResponse(car.model_dump(), 201, {"location": f"{path}/{len(self.garage.cars)}"})

    @put("/{number}")
    async def replace(self, number: int = Path(), car: Car = Body(), note: str = Body("")) -> None:
        self.garage.cars[number] = car if note else Car(name=note)

    @patch("/{number}")
    async def rename(self, number: int, name: Annotated[str, Body()]) -> Car:
        return Car(name=name, doors=self.garage.car(number).doors)

    @delete("/{number}")
    async def scrap(self, number: int) -> None:
        del self.garage.cars[number]

    @head("/{number}/parts")
    async def parts(self, number: int) -> None: ...

    @options("/{number}/parts")
    async def parts_options(self, number: int) -> None: ...

    @http_route("/any", methods=["GET", "POST"])
    async def any_of(self) -> None: ...

    async def by_hand(self) -> int:
        """Decorators leave a method as it is."""
        cars: list[Car] = await self.index(self.garage, limit=1, tag=["a"])
        one: Car = self.by_number(1, Request({"type": "http"}))
        return len(cars) + one.doors
