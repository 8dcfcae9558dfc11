"""The pages of errors, in Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.project import SCRIPTS
from tests.server import Server, free_port

APP = """
from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, get, ws_route


class Prices:
    def of(self, number: int) -> float:
        table = {1: 100.0}
        return table[number]


@Controller("/car")
class CarController(ControllerBase):
    def __init__(self, prices: Prices) -> None:
        self.prices = prices

    @get("/list")
    async def cars(self) -> list[int]:
        return [1]

    @get("/{number:int}/a-path-that-is-so-long-that-no-telephone-shows-it-in-one-line")
    async def show(self, number: int) -> float:
        try:
            return self.prices.of(number) * 1.19 + len("a long line, so that it does not fit a small screen by far")
        except KeyError as error:
            raise ValueError(f"<script>document.title = 'broken'</script> {number}") from error

    @ws_route("/live")
    async def live(self) -> None: ...


app = AppFactory.create_app(controllers=[CarController], providers=[Prices])
"""
BUG = "/car/3/a-path-that-is-so-long-that-no-telephone-shows-it-in-one-line"


@pytest.fixture(scope="module", params=["1", "0"], ids=["debug", "production"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("shop") / "shop"
    folder.mkdir()
    folder.joinpath("shop.py").write_text(APP)
    port = free_port()
    command = (SCRIPTS / "uvicorn", "shop:app", "--port", str(port))
    with Server(command, folder, port, ELLAR_DEBUG=request.param) as server:
        yield server


def is_debug(server: Server) -> bool:
    return server.environment["ELLAR_DEBUG"] == "1"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("path", [BUG, "/car/lisp", "/car/live"])
def test_a_page_fits_every_screen_and_asks_for_nothing(
    page: Page, server: Server, path: str, width: int, scheme: str
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{server.url}{path}")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert [url for url in asked if not url.startswith("data:")] == [f"{server.url}{path}"]
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (int(colour[4:].split(",")[0]) < 100) is (scheme == "dark")


def test_a_bug_is_shown_where_it_happened_with_its_cause_and_callers(page: Page, server: Server) -> None:
    page.goto(f"{server.url}{BUG}")
    if not is_debug(server):
        expect(page.get_by_role("heading")).to_have_text("Internal Server Error")
        expect(page.get_by_text("Reference:")).to_be_visible()
        expect(page.get_by_text("shop.py")).to_have_count(0)
        return

    expect(page.get_by_role("heading", level=1)).to_have_text("ValueError")
    expect(page.get_by_text("<script>document.title = 'broken'</script> 3", exact=True)).to_be_visible()
    expect(page.locator("section").first.locator(".current")).to_contain_text("raise ValueError(")
    cause = page.locator("section", has=page.get_by_role("heading", name="Caused by KeyError: 3"))
    expect(cause.locator("mark")).to_have_text("table[number]")
    traceback = page.get_by_text("Traceback (most recent call last)")
    expect(traceback).to_be_hidden()
    page.get_by_text("The whole traceback").click()
    expect(traceback).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == page.evaluate("innerWidth")


def test_a_404_leads_to_the_page_that_was_meant(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/car/lisp")
    if not is_debug(server):
        expect(page.get_by_role("heading")).to_have_text("Not Found")
        expect(page.get_by_role("link")).to_have_count(0)
        return

    expect(page.get_by_role("row", name="websocket /car/live")).to_be_visible()
    page.get_by_text("Did you mean").get_by_role("link").click()
    expect(page).to_have_url(f"{server.url}/car/list")
