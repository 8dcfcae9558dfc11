"""docs/logging.md shows what a terminal shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.docs.pages import DOCS, Page
from tests.project import ELLAR, SCRIPTS
from tests.server import Server, free_port

PAGE = Page(DOCS / "logging.md")
VARYING = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}|127\.0\.0\.1:\d+|(?<==)[0-9a-f]{8}\b")


def shown(after: str) -> list[str]:
    """The lines of the first block of text below these words."""
    block = re.search(r"```text\n(.*?)```", PAGE.text.partition(after)[2], re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def printed(folder: Path, *command: str | Path) -> list[str]:
    """What a server prints of the page's application, and of its client."""
    folder.mkdir()
    PAGE.write(folder)
    port = free_port()
    with Server([*command, "--port", str(port)], folder, port) as server:
        httpx2.get(f"{server.url}/cars/7")
        httpx2.get(f"{server.url}/cars/7/share?people=0")
        with connect(f"ws://127.0.0.1:{port}/cars/live") as websocket:
            websocket.send("1")
            websocket.send("none")
            websocket.recv()
        server.stop()
        return server.log.read_text().splitlines()


def _bare(line: str) -> str:
    return re.sub(r'"/\S+/', '"', VARYING.sub("*", line))


@pytest.mark.parametrize(
    ("after", "command"),
    [
        ("shows:", (ELLAR, "runserver", "--app", "lot:app")),
        ("// log.json", (SCRIPTS / "uvicorn", "lot:app", "--log-config", "log.json")),
    ],
    ids=["ours", "own"],
)
def test_the_lines_of_the_page_are_what_a_terminal_shows(
    tmp_path: Path, after: str, command: tuple[str | Path, ...]
) -> None:
    lines = [_bare(line) for line in printed(tmp_path / "page", *command)]
    expected = [re.escape(_bare(line)).replace(r"\.\.\.", ".*") for line in shown(after)]

    found = [next((line for line in lines if re.fullmatch(pattern, line)), None) for pattern in expected]
    assert None not in found, (expected, lines)
    assert [line for line in lines if line in found] == found


def test_the_object_of_the_page_is_what_json_shows(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    PAGE.write(folder)
    port = free_port()
    command = (SCRIPTS / "uvicorn", "lot:app", "--port", str(port))
    with Server(command, folder, port, ELLAR_LOG_FORMAT="json") as server:
        httpx2.get(f"{server.url}/cars/7")
        server.stop()
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]

    members = re.findall(r'"(\w+)":', shown("each line is an object")[0])
    assert list(next(line for line in lines if line["logger"] == "lot")) == members
