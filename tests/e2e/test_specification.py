"""The page and the controllers of the specification, untouched but for the page's port, in Chromium.

Its page connects to localhost; a person opens it at 127.0.0.1.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests import specification
from tests.project import ELLAR, new_project
from tests.server import Server, free_port

pytestmark = specification.needs_specification

GREETING = "Welcome to our live support room!\nHow can we help you?"
GREETINGS = {
    "loop": [GREETING],
    "query": [GREETING.replace("Welcome", "Welcome John")],
    "session": [GREETING],
    "short": [],
}
"""What the controller greets with, as each listing leaves it."""


@pytest.fixture(scope="module")
def own_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("specification") / "project", "car")


@pytest.fixture
def server(request: pytest.FixtureRequest, own_project: Path) -> Iterator[Server]:
    """A server with one listing as its controller, and the page beside it."""
    port = free_port()
    car = own_project / "project/apps/car"
    (car / "templates/ws-index.html").write_text(specification.page(port), encoding="utf-8")
    (car / "controllers.py").write_text(specification.controllers()[request.param], encoding="utf-8")
    with Server([ELLAR, "runserver", "--port", str(port)], own_project, port) as server:
        yield server


@pytest.mark.parametrize(("server", "greetings"), GREETINGS.items(), ids=list(GREETINGS), indirect=["server"])
def test_page_and_controller_work_as_they_are(page: Page, server: Server, greetings: list[str]) -> None:
    def stay_here(route: Route) -> None:
        """The page's style comes from another site, which no test waits for."""
        if route.request.url.startswith(server.url):
            route.continue_()
        else:
            route.abort()

    page.route("**/*", stay_here)
    with page.expect_websocket():
        page.goto(f"{server.url}/car/ws-index", wait_until="domcontentloaded")
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
