import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from .server import Server, free_port

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

# The module `visitor` greets with what the query says, unescaped, as a careless or a hostile server would.
CARELESS_CONNECT = """    async def live_support_connect(self, websocket: WebSocket, name: str = Query("John")) -> None:
        await websocket.accept()
        await websocket.send_text(f"Welcome {name} to our live support room!")
"""


@pytest.fixture(scope="session")
def ellar() -> Path:
    return Path(sysconfig.get_path("scripts"), "ellar")


@pytest.fixture(scope="package")
def project(ellar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the modules car, chat_room and visitor."""
    folder = tmp_path_factory.mktemp("e2e") / "project"
    subprocess.run([ellar, "new", "project"], cwd=folder.parent, check=True, capture_output=True)
    for module in ("car", "chat_room", "visitor"):
        subprocess.run([ellar, "create-module", module], cwd=folder, check=True, capture_output=True)
    _make_visitor_careless(folder / "project/apps/visitor/controllers.py")
    return folder


def _make_visitor_careless(controllers: Path) -> None:
    text = controllers.read_text()
    start = text.index("    async def live_support_connect")
    end = text.index("\n    @ws_route.disconnect")
    text = text[:start] + CARELESS_CONNECT + text[end:]
    controllers.write_text(text.replace("ControllerBase, WsBody", "ControllerBase, Query, WsBody"))


@pytest.fixture(scope="package")
def empty_project(ellar: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("e2e") / "empty"
    subprocess.run([ellar, "new", "empty"], cwd=folder.parent, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="package")
def chat(ellar: Path, project: Path) -> Iterator[Server]:
    """`ellar runserver` in the project, for tests that leave it running."""
    port = free_port()
    with Server([ellar, "runserver", "--port", str(port)], project, port) as server:
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
