import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import websockets
from websockets.asyncio.client import connect

from ellar_cli.application.target import Target
from ellar_cli.commands.create_module import ModuleOptions, create_module
from ellar_cli.commands.runserver import Wanted, first_line, runserver
from ellar_cli.errors import CliError
from ellar_cli.serving.listening import bare, listen

Ellar = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., "Running"]

STARTED = re.compile(r"on http://127\.0\.0\.1:(\d+), reload (on|off)")
ASLEEP = """
import asyncio
import time

from ellar.common import Controller, ControllerBase, Module, WsBody, get, ws_route
from ellar.core import ModuleBase, WebSocket


@Controller("/slow")
class SlowController(ControllerBase):
    @get("/thread")
    async def thread(self) -> str:
        print("asleep", flush=True)
        await asyncio.to_thread(time.sleep, 30)
        return "awake"

    @get("/blocking")
    async def blocking(self) -> str:
        print("asleep", flush=True)
        time.sleep(30)
        return "awake"

    @ws_route("/socket", use_extra_handler=True, encoding="text")
    async def socket(self, data: str = WsBody()) -> None:
        print("asleep", flush=True)
        await asyncio.sleep(30)

    @ws_route.connect(socket)
    async def connected(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("hello")


@Module(controllers=[SlowController])
class ApplicationModule(ModuleBase):
    ...
"""


class Running:
    """A server as a person starts it in a terminal: in a process group of its own, for Ctrl-C to end."""

    def __init__(self, tool: Path, folder: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.output = folder / ".output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [tool, "runserver", "--port", "0", *options],
                cwd=folder,
                env={**os.environ, **(environment or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.text():
            assert time.monotonic() < deadline, f"no {words!r} in:\n{self.text()}"
            time.sleep(0.05)

    @property
    def address(self) -> str:
        self.wait_for("Application startup complete")
        started = STARTED.search(self.text())
        assert started
        _until(lambda: _listens(int(started[1])))
        return f"127.0.0.1:{started[1]}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as response:
            return str(response.read().decode())

    def stop(self) -> float:
        """Type Ctrl-C; return how many seconds the end takes."""
        start = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=20)
        return time.monotonic() - start


@pytest.fixture
def serve(tool: Path) -> Iterator[Serve]:
    """Starts servers that end with the test."""
    running: list[Running] = []

    def start(folder: Path, *options: str, **environment: str) -> Running:
        running.append(Running(tool, folder, *options, environment=environment))
        return running[-1]

    yield start
    for server in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def in_two_seconds(seconds: float, start: Callable[[], Running]) -> bool:
    """Has an end taken no longer? On a machine that is busy: than two more than an idle server's takes just then."""
    if seconds < 2:
        return True
    idle = start()
    assert idle.address
    return seconds < 2 + idle.stop()


@pytest.fixture
def asleep(project: Path) -> Path:
    (project / "project" / "root_module.py").write_text(ASLEEP)
    return project


def test_application_is_served_from_any_folder_inside_the_project(project: Path, serve: Serve) -> None:
    create_module("car", project)
    server = serve(project / "project" / "apps")
    assert "<html" in server.get("/car/ws-index")
    assert f"project on http://{server.address}, reload off; Ctrl-C stops it\n" in server.text()


def test_config_of_the_project_is_used_unless_another_is_set(project: Path, serve: Serve) -> None:
    config = project / "project" / "config.py"
    config.write_text(config.read_text() + "\n\nclass OtherConfig(DevelopmentConfig):\n    DEBUG = False\n")
    assert "<html" in serve(project).get("/")
    other = serve(project, ELLAR_CONFIG_MODULE="project.config:OtherConfig")
    with pytest.raises(urllib.error.HTTPError) as error:
        other.get("/")
    assert error.value.code == 404
    error.value.close()


def test_env_file_of_the_project_is_read_from_any_folder_unless_another_is_named(project: Path, serve: Serve) -> None:
    (project / ".env").write_text("ELLAR_DEBUG=maybe\n")
    (project / "other.env").write_text("ELLAR_DEBUG=1\n")
    assert "<html" in serve(project / "project", ELLAR_ENV_FILE=str(project / "other.env")).get("/")
    (project / ".env").write_text("ELLAR_DEBUG=0\n")
    with pytest.raises(urllib.error.HTTPError) as error:
        serve(project / "project" / "apps").get("/")
    assert error.value.code == 404
    error.value.close()


def test_refused_websocket_says_why_in_the_terminal(project: Path, serve: Serve) -> None:
    create_module("car", project)
    server = serve(project)

    async def knock() -> None:
        async with connect(f"ws://{server.address}/car/live-support", origin=websockets.Origin("http://evil.example")):
            pass

    with pytest.raises(websockets.InvalidStatus):
        asyncio.run(knock())
    server.wait_for(
        "ellar.websocket: refused with 403: a page of 'http://evil.example' may not connect; if it should, add that"
    )


@pytest.mark.parametrize("options", [(), ("--reload",)])
def test_ctrl_c_ends_it_in_two_seconds_with_a_browser_connected_and_a_handler_asleep(
    asleep: Path, serve: Serve, options: tuple[str, ...]
) -> None:
    server = serve(asleep, *options)

    async def converse() -> float:
        async with (
            connect(f"ws://{server.address}/slow/socket") as idle,
            connect(f"ws://{server.address}/slow/socket") as busy,
        ):
            assert await idle.recv() == await busy.recv() == "hello"
            await busy.send("sleep")
            await asyncio.to_thread(server.wait_for, "asleep")
            seconds = await asyncio.to_thread(server.stop)
            with pytest.raises(websockets.ConnectionClosed):
                await idle.recv()
            return seconds

    assert in_two_seconds(asyncio.run(converse()), lambda: serve(asleep))
    assert server.process.returncode == 0
    assert "Traceback" not in server.text()


@pytest.mark.parametrize("options", [(), ("--reload",)])
@pytest.mark.parametrize("path", ["thread", "blocking"])
def test_ctrl_c_ends_it_in_two_seconds_though_a_handler_sleeps_in_a_thread_or_blocks(
    asleep: Path, serve: Serve, path: str, options: tuple[str, ...]
) -> None:
    server = serve(asleep, *options)
    host, _, port = server.address.partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"GET /slow/{path} HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode())
        server.wait_for("asleep")
        assert in_two_seconds(server.stop(), lambda: serve(asleep))
    assert server.process.returncode == 0
    assert "Traceback" not in server.text()


def test_reload_serves_the_change_waits_out_a_mistake_and_ends_with_the_folder(project: Path, serve: Serve) -> None:
    env_file = project.with_name("prod.env")
    env_file.write_text("ELLAR_DEBUG=1\n")
    create_module("car", project, ModuleOptions(socket=None))
    server = serve(project, "--reload", "--env-file", "../prod.env")
    assert server.get("/car/")
    assert "reload on" in server.text()
    env_file.write_text("ELLAR_PORT=1\nELLAR_WORKERS=2\n")  # the port is typed
    server.wait_for(f"Reloading: {env_file} changed")
    server.wait_for("changed in prod.env: ELLAR_WORKERS; the server stays as it was started until runserver is typed")
    file = project / "project" / "root_module.py"
    works = file.read_text()
    file.write_text(works + "\nthis is no python\n")
    server.wait_for("SyntaxError")
    file.write_text(works.replace("[CarModule]", "[]").replace("from project.apps.car.module import CarModule\n", ""))
    _until(lambda: _status(server, "/car/") == 404)
    project.rename(project.with_name("moved"))
    assert server.process.wait(timeout=20) == 1
    assert f"error: {project} is not there any more\n" in (project.with_name("moved") / ".output").read_text()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _status(server: Running, path: str) -> int | None:
    try:
        with urllib.request.urlopen(f"http://{server.address}{path}", timeout=2) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None


def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_busy_port_is_one_line_that_says_what_to_do(project: Path, ellar: Ellar) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        run = ellar("runserver", "--port", str(port), cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith(f"error: 127.0.0.1:{port}: Address already in use by ")
    assert re.search(rf" \(process {os.getpid()}\); another port: --port \d+\n$", run.stderr)
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("0.0.0.0", r"127\.0\.0\.1:\d+, on all addresses"),
        ("::", r"\[::1\]:\d+, on all addresses"),
        ("[::1]", r"\[::1\]:\d+"),
    ],
)
def test_first_line_has_an_address_that_a_browser_opens(host: str, shown: str) -> None:
    options = {"host": bare(host), "reload": False, "workers": 1}
    with listen(bare(host), 0) as bound:
        line = first_line(Target("shop:app", Path(), "--app"), options, bound)
    assert re.fullmatch(rf"shop:app on http://{shown}, reload off; Ctrl-C stops it", line)


def test_env_file_that_cannot_be_read_is_one_line_with_what_names_it(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CliError, match=rf"^--env-file {tmp_path}: it is no file; name one with NAME=value lines$"):
        runserver(Wanted(project, env_file=str(tmp_path)))
    monkeypatch.setenv("ELLAR_ENV_FILE", "none")
    with pytest.raises(CliError, match=r"^ELLAR_ENV_FILE none: there is no such file$"):
        runserver(Wanted(project, env_file="none"))


def test_certificate_that_is_missing_is_told_with_where_it_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / ".env").write_text("ELLAR_SSL_CERTFILE=cert.pem\n")
    missing = "there is no such file; to try TLS, make one: openssl "
    inside = project / "project" / "apps"
    with pytest.raises(CliError, match=rf"^{project}/\.env:1: ELLAR_SSL_CERTFILE {project}/cert\.pem: {missing}"):
        runserver(Wanted(inside))
    with pytest.raises(CliError, match=rf"^--ssl-certfile cert\.pem: {missing}"):
        runserver(Wanted(inside, options={"ssl_certfile": "cert.pem"}))
    monkeypatch.setenv("ELLAR_SSL_CERTFILE", "cert.pem")
    with pytest.raises(CliError, match=rf"^environment variable ELLAR_SSL_CERTFILE cert\.pem: {missing}"):
        runserver(Wanted(inside, options={"ssl_certfile": "cert.pem"}))


def test_host_that_is_none_is_one_line(project: Path, ellar: Ellar) -> None:
    run = ellar("runserver", "--host", "no.such.host.invalid", cwd=project)
    assert run.returncode == 1
    assert run.stderr.startswith("error: no.such.host.invalid:8000: ")
    assert "; see --host (127.0.0.1 is this machine alone" in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "pyproject.toml",
            "project.server:bootstrap",
            "project.servers:bootstrap",
            r"pyproject.toml: \[tool.ellar\] application: there is no module project.servers; "
            r"did you mean project.server\?\n",
        ),
        (
            "project/root_module.py",
            "modules=[]",
            "modules=[int]",
            r".*root_module.py:\d+.*\n",
        ),
    ],
)
def test_mistake_is_one_line_with_its_place(
    project: Path, ellar: Ellar, file: str, old: str, new: str, expected: str
) -> None:
    path = project / file
    path.write_text(path.read_text().replace(old, new, 1) if old else new + path.read_text())
    run = ellar("runserver", "--port", "0", cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("error: ")
    assert re.search(expected, run.stderr), run.stderr
    assert run.stderr.count("\n") == 1


def test_exception_in_the_application_is_its_place_and_line_and_none_of_ours(project: Path, ellar: Ellar) -> None:
    file = project / "project" / "root_module.py"
    file.write_text(f"1 / 0\n{file.read_text()}")
    run = ellar("runserver", "--port", "0", cwd=project)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        "error: project/root_module.py:1: ZeroDivisionError: division by zero",
        "    1 / 0",
        "    ~~^~~",
        "  from project/server.py:5",
    ]


def test_outside_a_project_is_one_line(ellar: Ellar) -> None:
    run = ellar("runserver")
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "ellar new project" in run.stderr
