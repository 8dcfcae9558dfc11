"""Answers: filtered by `response=`, with a status, with what is set on an injected response, with tasks, as events."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Mount

from ellar.common import (
    BackgroundTasks,
    FileResponse,
    ModuleRouter,
    RedirectResponse,
    Response,
    ServerSentEvent,
    ServerSentEvents,
    StreamingResponse,
)
from tests.typing.accepted.controllers import Car, Garage

answers = ModuleRouter("/answers")
mounted = Mount("/mounted", Starlette(), name="mounted")


@answers.get("/filtered", name="filtered", response=Car)
async def filtered() -> dict[str, str]:
    return {"name": "Mini"}


@answers.post("/made", response={201: Car, 404: dict[str, str], 204: None})
async def made(response: Response, tasks: BackgroundTasks, garage: Garage) -> tuple[int, Car] | None:
    response.headers["x-count"] = str(len(garage.cars))
    response.set_cookie("made", "yes", httponly=True)
    tasks.add_task(garage.cars.clear)
    return 201, Car(name="Mini")


@answers.get("/events")
async def events(ping: float | None = None) -> ServerSentEvents:
    async def made_up() -> AsyncIterator[str | Car | ServerSentEvent]:
        yield "text"
        yield Car(name="Mini")
        yield ServerSentEvent([1], event="list", id="1", retry=100)

    return ServerSentEvents(made_up(), ping, headers={"x-a": "b"})


@answers.http_route("/other", methods=["GET", "POST"], response=list[Car] | None)
def other(kind: int = 0) -> RedirectResponse | FileResponse | StreamingResponse:
    if kind == 1:
        return FileResponse(__file__)
    return RedirectResponse("/", 303) if kind == 2 else StreamingResponse(["a", "b"])
