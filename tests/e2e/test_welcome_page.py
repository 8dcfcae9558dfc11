"""The first page that a person sees, in Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.project import ELLAR
from tests.server import Server, free_port


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_lists_the_modules_and_leads_to_their_pages(page: Page, chat: Server, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(chat.url)
    for module in ("CarModule", "ChatRoomModule", "VisitorModule"):
        expect(page.get_by_text(module, exact=True)).to_be_visible()
    expect(page.get_by_text("/chat-room/live-support")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("link", name="/chat-room/ws-index").click()
    expect(page.get_by_role("status")).to_have_text("Connected")


def test_it_asks_no_other_site(page: Page, chat: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(chat.url)
    assert [url for url in asked if not url.startswith("data:")] == [f"{chat.url}/"]


def test_it_says_what_to_type_where_there_is_no_module_yet(page: Page, empty_project: Path) -> None:
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port)], empty_project, port) as server:
        page.goto(server.url)
        expect(page.get_by_role("heading", level=1)).to_contain_text("empty")
        expect(page.get_by_text("ellar create-module car")).to_be_visible()
