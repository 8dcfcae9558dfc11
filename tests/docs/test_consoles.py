"""What the pages show of a terminal is what a terminal shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.consoles import Console
from tests.docs.pages import PAGES, Page

TYPED = [page for page in PAGES if any(block.language == "console" for block in page.blocks())]


@pytest.mark.parametrize("page", TYPED, ids=lambda page: page.name)
def test_commands_print_what_the_page_shows(page: Page, tmp_path: Path) -> None:
    console = Console(tmp_path / "work")
    console.folder.mkdir()
    page.write(console.folder)
    with console.servers:
        for block in page.blocks():
            if block.language == "console":
                console.hold(block)
