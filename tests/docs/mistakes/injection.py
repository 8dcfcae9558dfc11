"""Mistakes that docs/injection.md tells of."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from ellar.common import (
    Controller,
    ControllerBase,
    Module,
    get,
    ws_route,
)
from ellar.core import ModuleBase, Request
from ellar.di import ProviderConfig, injectable, request_scope
from tests.docs.mistakes import start


class Prices: ...


class Till:
    def __init__(self, prices: Prices) -> None: ...


def shop(*providers: Any, **listed: Any) -> None:
    @Controller("/shop")
    class ShopController(ControllerBase):
        def __init__(self, till: Till) -> None: ...

        @get("/")
        async def index(self) -> None: ...

    start(ShopController, providers=providers, **listed)


def make_nobody_provides() -> None:
    shop(Till)


def make_not_exported() -> None:
    @Controller("/shop")
    class ShopController(ControllerBase):
        def __init__(self, prices: Prices) -> None: ...

        @get("/")
        async def index(self) -> None: ...

    @Module(providers=[Prices])
    class PriceModule(ModuleBase): ...

    @Module(controllers=[ShopController])
    class ShopModule(ModuleBase): ...

    start(modules=[PriceModule, ShopModule])


def make_provided_above() -> None:
    @Controller("/shop")
    class ShopController(ControllerBase):
        def __init__(self, prices: Prices) -> None: ...

        @get("/")
        async def index(self) -> None: ...

    @Module(controllers=[ShopController])
    class ShopModule(ModuleBase): ...

    @Module(modules=[ShopModule], providers=[Prices])
    class ApplicationModule(ModuleBase): ...

    start(modules=[ApplicationModule])


def make_circle_of_services() -> None:
    class Prices:
        def __init__(self, till: Till) -> None: ...

    class Till:
        def __init__(self, prices: Prices) -> None: ...

    @Module(providers=[Prices, Till])
    class ShopModule(ModuleBase): ...

    start(modules=[ShopModule])


def make_singleton_of_a_request() -> None:
    class Till:
        def __init__(self, cursor: sqlite3.Cursor) -> None: ...

    def cursor() -> Iterator[sqlite3.Cursor]:
        raise NotImplementedError
        yield

    start(providers=[Till, ProviderConfig(sqlite3.Cursor, use_factory=cursor, scope=request_scope)])


def make_message_in_a_controller() -> None:
    @injectable(scope=request_scope)
    class Cursor: ...

    @Controller("/shop")
    class ShopController(ControllerBase):
        def __init__(self, cursor: Cursor) -> None: ...

        @ws_route("/live")
        async def live(self) -> None: ...

    start(ShopController, providers=[Cursor])


def make_abstract() -> None:
    class Spelling(ABC):
        @abstractmethod
        def correct(self, text: str) -> str: ...

    start(providers=[Spelling])


def make_provided_twice() -> None:
    @Module(providers=[Prices, Prices])
    class ShopModule(ModuleBase): ...

    start(modules=[ShopModule])


def make_given_by_two() -> None:
    @Module(providers=[Prices], exports=[Prices])
    class Cheap(ModuleBase): ...

    @Module(providers=[Prices], exports=[Prices])
    class Dear(ModuleBase): ...

    @Module(providers=[Till], modules=[Cheap, Dear])
    class ShopModule(ModuleBase): ...

    start(modules=[ShopModule])


def make_without_a_type() -> None:
    class Till:
        def __init__(self, prices) -> None: ...  # type: ignore[no-untyped-def]  # the mistake

    start(providers=[Till])


def make_a_name_that_is_not_there() -> None:
    class Till:
        def __init__(self, prices: Prizes) -> None: ...  # type: ignore[name-defined]  # noqa: F821  # the mistake

    start(providers=[Till])


def make_request_of_a_websocket() -> None:
    @injectable(scope=request_scope)
    class Visitor:
        def __init__(self, request: Request) -> None: ...

    @Controller("/shop")
    class ShopController(ControllerBase):
        @ws_route("/live")
        async def live(self, visitor: Visitor) -> None: ...

    start(ShopController, providers=[Visitor])
