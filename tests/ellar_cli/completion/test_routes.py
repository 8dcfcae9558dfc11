"""The routes that sources tell, without an import."""

from pathlib import Path

import pytest

from ellar_cli.completion.routes import routes
from ellar_cli.project.project import Project

SOURCE = """
from ellar import common
from ellar.common import Controller, ControllerBase, ModuleRouter, get, post, ws_route

NAME = "/named"
orders = ModuleRouter(prefix="/orders/")
plain = ModuleRouter()


@Controller("/car")
class CarController(ControllerBase):
    @get("/")
    async def index(self): ...

    @post("/")
    async def add(self): ...

    @ws_route("/live", use_extra_handler=True)
    async def live(self): ...

    @get(NAME)
    async def named(self): ...

    @get()
    async def nowhere(self): ...

    def get(self): ...


@common.Controller("/")
class Root(ControllerBase):
    @common.get(path="/about")
    def about(self): ...


@Controller(NAME)
class Unknown(ControllerBase):
    @get("/not-known")
    def index(self): ...


@orders.delete("/{number:int}")
def remove(number: int): ...


@plain.http_route("/plain", methods=["GET"])
def of_plain(): ...


@get("")
def bare(): ...
"""


def written(root: Path, **files: str) -> Project:
    for name, text in files.items():
        file = root / "shop" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return Project(root, "shop.server:bootstrap", "shop.config:C", "shop.root_module:Root", "shop", 100)


def test_paths_are_those_of_controllers_routers_and_functions(tmp_path: Path) -> None:
    assert list(routes(written(tmp_path, controllers=SOURCE))) == [
        ("/car/", "GET"),
        ("/car/", "POST"),
        ("/car/live", "WS"),
        ("/about", "GET"),
        ("/orders/{number:int}", "DELETE"),
        ("/plain", "HTTP"),
        ("/", "GET"),
    ]


@pytest.mark.parametrize("text", ["@get('/x')\ndef (", "@get('/x')\0", "# @get('/x')", "x = '@get(1)'"])
def test_file_that_does_not_parse_hides_no_other(tmp_path: Path, text: str) -> None:
    project = written(tmp_path, broken=text, sound="@get('/sound')\ndef index(): ...")
    assert list(routes(project)) == [("/sound", "GET")]
