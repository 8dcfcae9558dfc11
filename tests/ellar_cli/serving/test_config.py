"""What an application is served with, by real servers: alone, by workers, under --reload."""

import os
import shlex
import signal
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from ellar.config import Config, load_config
from ellar_cli.serving.config import ServerConfig, config_of
from tests.project import ELLAR
from tests.server import Server, answers, free_port

SHOP = """
import asyncio
import os
import time

from ellar.app import AppFactory
from ellar.common import get, ws_route
from ellar.core import WebSocket


@get("/slow")
async def slow() -> str:
    print("asked", flush=True)
    await asyncio.sleep(1.5)
    return "served"


@get("/blocking")
async def blocking() -> None:
    print("asked", flush=True)
    time.sleep(30)


@ws_route("/size")
async def size(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(str(os.getpid()))
    async for text in websocket.iter_text():
        await websocket.send_text(str(len(text)))


app = AppFactory.create_app(routers=[slow, blocking, size], config_module={"GRACEFUL_TIMEOUT": 5})
"""
MIB = 1024 * 1024


class Shop(Server):
    """The shop, as `ellar runserver` serves it."""

    def __init__(self, folder: Path, *options: str, **variables: str) -> None:
        self.opened = folder / "opened"
        super().__init__([ELLAR, "runserver", "--app", "shop:app", *options], folder, free_port(), **variables)
        self.environment |= {"ELLAR_PORT": str(self.port), "LOG": str(self.log)}

    def connect(self, context: ssl.SSLContext | None = None) -> AbstractContextManager[ClientConnection]:
        scheme = "wss" if context else "ws"
        return connect(f"{scheme}://127.0.0.1:{self.port}/size", ssl=context, max_size=None)

    def printed(self, text: str) -> None:
        deadline = time.monotonic() + 10
        while text not in self.log.read_text():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served") / "shop"
    made.mkdir()
    (made / "shop.py").write_text(SHOP)
    (made / "browser").write_text('#!/bin/sh\ncp "$LOG" seen\necho "$1" > opened\n')
    (made / "browser").chmod(0o755)
    return made


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[Shop]:
    with Shop(folder, "--open", BROWSER=f"{folder / 'browser'} %s") as server:
        server.printed("Application startup complete")
        yield server


def closed_by(connection: ClientConnection, letters: int) -> tuple[int | None, str]:
    """What a message of so many letters is answered with: the code of a close, or None, and the text."""
    connection.send("a" * letters)
    try:
        return None, str(connection.recv(timeout=10))
    except Exception:
        return connection.close_code, connection.close_reason or ""


def test_messages_up_to_1_mib_come_through_and_a_bigger_one_closes_with_1009(shop: Shop) -> None:
    with shop.connect() as connection:
        connection.recv()
        assert closed_by(connection, MIB) == (None, str(MIB))
        assert closed_by(connection, MIB + 1)[0] == 1009


def test_messages_are_not_compressed(shop: Shop) -> None:
    with shop.connect() as connection:
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers


def test_first_lines_say_what_is_served_where_and_how(shop: Shop) -> None:
    assert shop.log.read_text().splitlines()[:2] == [
        f"shop:app on http://127.0.0.1:{shop.port}, reload off; Ctrl-C stops it",
        "config ellar.config:Config; 3 routes, 1 of them a websocket",
    ]


def test_browser_is_opened_when_the_application_has_started(shop: Shop) -> None:
    deadline = time.monotonic() + 10
    while not shop.opened.is_file() or not shop.opened.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert shop.opened.read_text() == f"http://127.0.0.1:{shop.port}\n"
    assert "Application startup complete" in shop.opened.with_name("seen").read_text()


def test_request_that_ends_within_the_graceful_time_out_is_answered(folder: Path) -> None:
    with Shop(folder, "--log-level", "warning") as server, ThreadPoolExecutor() as pool:
        answer = pool.submit(urllib.request.urlopen, f"{server.url}/slow", timeout=10)
        server.printed("asked")
        assert server.stop() < 5
        with answer.result() as response:
            assert response.read() == b'"served"'
    assert "INFO" not in server.log.read_text()


def test_second_ctrl_c_ends_workers_that_a_handler_blocks(folder: Path) -> None:
    line = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
    subprocess.run(
        shlex.split(f"{line} -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    options = ["--workers", "2", "--ssl-keyfile", "key.pem", "--ssl-certfile", "cert.pem", "--", "--ws-max-size", "5"]
    with Shop(folder, *options) as server:
        context = ssl.create_default_context(cafile=folder / "cert.pem")
        with server.connect(context) as connection:
            assert connection.recv() != str(server.process.pid)
            assert closed_by(connection, 5) == (None, "5")
            assert closed_by(connection, 6)[0] == 1009
        assert f"on https://127.0.0.1:{server.port}, 2 workers, reload off" in server.log.read_text()
        with ThreadPoolExecutor() as pool:
            pool.submit(urllib.request.urlopen, f"https://127.0.0.1:{server.port}/blocking", context=context)
            server.printed("asked")
            os.killpg(server.process.pid, signal.SIGINT)
            server.printed("Received SIGINT")
            assert server.stop() < 7
        assert server.process.returncode == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '@Module()\nclass Shop(ModuleBase):\n    def on_startup(self) -> None: raise ValueError("closed")\n',
            ["error: broken.py:7: ValueError: closed", '    def on_startup(self) -> None: raise ValueError("closed")'],
        ),
        (
            "@Module()\nclass Shop(ModuleBase): ...\nif multiprocessing.parent_process(): os._exit(7)\n",
            ["error: a worker has ended before it served, with 7"],
        ),
    ],
)
def test_mistake_that_no_worker_starts_with_is_told_once_and_ends_all(folder: Path, text: str, told: list[str]) -> None:
    imports = "import multiprocessing, os\nfrom ellar.app import AppFactory\nfrom ellar.common import Module\n"
    app = "app = AppFactory.create_from_app_module(Shop, config_module={'LOG_LEVEL': 'WARNING'})\n"
    (folder / "broken.py").write_text(f"{imports}from ellar.core import ModuleBase\n{text}{app}")
    command: list[str | Path] = [ELLAR, "runserver", "--app", "broken:app", "--port", "0", "--workers", "2"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30)
    assert run.returncode == 1
    assert [line for line in run.stderr.splitlines() if "~~" not in line and "^^" not in line] == told


def test_process_that_serves_ends_when_the_one_that_has_started_it_is_killed(folder: Path) -> None:
    with Shop(folder, "--reload") as server:
        server.printed("Application startup complete")
        server.process.kill()
        deadline = time.monotonic() + 10
        while answers(server.port):
            assert time.monotonic() < deadline, "it lives on, and keeps the port"
            time.sleep(0.02)


def test_settings_are_the_applications_in_the_process_that_reloads_it(folder: Path) -> None:
    with Shop(folder, "--reload", ELLAR_WS_MAX_SIZE="5", ELLAR_WS_PER_MESSAGE_DEFLATE="1") as server:
        server.printed("Application startup complete")
        with server.connect() as connection:
            connection.recv()
            assert connection.response is not None
            assert "permessage-deflate" in connection.response.headers["Sec-WebSocket-Extensions"]
            assert closed_by(connection, 6)[0] == 1009
        assert "config ellar.config:Config; 3 routes, 1 of them a websocket" in server.log.read_text()


def test_time_out_with_reload_is_a_second_and_what_is_typed_wins() -> None:
    app = _App(GRACEFUL_TIMEOUT=7)
    assert _time_out(app) == 7
    assert _time_out(app, reload=True) == 1
    assert _time_out(app, timeout_graceful_shutdown=3, reload=True) == 3


@pytest.mark.parametrize(("debug", "seconds"), [(True, 1), (False, 20)])
def test_time_out_follows_debug(debug: bool, seconds: int) -> None:
    assert seconds == load_config({"DEBUG": debug}).GRACEFUL_TIMEOUT


def test_application_that_is_none_of_ours_has_the_defaults() -> None:
    async def app() -> None: ...

    assert config_of(app).GRACEFUL_TIMEOUT == 20
    assert config_of(app).WS_MAX_SIZE == MIB


class _App:
    def __init__(self, **settings: int) -> None:
        self.config = Config()
        for name, value in settings.items():
            setattr(self.config, name, value)


def _time_out(app: _App, **options: int | bool) -> int | None:
    config = ServerConfig(lambda: app, {"log_config": None, **options})
    config.adopt(app)
    return config.timeout_graceful_shutdown
