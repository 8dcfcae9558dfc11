"""Mistakes that docs/errors.md tells of."""

from __future__ import annotations

from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, IExecutionContext, Module, exception_handler
from ellar.core import ModuleBase
from ellar.di import injectable, request_scope


class CarMissing(Exception): ...


@injectable(scope=request_scope)
class Session: ...


def make_handler_of_a_success() -> None:
    class CarModule(ModuleBase):
        @exception_handler(200)
        async def on_missing(self) -> None: ...


def make_two_handlers_of_one_class() -> None:
    @Module()
    class CarModule(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self) -> None: ...

        @exception_handler(CarMissing)
        async def again(self) -> None: ...

    AppFactory.create_from_app_module(CarModule)


def make_handler_of_another_class() -> None:
    @Module()
    class CarModule(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, error: KeyError) -> None: ...

    AppFactory.create_from_app_module(CarModule)


def make_handler_with_a_context() -> None:
    @Module()
    class CarModule(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, context: IExecutionContext) -> None: ...

    AppFactory.create_from_app_module(CarModule)


def make_handler_with_a_session() -> None:
    @Module(providers=[Session])
    class CarModule(ModuleBase):
        @exception_handler(CarMissing)
        async def on_missing(self, session: Session) -> None: ...

    AppFactory.create_from_app_module(CarModule)


def make_handler_of_a_controller() -> None:
    @Controller("/cars")
    class CarController(ControllerBase):
        @exception_handler(CarMissing)
        async def on_missing(self) -> None: ...

    AppFactory.create_app(controllers=[CarController])
