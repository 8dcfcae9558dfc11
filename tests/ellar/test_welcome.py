"""The welcome page: in debug, and only while nothing answers `/`."""

from __future__ import annotations

import pytest

from ellar.common import Controller, ControllerBase, Module, get, ws_route
from ellar.core import ModuleBase
from ellar.testing import Test


@Controller("/car")
class CarController(ControllerBase):
    @get("/ws-index")
    async def page(self) -> None: ...

    @get("/{number}")
    async def one(self, number: int) -> None: ...

    @ws_route("/live-support")
    async def live(self) -> None: ...


@Module(controllers=[CarController])
class CarModule(ModuleBase): ...


@Controller("/")
class HomeController(ControllerBase):
    @get("/")
    async def home(self) -> str:
        return "home"


def test_it_lists_modules_with_their_pages_and_sockets() -> None:
    client = Test.create_test_module(modules=[CarModule], config_module={"DEBUG": True}).get_test_client()
    page = client.get("/").text

    assert "CarModule" in page
    assert 'href="/car/ws-index"' in page
    assert "/car/live-support" in page
    assert "/car/{number}" not in page


@pytest.mark.parametrize("docs", [True, False])
def test_it_leads_to_the_api_page_where_there_is_one(docs: bool) -> None:
    config = {"DEBUG": True, "API_DOCS": docs}
    page = Test.create_test_module(modules=[CarModule], config_module=config).get_test_client().get("/").text

    assert ('href="/docs"' in page) is docs


def test_without_modules_it_says_what_to_type() -> None:
    page = Test.create_test_module(config_module={"DEBUG": True}).get_test_client().get("/").text

    assert "ellar create-module" in page


@pytest.mark.parametrize("debug", [True, False])
def test_it_gives_way_to_a_page_of_the_application_and_is_not_there_in_production(debug: bool) -> None:
    config = {"DEBUG": debug}
    own = Test.create_test_module(controllers=[HomeController], config_module=config).get_test_client()
    none = Test.create_test_module(config_module=config).get_test_client()

    assert own.get("/").json() == "home"
    assert none.get("/").status_code == (200 if debug else 404)
