"""What stands in the terminal of a server whose application says nothing of logging."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
import pytest
from websockets.sync.client import connect

from tests.project import ELLAR, SCRIPTS, new_project
from tests.server import Server, free_port

APP = """
import logging

from ellar.app import AppFactory
from ellar.common import Controller, ControllerBase, WsBody, get, ws_route

log = logging.getLogger("shop.cars")


@Controller("/car")
class CarController(ControllerBase):
    @get("/sold")
    async def sold(self) -> str:
        log.info("sold one")
        return "sold"

    @get("/bug")
    async def bug(self) -> None:
        raise ZeroDivisionError("no way")

    @ws_route("/live", use_extra_handler=True)
    async def live(self, data: int = WsBody()) -> None: ...


app = AppFactory.create_app(controllers=[CarController], config_module={"LOG_FORMAT": %r})
"""


def printed(folder: Path, form: str) -> list[str]:
    """All that plain `uvicorn app:app` prints while a client asks, fails and sends what is wrong."""
    folder.joinpath("app.py").write_text(APP % form)
    port = free_port()
    with Server([SCRIPTS / "uvicorn", "app:app", "--port", str(port)], folder, port) as server:
        for path in ("/car/sold?token=s3cret", "/car/bug"):
            httpx2.get(f"{server.url}{path}", headers={"X-Request-ID": f"of{path[:9].replace('/', '-')}"})
        with connect(f"ws://127.0.0.1:{port}/car/live?token=s3cret") as websocket:
            websocket.send('"s3cret"')
            websocket.recv()
        server.stop()
        return server.log.read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def test_plain_uvicorn_shows_our_lines_between_its_own(folder: Path) -> None:
    lines = printed(folder, "auto")
    text = "\n".join(lines)

    time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}"
    for pattern in (
        rf"INFO:     {time} ellar\.app: started with 3 routes; settings: the defaults",
        rf"INFO:     {time} shop\.cars: sold one request=of-car-sold",
        rf"ERROR:    {time} ellar\.http: GET /car/bug failed: ZeroDivisionError request=of-car-bug",
        rf"INFO:     {time} ellar\.websocket: closed with 1008: Message not valid .* connection=[0-9a-f]{{8}}",
        rf"INFO:     {time} ellar\.app: ended",
        r'INFO:     \S+ - "GET /car/sold\?token=\*\*\* HTTP/1\.1" 200 OK',
    ):
        assert len([line for line in lines if re.fullmatch(pattern, line)]) == 1, (pattern, text)
    assert text.count("Traceback (most recent call last)") == 1
    assert "site-packages" not in text
    assert "s3cret" not in text


def test_json_is_every_line_uvicorns_too(folder: Path) -> None:
    lines = [json.loads(line) for line in printed(folder, "json")]

    assert {"ellar.app", "ellar.http", "ellar.websocket", "shop.cars", "uvicorn.error", "uvicorn.access"} == {
        line["logger"] for line in lines
    }
    sold = [line for line in lines if line.get("request") == "of-car-sold"]
    assert [line["logger"] for line in sold] == ["shop.cars", "uvicorn.access"]
    assert sum("traceback" in line for line in lines) == 1
    assert "s3cret" not in json.dumps(lines)


def test_none_leaves_uvicorn_alone(folder: Path) -> None:
    text = "\n".join(printed(folder, "none"))

    assert "ellar.app" not in text
    assert "sold one" not in text
    assert "?token=s3cret" in text


@pytest.mark.parametrize(("options", "starts"), [((), 1), (("--reload",), 0)])  # the tool's own line says as much
def test_runserver_shows_each_line_once(tmp_path: Path, options: tuple[str, ...], starts: int) -> None:
    project = new_project(tmp_path / "shop", "car")
    port = free_port()
    with Server([ELLAR, "runserver", "--port", str(port), *options], project, port) as server:
        with connect(f"ws://127.0.0.1:{port}/car/live-support?name=s3cret") as websocket:
            websocket.recv()
            websocket.send(b"\xff")
            websocket.recv()
        server.stop()
        text = server.log.read_text()

    assert len(re.findall("^config .*; 6 routes, 1 of them a websocket", text, re.MULTILINE)) == 1
    assert len(re.findall("^INFO: .* ellar.app: started with", text, re.MULTILINE)) == starts
    assert len(re.findall("^INFO: .* ellar.websocket: closed with", text, re.MULTILINE)) == 1
    assert len(re.findall("^INFO: .* ellar.app: ended", text, re.MULTILINE)) == 1
    assert "s3cret" not in text
