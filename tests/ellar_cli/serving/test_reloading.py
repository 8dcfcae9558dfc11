import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ellar_cli.serving.live_reload import PATH
from ellar_cli.serving.reloading import Reloaded, named

BROWSER = {"Accept": "text/html"}
APP = """
from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, Module, get, render, ws_route
from ellar.core import ModuleBase


@Controller("/car")
class CarController(ControllerBase):
    @get("/")
    @render("index.html")
    async def index(self) -> dict[str, str]:
        return {}

    @ws_route("/live")
    async def live(self) -> None:
        raise ZeroDivisionError


@Module(controllers=[CarController], static_folder="static")
class CarModule(ModuleBase):
    def on_startup(self) -> None: ...

    def on_shutdown(self) -> None: ...


app = AppFactory.create_from_app_module(CarModule, config_module={"DEBUG": False})
"""

Shop = Callable[..., TestClient]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Writes the application `shop:app`, and returns a client of it as it is served with --reload."""

    def write(text: str, *, traceback: bool = False) -> TestClient:
        (tmp_path / "shop.py").write_text(text)
        return TestClient(Reloaded(tmp_path, "shop:app", traceback)())

    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/index.html").write_text("<h1>Cars</h1>")
    (tmp_path / "static").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("uvicorn.access", "uvicorn.error", "ellar.app"):
        monkeypatch.setattr(logging.getLogger(name), "filters", [])
        monkeypatch.setattr(logging.getLogger(name), "level", logging.INFO)
    yield write
    sys.modules.pop("shop", None)


def test_application_is_served_with_its_templates_read_anew_though_debug_is_off(shop: Shop, tmp_path: Path) -> None:
    with shop(APP) as client:
        assert client.get("/car/").text == "<h1>Cars</h1>"
        (tmp_path / "templates/index.html").write_text("<h1>Bicycles</h1>")
        assert client.get("/car/").text == "<h1>Bicycles</h1>"


def test_pages_hear_of_its_templates_and_its_static_files(shop: Shop, tmp_path: Path) -> None:
    with shop(APP) as client, client.websocket_connect(PATH) as page:
        before = page.receive_json()
        (tmp_path / "static/car.css").write_text("h1 { color: red; }")
        assert page.receive_json()["version"] > before["version"]
        (tmp_path / "templates/index.html").write_text("<h1>Bicycles</h1>")
        assert page.receive_json()["version"] > before["version"]


def test_mistake_is_answered_with_503_as_a_page_or_json_and_websockets_are_refused(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    with shop("price = 1 / 0\n") as client:
        line = client.get("/car/")
        page = client.get("/car/", headers=BROWSER)
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/car/live"):
            pass
    assert line.status_code == page.status_code == 503
    assert line.json() == {"detail": "shop.py:1: ZeroDivisionError: division by zero"}
    assert line.headers["cache-control"] == "no-store"
    assert "<code>shop.py:1: ZeroDivisionError: division by zero</code>" in page.text
    assert "price = 1 / 0" in page.text
    assert " data-mistake>" in page.text
    assert capsys.readouterr().err == (
        "error: shop.py:1: ZeroDivisionError: division by zero\n    price = 1 / 0\n            ~~^~~\n"
        "not serving it; waiting for a file to change\n"
    )


def test_mistake_of_a_hook_at_the_start_is_answered_like_any_other(shop: Shop) -> None:
    with shop(APP.replace("on_startup(self) -> None: ...", 'on_startup(self) -> None: {}["url"]')) as client:
        response = client.get("/car/")
    assert (response.status_code, response.json()) == (503, {"detail": "shop.py:21: KeyError: 'url'"})


def test_mistake_of_a_hook_at_the_end_is_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    with shop(APP.replace("on_shutdown(self) -> None: ...", 'on_shutdown(self) -> None: {}["url"]')) as client:
        assert client.get("/car/").status_code == 200
    assert capsys.readouterr().err.splitlines() == [
        "error: shop.py:23: KeyError: 'url'",
        '    def on_shutdown(self) -> None: {}["url"]',
        "                                   ~~^^^^^^^",
    ]


@pytest.mark.parametrize(("traceback", "first"), [(False, "shop.py"), (True, "testclient.py")])
def test_traceback_in_the_servers_log_begins_with_the_applications_own_call(
    shop: Shop, caplog: pytest.LogCaptureFixture, traceback: bool, first: str
) -> None:
    with (
        shop(APP, traceback=traceback) as client,
        pytest.raises(ZeroDivisionError) as failed,
        client.websocket_connect("/car/live"),
    ):
        pass
    # Without what is the test's own: its call, and what its client was doing.
    failed.value.__traceback__ = failed.tb.tb_next
    failed.value.__context__ = None
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=failed.value)
    assert Path(re.findall(r'File "(.*?)"', caplog.text)[0]).name == first


def test_three_files_that_have_changed_are_named_and_how_many_more() -> None:
    files = [Path("/shop") / name for name in ("a.py", "cars/b.py", "c.py", "d.py", "e.py")]
    assert named(files[:3], Path("/shop")) == "a.py, cars/b.py, c.py"
    assert named(files, Path("/shop")) == "a.py, cars/b.py, c.py and 2 more"


def test_any_asgi_application_reloads_too(shop: Shop, tmp_path: Path) -> None:
    text = (
        "from starlette.applications import Starlette\nfrom starlette.routing import Mount\n"
        "from starlette.staticfiles import StaticFiles\n"
        "app = Starlette(routes=[Mount('/', StaticFiles(directory='static'))])\n"
    )
    client = shop(text.replace("'static'", repr(str(tmp_path / "static"))))
    with client, client.websocket_connect(PATH) as page:
        before = page.receive_json()
        (tmp_path / "static/car.css").write_text("h1 { color: red; }")
        assert page.receive_json()["version"] > before["version"]
