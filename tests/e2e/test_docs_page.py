"""The page that docs/websockets.md shows, in Chromium."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.docs import pages
from tests.docs.conversations import imported
from tests.ellar.conftest import serve


def test_the_chat_of_the_documentation_sends_shows_and_tells_why_it_was_closed(page: Page, tmp_path: Path) -> None:
    pages.Page(pages.DOCS / "websockets.md").write(tmp_path)
    with imported("chat", tmp_path) as app, serve(app) as port:
        page.goto(f"http://127.0.0.1:{port}/chat/")
        page.get_by_label("Message").fill("<b>hello</b>")
        page.keyboard.press("Enter")
        expect(page.get_by_role("listitem")).to_have_text(["Ada: <b>hello</b>"])
        page.evaluate("send('dance')")
        expect(page.get_by_role("listitem").last).to_have_text("closed: 1008 Message not valid")
