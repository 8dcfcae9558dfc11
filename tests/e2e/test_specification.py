"""The page and the controllers of the specification, untouched, in Chromium.

Its page connects to localhost:8000, so the server has that port; a person opens the page at 127.0.0.1.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.project import ELLAR, new_project
from tests.server import Server

SPECIFICATION = Path(__file__).parents[3] / "shared/spec/websockets.txt"
PORT = 8000

pytestmark = pytest.mark.skipif(not SPECIFICATION.exists(), reason="the specification is not beside the checkout")

GREETING = "Welcome to our live support room!\nHow can we help you?"
IMPORTS = "from ellar.common import Controller, ControllerBase, Guards, GuardCanActivate, get, render, ws_route\n"
GUARD = """from ellar.common import GuardCanActivate, IExecutionContext


class MyGuard(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        return True


"""
# (the imports and the guard that a listing leaves out, its first and its last line, what it greets with)
LISTINGS = {
    "a loop in the handler": (
        IMPORTS,
        "@Controller('/car')\nclass CarController(ControllerBase):\n    @get('/ws-index')",
        "In example, we added",
        [GREETING],
    ),
    "extra handlers": (
        GUARD,
        "from ellar.common import Controller, ControllerBase, ws_route, get, render, WsBody, Guards\n",
        "In the construct above, we created def live_support_connect",
        [GREETING],
    ),
    "the default handlers": (
        "",
        "from ellar.common import ControllerBase, Controller, ws_route, get, render, WsBody\n",
        "Testing a Websocket Route",
        [],
    ),
}


def cut(start: str, end: str) -> str:
    text = SPECIFICATION.read_text()
    first = text.index(start)
    return text[first : text.index(end, first)]


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = new_project(tmp_path_factory.mktemp("specification") / "project", "car")
    page = folder / "project/apps/car/templates/ws-index.html"
    page.write_text(cut("<!DOCTYPE html>", "Next, we add some code"))
    return folder


@pytest.fixture(params=LISTINGS)
def greetings(request: pytest.FixtureRequest, own_project: Path) -> Iterator[list[str]]:
    """What a server with one listing as its controller greets with; the server runs on port 8000."""
    before, start, end, greetings = LISTINGS[request.param]
    (own_project / "project/apps/car/controllers.py").write_text(before + cut(start, end))
    with Server([ELLAR, "runserver"], own_project, PORT):
        yield greetings


def test_page_and_controller_work_as_they_are(page: Page, greetings: list[str]) -> None:
    page.route("**/*", stay_here)
    with page.expect_websocket():
        page.goto(f"http://127.0.0.1:{PORT}/car/ws-index", wait_until="domcontentloaded")
    # Chromium holds a page's connection back for seconds where many failed before, as in other tests.
    page.wait_for_function("ws.readyState === WebSocket.OPEN", timeout=30_000)
    messages = page.locator("#messages li")
    expect(messages).to_have_count(len(greetings))
    page.locator("#messageText").fill("Message from client")
    page.get_by_role("button", name="Send Message").click()
    reply = 'We have received you complain:\n\n"Message from client"\n\nWe shall get back to you.'
    expect(messages).to_have_count(len(greetings) + 2)
    shown = [message.replace("\n", " ").strip() for message in messages.all_inner_texts()]
    expected = [*greetings, "Message from client", reply]
    assert shown == [message.replace("\n", " ") for message in expected]
    expect(messages.last.locator("strong")).to_have_text('"Message from client"')


def stay_here(route: Route) -> None:
    """The page's style comes from another site, which no test waits for."""
    if f"//127.0.0.1:{PORT}/" in route.request.url:
        route.continue_()
    else:
        route.abort()
