"""Mistakes that docs/http-input.md tells of."""

from __future__ import annotations

from pydantic import AliasPath, BaseModel, Field
from starlette.datastructures import UploadFile as StarletteUploadFile

from ellar.common import Body, Controller, ControllerBase, File, Form, Query, UploadFile, get, post, ws_route
from tests.docs.mistakes import start


def make_form_beside_json() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @post("/")
        async def park(self, car: dict[str, str] = Body(), name: str = Form()) -> None: ...

    start(GarageController)


def make_file_as_a_field() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @post("/")
        async def park(self, photo: UploadFile = Form()) -> None: ...

    start(GarageController)


def make_text_as_a_file() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @post("/")
        async def park(self, photo: str = File()) -> None: ...

    start(GarageController)


def make_file_of_starlette() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @post("/")
        async def park(self, photo: StarletteUploadFile = File()) -> None: ...

    start(GarageController)


def make_list_of_the_path() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @get("/{numbers}")
        async def show(self, numbers: list[int]) -> None: ...

    start(GarageController)


def make_text_of_a_number() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @get("/{number:int}")
        async def show(self, number: str) -> None: ...

    start(GarageController)


def make_dict_of_a_query_string() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @get("/")
        async def show(self, wheels: dict[str, int] = Query()) -> None: ...

    start(GarageController)


def make_path_into_a_query_string() -> None:
    class Car(BaseModel):
        doors: int = Field(validation_alias=AliasPath("doors", 0))

    @Controller("/garage")
    class GarageController(ControllerBase):
        @get("/")
        async def show(self, car: Car = Query()) -> None: ...

    start(GarageController)


def make_file_of_a_websocket() -> None:
    @Controller("/garage")
    class GarageController(ControllerBase):
        @ws_route("/live")
        async def live(self, photo: UploadFile) -> None: ...

    start(GarageController)
