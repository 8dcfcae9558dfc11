"""Mistakes that docs/templates.md tells of."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ellar.common import Controller, ControllerBase, Module, get, render, template_filter, template_global
from ellar.core import ModuleBase
from ellar.testing import TestClient
from tests.docs.mistakes import start


def make_no_template() -> None:
    @Controller("/car")
    class CarController(ControllerBase):
        @get("")
        @render("cars.html")
        async def index(self) -> None: ...

    start(CarController)


def make_no_static_folder() -> None:
    @Module(name="car", static_folder="static")
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])


def rendered(template: str, *, publishes: bool) -> None:
    """Asks for a page of a module, which may have a static folder; the module `shop` has one."""

    @Controller("/")
    class CarController(ControllerBase):
        @get("")
        @render("cars.html")
        async def index(self) -> None: ...

    with TemporaryDirectory() as folder:
        Path(folder, "static").mkdir()
        Path(folder, "cars.html").write_text(template, encoding="utf-8")
        static = f"{folder}/static"

        @Module(name="shop", static_folder=static)
        class ShopModule(ModuleBase): ...

        @Module(controllers=[CarController], template_folder=folder, static_folder=static if publishes else None)
        class CarModule(ModuleBase): ...

        app = start(modules=[ShopModule, CarModule], config_module={"DEBUG": True})
        TestClient(app).get("/")


def make_no_static_file() -> None:
    rendered("{{ static_url('cars.css') }}", publishes=True)


def make_static_url_without_a_folder() -> None:
    rendered("{{ static_url('cars.css') }}", publishes=False)


def make_static_url_of_a_module_that_is_none() -> None:
    rendered("{{ static_url('shp:cars.css') }}", publishes=False)


def make_filter_that_is_there() -> None:
    @Module()
    class CarModule(ModuleBase):
        @template_filter
        def upper(self, text: str) -> str:
            return text

    start(modules=[CarModule])


def make_async_global() -> None:
    @Module()
    class CarModule(ModuleBase):
        @template_global
        async def price(self) -> int:
            return 42

    start(modules=[CarModule])


def make_filter_of_a_controller() -> None:
    @Controller("/car")
    class CarController(ControllerBase):
        @template_filter
        def euro(self, dollars: int) -> str:
            return f"{dollars} EUR"

    @Module(controllers=[CarController])
    class CarModule(ModuleBase): ...

    start(modules=[CarModule])
