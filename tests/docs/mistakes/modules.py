"""Mistakes that docs/modules.md tells of."""

from __future__ import annotations

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    Module,
    get,
)
from ellar.core import ModuleBase
from ellar.di import injectable, request_scope
from tests.docs.mistakes import start


@Controller("/car")
class CarController(ControllerBase):
    @get("")
    async def index(self) -> None: ...


def make_circle_of_modules() -> None:
    class CarModule(ModuleBase): ...

    @Module(modules=[CarModule])
    class ShopModule(ModuleBase): ...

    Module(modules=[ShopModule])(CarModule)
    start(modules=[CarModule])


def make_module_without_decorator() -> None:
    class CarModule(ModuleBase): ...

    @Module(modules=[CarModule])
    class ApplicationModule(ModuleBase): ...

    AppFactory.create_from_app_module(ApplicationModule)


def make_module_without_base() -> None:
    @Module()
    class CarModule: ...


def make_controller_in_two_modules() -> None:
    @Module(controllers=[CarController])
    class CarModule(ModuleBase): ...

    @Module(controllers=[CarController])
    class ShopModule(ModuleBase): ...

    start(modules=[CarModule, ShopModule])


def make_controller_without_decorator() -> None:
    class CarController(ControllerBase): ...

    start(CarController)


def make_export_of_nothing() -> None:
    class Prices: ...

    @Module(exports=[Prices])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_no_route() -> None:
    def state() -> None: ...

    @Module(routers=[state])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_method_as_a_router() -> None:
    class CarController(ControllerBase):
        @get("/")
        async def names(self) -> None: ...

    @Module(routers=[CarController.names])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def make_path_of_two_controllers() -> None:
    @Controller("/car")
    class ShopController(ControllerBase):
        @get("")
        async def index(self) -> None: ...

    start(CarController, ShopController)


def make_hook_of_a_request() -> None:
    @injectable(scope=request_scope)
    class Cursor: ...

    @Module(providers=[Cursor])
    class CarModule(ModuleBase):
        async def on_startup(self, cursor: Cursor) -> None: ...

    start(modules=[CarModule])
