"""The excerpts that docs/api-pages.md shows are parts of the documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ellar.testing import TestClient
from tests.docs.conversations import imported
from tests.docs.pages import DOCS, Block, Page

PAGE = Page(DOCS / "api-pages.md")
EXCERPTS = [block for block in PAGE.blocks() if block.language == "json"]


@pytest.mark.parametrize("block", EXCERPTS, ids=str)
def test_an_excerpt_is_part_of_its_document(block: Block, tmp_path: Any) -> None:
    PAGE.write(tmp_path)
    shown = json.loads(block.text)
    path = "/openapi.json" if "paths" in shown else "/asyncapi.json"
    with imported("parked", tmp_path) as app:
        document = TestClient(app).get(path).json()

    assert kept(document, shown) == shown


def kept(whole: Any, part: Any) -> Any:
    """The whole, without the members that the part has not."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return {name: kept(whole[name], part[name]) for name in part if name in whole}
    return whole
