"""Mistakes that docs/http.md tells of."""

from __future__ import annotations

from ellar.common import Controller, ControllerBase, Path, WsBody, get, post
from tests.docs.mistakes import start


def make_path_without_slash() -> None:
    @Controller("cars")
    class CarController(ControllerBase): ...


def make_route_without_a_path() -> None:
    async def show(controller: ControllerBase) -> None: ...

    get(show)  # type: ignore[arg-type]  # the mistake


def make_parameter_without_place() -> None:
    @Controller("/cars")
    class CarController(ControllerBase):
        @get("/")
        async def show(self, number: int = Path()) -> None: ...

    start(CarController)


def make_dict_from_nowhere() -> None:
    @Controller("/cars")
    class CarController(ControllerBase):
        @get("/")
        async def show(self, values: dict[str, str]) -> None: ...

    start(CarController)


def make_message_of_a_request() -> None:
    @Controller("/cars")
    class CarController(ControllerBase):
        @get("/")
        async def show(self, car: str = WsBody()) -> None: ...

    start(CarController)


def make_two_methods_of_one_name() -> None:
    class CarController(ControllerBase):
        @get("/")
        async def show(self) -> None: ...

        @get("/all")  # type: ignore[no-redef]  # the mistake
        async def show(self) -> None: ...  # noqa: F811  # the mistake


def make_two_routes_of_one_function() -> None:
    class CarController(ControllerBase):
        @get("/")
        @post("/")
        async def show(self) -> None: ...
