import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.project import ELLAR, new_project
from tests.server import Server, free_port

# Chromium looks for its maker's servers at every start, unless it is told not to.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OTHER_PAGES = [
    "raw --encoding bytes --style route",
    "gate --guard",
    "guest --query visitor_name --style message",
    "desk --guard --query visitor_name --encoding json --style route",
]

# The module `visitor` greets with what the query says, unescaped, as a careless or a hostile server would,
# and never answers a message.
CARELESS_CONNECT = """    async def live_support_connect(self, websocket: WebSocket, name: str = Query("John")) -> None:
        await websocket.accept()
        await websocket.send_text(f"Welcome {name} to our live support room!")
"""


@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the modules car, chat_room and visitor, and one for each other kind of page."""
    folder = new_project(tmp_path_factory.mktemp("e2e") / "project", "car", "chat_room", "visitor", *OTHER_PAGES)
    rating = ["create-websocket", "rating", "--module", "car", "--encoding", "json"]
    subprocess.run([ELLAR, *rating], cwd=folder, check=True, capture_output=True)
    _make_visitor_careless(folder / "project/apps/visitor/controllers.py")
    return folder


def _make_visitor_careless(controllers: Path) -> None:
    text = controllers.read_text()
    start = text.index("    async def live_support_connect")
    end = text.index("\n    @ws_route.disconnect")
    text = text[:start] + CARELESS_CONNECT + text[end:]
    text = text.replace("ControllerBase, WsBody", "ControllerBase, Query, WsBody")
    text = text.replace("await websocket.send_text(self.service.reply(data))", "await asyncio.sleep(60)")
    controllers.write_text(f"import asyncio\n\n{text}")


@pytest.fixture(scope="package")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new_project(tmp_path_factory.mktemp("e2e") / "empty")


@pytest.fixture(scope="package")
def chat(project: Path) -> Iterator[Server]:
    """`ellar runserver` in the project, for tests that leave it running."""
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port)], project, port) as server:
        yield server


# Not for the session: as long as Playwright runs, no other test of this thread can start an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "there is no Chromium here: install Debian's package chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page; the test fails where a script in it does."""
    errors: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []
