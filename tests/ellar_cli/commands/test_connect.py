"""A real server in a thread, and the command in this process, or in a terminal of its own."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.exceptions import WebSocketException
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection
from websockets.sync.server import serve as serve_bare

from ellar.app import AppFactory
from ellar.common import (
    Controller,
    ControllerBase,
    GuardCanActivate,
    Guards,
    IExecutionContext,
    NotAuthenticated,
    WsBody,
    get,
    ws_route,
)
from ellar.core import WebSocket
from ellar_cli.main import main
from tests.ellar.conftest import serve
from tests.project import ELLAR
from tests.server import free_port
from tests.terminal import CTRL_C, CTRL_D, ENTER, Terminal

LONG = {"name": "Ada", "words": ["much to say"] * 15, "ok": True}


class Stranger(GuardCanActivate):
    async def can_activate(self, context: IExecutionContext) -> bool:
        raise NotAuthenticated("Who are you?")


@Controller("/talk")
class TalkController(ControllerBase):
    @ws_route("/echo", use_extra_handler=True, encoding="text")
    async def echo(self, websocket: WebSocket, data: str = WsBody(max_length=20)) -> None:
        await websocket.send_text(f"you said {data!r}")

    @ws_route("/later", use_extra_handler=True, encoding="text")
    async def later(self, websocket: WebSocket, data: str = WsBody()) -> None:
        await asyncio.sleep(0.4)
        await websocket.send_text(f"at last {data}")

    @ws_route("/silent")
    async def silent(self, websocket: WebSocket) -> None:
        await websocket.accept()
        while (await websocket.receive())["type"] == "websocket.receive":
            pass

    @ws_route("/bytes", use_extra_handler=True, encoding="bytes")
    async def bytes(self, websocket: WebSocket, data: bytes = WsBody()) -> None:
        await websocket.send_bytes(data[::-1])

    @ws_route("/json", use_extra_handler=True)
    async def json(self, websocket: WebSocket, data: dict[str, Any] = WsBody()) -> None:
        await websocket.send_json(data)
        await websocket.send_json(LONG)

    @ws_route("/said")
    async def said(self, websocket: WebSocket) -> None:
        await websocket.accept()
        headers = {name: websocket.headers.get(name) for name in ("origin", "x-one", "cookie")}
        await websocket.send_json({**headers, "query": websocket.url.query})
        await websocket.close()

    @ws_route("/first")
    async def first(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(f"got {await websocket.receive_text()}")

    @ws_route("/second")
    async def second(self, websocket: WebSocket) -> None:
        offered = websocket.scope["subprotocols"]
        await websocket.accept(subprotocol=offered[1] if len(offered) > 1 else None)
        await websocket.send_json(offered)
        await websocket.close()

    @ws_route("/forced")
    async def forced(self, websocket: WebSocket) -> None:
        await websocket.accept(subprotocol="v9")

    @ws_route("/ends", use_extra_handler=True)
    async def ends(self, websocket: WebSocket, data: int = WsBody()) -> None:
        await websocket.send_text("the last word")
        raise WebSocketException(data, "Full" if data > 4000 else None)

    @ws_route("/ticks")
    async def ticks(self, websocket: WebSocket) -> None:
        await websocket.accept()
        for number in range(1000):
            await websocket.send_text(f"tick {number}")
            await asyncio.sleep(0.02)

    @ws_route("/evil")
    async def evil(self, websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("\x1b]0;title\x07one\ntwo")
        await websocket.receive()

    @ws_route("/stranger")
    @Guards(Stranger)
    async def stranger(self, websocket: WebSocket) -> None: ...

    @ws_route("/slow")
    async def slow(self, websocket: WebSocket) -> None:
        await asyncio.sleep(1)

    @get("/page")
    async def page(self) -> str:
        return "no websocket"


class Run(NamedTuple):
    code: int
    out: str
    err: str


Connect = Callable[..., Run]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serve(AppFactory.create_app(controllers=[TalkController])) as port:
        yield port


@pytest.fixture
def connect(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Connect]:
    """Runs the command in this process, with standard input read from a file."""
    opened = []

    def run(path: str, *options: str, lines: str | bytes = "", port: int = port) -> Run:
        file = tmp_path / "lines"
        file.write_bytes(lines if isinstance(lines, bytes) else lines.encode())
        opened.append(file.open())
        monkeypatch.setattr("sys.stdin", opened[-1])
        monkeypatch.setenv("ELLAR_PORT", str(port))
        code = main(["connect", path, *options])
        printed = capfd.readouterr()
        return Run(code, printed.out, printed.err)

    yield run
    for file in opened:
        file.close()


def test_lines_of_a_pipe_are_sent_and_stdout_has_the_bare_replies(connect: Connect) -> None:
    run = connect("/talk/echo", "--wait", "0.2", lines="hello\n\nworld")
    assert run == (0, "you said 'hello'\nyou said ''\nyou said 'world'\n", "")


def test_it_ends_with_the_last_of_the_replies_without_waiting(connect: Connect) -> None:
    start = time.monotonic()
    run = connect("/talk/echo", "--replies", "2", "--wait", "30", lines="a\nb\n")
    assert run == (0, "you said 'a'\nyou said 'b'\n", "")
    assert time.monotonic() - start < 10


def test_reply_that_takes_longer_than_the_wait_is_waited_for(connect: Connect) -> None:
    assert connect("/talk/later", "--wait", "0.1", lines="a\n").out == "at last a\n"


def test_too_few_replies_are_an_error_that_counts_them(connect: Connect) -> None:
    run = connect("/talk/echo", "--replies", "3", "--timeout", "0.3", lines="a\nb\n")
    assert run.code == 1
    assert run.out.count("\n") == 2
    assert run.err == "error: 2 of 3 replies have come, and no more in 0.3 s; --timeout waits longer\n"


def test_no_reply_is_an_error_unless_none_is_to_come(connect: Connect) -> None:
    run = connect("/talk/silent", "--timeout", "0.2", lines="a\n")
    assert run.code == 1
    assert run.err == ("error: no reply to the last line in 0.2 s; --timeout waits longer, --replies 0 for none\n")
    assert connect("/talk/silent", "--replies", "0", lines="a\n") == (0, "", "")


def test_nothing_to_send_listens_until_it_is_quiet(connect: Connect) -> None:
    assert connect("/talk/echo", "--wait", "0.1") == (0, "", "")
    assert connect("/talk/ticks", "--replies", "2") == (0, "tick 0\ntick 1\n", "")


def test_thousands_of_lines_are_sent_in_their_order(connect: Connect) -> None:
    run = connect("/talk/echo", "--replies", "3000", lines="".join(f"{number}\n" for number in range(3000)))
    assert run.code == 0
    assert run.out.splitlines() == [f"you said '{number}'" for number in range(3000)]


@pytest.mark.parametrize(("form", "typed", "came"), [("hex", "00ff 10", "10 ff 00"), ("base64", "AP8Q", "EP8A")])
def test_bytes_are_written_and_shown_as_hex_or_base64(connect: Connect, form: str, typed: str, came: str) -> None:
    run = connect("/talk/bytes", "--bytes", form, "--replies", "1", lines=f"{typed}\n")
    assert run == (0, f"{came}\n", "")


@pytest.mark.parametrize(
    ("options", "lines", "error"),
    [
        (["--bytes", "hex"], b"00\nzz\n", "line 2: 'zz' is no hex; --bytes hex is for lines like 00 ff 10"),
        (["--bytes", "base64"], b"a\n", "line 1: 'a' is no base64; --bytes base64 is for lines like AP8Q"),
        ([], b"a\n\xff\n", "line 2: no UTF-8; to send bytes, write them as hex with --bytes hex"),
    ],
)
def test_line_that_cannot_be_sent_is_named(connect: Connect, options: list[str], lines: bytes, error: str) -> None:
    run = connect("/talk/silent", *options, lines=lines)
    assert run == (1, "", f"error: {error}\n")


def test_handshake_says_what_is_asked(connect: Connect, port: int) -> None:
    origin = f"http://127.0.0.1:{port}"
    said = ["--origin", origin, "--header", "X-One: 1", "--header", "Cookie: a=b; c=d"]
    run = connect("/talk/said?a=1", "--query", "name=Ada L", *said)
    assert (run.code, run.err) == (0, "")
    assert json.loads(run.out) == {"origin": origin, "x-one": "1", "cookie": "a=b; c=d", "query": "a=1&name=Ada+L"}


def test_subprotocols_are_offered_in_their_order(connect: Connect) -> None:
    assert connect("/talk/second", "--subprotocol", "v1", "--subprotocol", "v2") == (0, '["v1","v2"]\n', "")
    run = connect("/talk/second", "--subprotocol", "v1")
    assert (run.code, run.out) == (0, '["v1"]\n')
    assert run.err == "warning: the server chose none of the subprotocols; a browser would not connect\n"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--header", "nothing"], "--header cannot be 'nothing'; write it like 'Name: value'"),
        (["--header", "a b: c"], "--header cannot be 'a b: c'; write it like 'Name: value'"),
        (["--header", "a: b\r\nc: d"], r"--header cannot be 'a: b\r\nc: d'; write it like 'Name: value'"),
        (["--header", "Origin: x"], "--header cannot be Origin: write --origin"),
        (["--header", "Host: a/b"], "--header cannot be Host: 'a/b'; write it like 'Host: example.com'"),
        (["--header", "Host: a:99999"], "--header cannot be Host: 'a:99999'; write it like 'Host: example.com'"),
        (["--header", "Host: a", "--header", "host: b"], "--header cannot be Host twice: 'a' and 'b'"),
        (["--header", "Sec-WebSocket-Key: x"], "--header cannot be Sec-WebSocket-Key: it is the handshake itself"),
        (["--origin", "http://a\nb"], r"--origin cannot be 'http://a\nb'; write it like http://example.com"),
        (["--origin", "foo"], "--origin cannot be 'foo'; write it like http://example.com"),
        (["--subprotocol", "a b"], "--subprotocol cannot be 'a b': it is one word, without spaces and commas"),
        (["--query", "name"], "--query cannot be 'name'; write it like name=value"),
    ],
)
def test_option_that_is_none_is_one_line_of_usage(connect: Connect, options: list[str], error: str) -> None:
    assert connect("/talk/echo", *options) == (2, "", f"error: {error}\n")


def test_port_is_refused_beside_a_whole_address_and_taken_from_the_environment(connect: Connect, port: int) -> None:
    whole = f"ws://127.0.0.1:{port}/talk/said"
    run = connect(whole, "--port", "1")
    assert run == (2, "", f"error: --port is for a path, and '{whole}' has its own; leave one out\n")
    assert connect(whole).code == connect("/talk/said").code == 0


def test_port_that_the_server_picks_is_no_matter_to_a_whole_address_and_asked_for_otherwise(
    connect: Connect, port: int
) -> None:
    assert connect(f"ws://127.0.0.1:{port}/talk/said", port=0).code == 0
    expected = (2, "", "error: with port 0 the server picks one, and says which; write that: --port\n")
    assert connect("/talk/said", port=0) == connect("/talk/said", "--port", "0") == expected
    assert connect("/talk/said", "--port", str(port), port=0).code == 0


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (1003, "1003 (unsupported data); it was no JSON, or text where bytes are asked for, or the reverse"),
        (1008, "1008 (policy violation)"),
        (1011, "1011 (internal error); a mistake in the server; its log says which"),
        (4001, "4001 (the application's own): Full"),
    ],
)
def test_close_is_told_with_its_meaning_after_the_last_message(connect: Connect, code: int, told: str) -> None:
    run = connect("/talk/ends", "--wait", "5", lines=f"{code}\n1\n2\n")
    assert run == (1, "the last word\n", f"error: closed by the server: {told}\n")


def test_error_right_after_the_last_of_the_replies_is_an_error(connect: Connect) -> None:
    run = connect("/talk/ends", "--replies", "1", lines="1008\n")
    assert run == (1, "the last word\n", "error: closed by the server: 1008 (policy violation)\n")


def test_normal_close_is_no_error_but_before_all_replies(connect: Connect) -> None:
    assert connect("/talk/ends", "--wait", "5", lines="1000\n") == (0, "the last word\n", "")
    run = connect("/talk/ends", "--replies", "2", lines="1000\n")
    assert run.code == 1
    assert run.err == "error: closed by the server: 1000 (normal); 1 of 2 replies have come\n"


def test_lines_that_are_left_when_the_server_closes_are_an_error_that_says_from_which_on(connect: Connect) -> None:
    run = connect("/talk/first", lines="".join(f"{number}\n" for number in range(100_000)))
    assert (run.code, run.out) == (1, "got 0\n")
    told = re.fullmatch(r"error: closed by the server: 1000 \(normal\); nothing was sent from line (\d+) on\n", run.err)
    assert told
    assert 1 < int(told[1]) < 100_000
    assert connect("/talk/first", "--replies", "1", lines="1\n2\n3\n") == (0, "got 1\n", "")


def test_pipe_that_only_stays_open_has_no_line_left(
    port: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    with open(reading) as stdin, open(writing, "w") as pipe:
        pipe.write("1\n")
        pipe.flush()
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["connect", "/talk/first", "--port", str(port)]) == 0
    assert capfd.readouterr() == ("got 1\n", "")


@pytest.mark.parametrize(
    ("path", "options", "error"),
    [
        ("/nowhere", [], '404 Not Found: {"detail":"Not Found"}; no websocket has this path; see .* routes'),
        ("/talk/page", [], "404 Not Found: .*; see .* routes"),
        (
            "/talk/stranger",
            [],
            '401 Unauthorized: {"detail":"Who are you\\?"}; say who you are, as .*: by --header, --query or .*',
        ),
        (
            "/talk/echo",
            ["--origin", "http://evil.example/page"],
            '403 Forbidden: {"detail":"Origin not allowed"}; .*\'http://evil.example\' .* WS_ALLOWED_ORIGINS',
        ),
        ("/talk/echo", ["--origin", "null"], '403 Forbidden: {"detail":"Origin not allowed"}'),
        ("/talk/slow", ["--timeout", "0.2"], "no answer in 0.2 s; --timeout waits longer"),
    ],
)
def test_refusal_is_one_line_with_the_servers_own_words(
    connect: Connect, port: int, path: str, options: list[str], error: str
) -> None:
    run = connect(path, *options)
    assert (run.code, run.out) == (1, "")
    assert re.fullmatch(f"error: ws://127.0.0.1:{port}{path}: {error}\n", run.err), run.err


def test_server_that_does_not_run_is_one_line_with_the_command_that_runs_it(connect: Connect) -> None:
    free = free_port()
    run = connect("/live", "--port", str(free))
    assert run.code == 1
    there = f"ws://127.0.0.1:{free}/live: nobody listens on 127.0.0.1:{free}"
    assert re.fullmatch(rf"error: {there}; is it running\? .* runserver --port {free}\n", run.err)
    assert f"nobody listens on localhost:{free}; is it running?\n" in connect(f"ws://localhost:{free}/live").err


def test_other_host_is_asked_for_than_is_connected_to(connect: Connect) -> None:
    app = AppFactory.create_app(controllers=[TalkController], config_module={"ALLOWED_HOSTS": ["example.org"]})
    with serve(app) as port:
        refused = connect("/talk/said", port=port)
        host = ("--header", "Host: example.org:8000")
        allowed = connect("/talk/said", *host, "--origin", "http://example.org:8000", port=port)
    there = f"error: ws://127.0.0.1:{port}/talk/said: "
    assert refused.err == (
        f'{there}400 Bad Request: {{"detail":"Host not allowed"}}; '
        "add it to the server's ALLOWED_HOSTS, or ask for one that is there: --header 'Host: NAME'\n"
    )
    assert (allowed.code, json.loads(allowed.out)["origin"]) == (0, "http://example.org:8000")


def test_certificate_is_that_of_the_host_that_is_connected_to(
    connect: Connect, secure: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, certificate = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert connect(f"wss://localhost:{port}/talk/said", "--header", "Host: example.org").code == 0


def test_other_host_is_not_asked_for_through_a_proxy(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    run = connect("ws://live.example/", "--header", "Host: example.org")
    assert (run.code, run.err.partition(";")[0]) == (2, "error: --header cannot be Host through a proxy")


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server with a certificate of its own making: its port, and the certificate."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    line = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {key} -out {certificate}"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*line.split(), *names], check=True, capture_output=True)
    app = AppFactory.create_app(controllers=[TalkController])
    with serve(app, ssl_keyfile=str(key), ssl_certfile=str(certificate)) as port:
        yield port, certificate


def test_certificate_that_is_not_trusted_is_refused_and_can_be_trusted(
    connect: Connect, secure: tuple[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, certificate = secure
    address = f"wss://127.0.0.1:{port}/talk/said"
    run = connect(address)
    assert run.code == 1
    assert run.err.startswith(f"error: {address}: its certificate is not trusted: self-signed certificate; --insecure ")
    assert connect(address, "--insecure").code == 0
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert connect(address).code == 0


def test_tls_where_there_is_none_and_none_where_there_is_lead_to_the_other(
    connect: Connect, port: int, secure: tuple[int, Path]
) -> None:
    run = connect(f"wss://127.0.0.1:{port}/talk/said")
    assert run.err.endswith(f": the server speaks no TLS; write ws://127.0.0.1:{port}/talk/said\n")
    run = connect(f"http://127.0.0.1:{secure[0]}/talk/said")
    assert run.err.endswith(f": no answer in HTTP; does the server speak TLS? wss://127.0.0.1:{secure[0]}/talk/said\n")


@contextmanager
def served_by(handler: Callable[[ServerConnection], None], port: int = 0, **settings: Any) -> Iterator[int]:
    """A server below the level of applications; its port."""
    with serve_bare(handler, "127.0.0.1", port, **settings) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()[1]
        server.shutdown()
        thread.join()


def test_server_that_is_gone_without_a_close_is_told(connect: Connect) -> None:
    def cut_off(connection: ServerConnection) -> None:
        connection.recv()
        connection.socket.shutdown(socket.SHUT_RDWR)

    with served_by(cut_off) as port:
        run = connect("/", "--port", str(port), lines="a\n")
    assert run == (1, "", "error: cut off: the server has gone without a close (1006)\n")


def test_close_ends_it_though_the_pipe_goes_on(port: int) -> None:
    line = f"yes 1008 | {ELLAR} connect /talk/ends --port {port}"
    run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
    assert run.stderr == "error: closed by the server: 1008 (policy violation)\n"


def test_server_that_leads_elsewhere_is_followed_to_a_websocket_alone(connect: Connect, port: int) -> None:
    def elsewhere(connection: ServerConnection, request: Request) -> Response:
        address = "https://example.com/" if request.path == "/away" else f"ws://127.0.0.1:{port}/talk/said"
        response = connection.respond(HTTPStatus.FOUND, "")
        response.headers["Location"] = address
        return response

    with served_by(lambda connection: None, process_request=elsewhere) as bare:
        assert connect("/", "--port", str(bare)).code == 0
        run = connect("/away", "--port", str(bare))
        hosted = connect("/", "--port", str(bare), "--header", "Host: example.org")
    assert hosted.err.endswith(f"/: the server leads to ws://127.0.0.1:{port}/talk/said; connect to that\n")
    assert run == (
        1,
        "",
        f"error: ws://127.0.0.1:{bare}/away: the server leads to https://example.com/; connect to that\n",
    )


@pytest.mark.parametrize(
    ("address", "code", "error"),
    [
        ("ws://two..dots/", 1, "ws://two..dots/: there can be no host of this name"),
        (
            "ws://ada@example.com/",
            2,
            "ws://example.com/ is no address of a websocket: username provided without password",
        ),
    ],
)
def test_host_that_cannot_be_is_one_line(connect: Connect, address: str, code: int, error: str) -> None:
    assert connect(address) == (code, "", f"error: {error}\n")


def test_proxy_of_the_environment_is_named_and_not_used_for_this_machine(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"127.0.0.1:{free_port()}"
    for name in ("http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://ada:secret@{proxy}")
    run = connect("wss://example.com/")
    assert run.err == f"error: wss://example.com/: nobody listens on {proxy}, the proxy of this environment\n"
    assert connect("/talk/said").code == 0


def test_subprotocol_that_was_not_offered_is_refused(connect: Connect, port: int) -> None:
    run = connect("/talk/forced", "--subprotocol", "v1")
    assert run.code == 1
    assert run.err.endswith(": the server chose a subprotocol that was not offered: unsupported subprotocol: v9\n")


def test_reader_that_has_enough_ends_it_without_a_word(port: int) -> None:
    line = f"{ELLAR} connect /talk/ticks --port {port} </dev/null | head -n 1"
    run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
    assert (run.stdout, run.stderr) == ("tick 0\n", "")


def test_input_that_cannot_be_read_is_one_line(port: int, tmp_path: Path) -> None:
    line = f"{ELLAR} connect /talk/silent --port {port} 0> {tmp_path / 'written'}"
    run = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=30)
    assert (run.returncode, run.stderr) == (1, "error: standard input cannot be read: Bad file descriptor\n")


def test_ctrl_c_ends_a_pipe_that_goes_on(port: int) -> None:
    command = [str(ELLAR), "connect", "/talk/ticks", "--port", str(port)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "tick 0\n"
        process.send_signal(signal.SIGINT)
        assert (process.wait(10), process.stderr.read()) == (130, "interrupted\n")


def shown(terminal: Terminal) -> str:
    """What a terminal shows, without what moves its cursor and the prompts that were taken away again."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]|> ?\x08+", "", terminal.screen)


@pytest.fixture
def terminal(port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Terminal]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return lambda path, *options: Terminal([ELLAR, "connect", path, "--port", str(port), *options], tmp_path)


UP = "\x1b[A"
TIME = r"\d\d:\d\d:\d\d\.\d{3}"


def test_terminal_shows_both_directions_with_their_time(terminal: Callable[..., Terminal], port: int) -> None:
    with terminal("/talk/echo") as session:
        session.answer(f"connected to ws://127.0.0.1:{port}/talk/echo; Ctrl-D leaves", f"hello{ENTER}")
        session.answer("you said", f"{ENTER}again{ENTER}")
        session.answer("you said", CTRL_D)
        assert session.exit_code() == 0
        assert "warning" not in shown(session)
    with terminal("/talk/echo") as session:
        session.answer("Ctrl-D leaves", f"hello{ENTER}")
        session.answer("hello", "")
        session.answer("'hello'", CTRL_C)
        assert session.exit_code() == 130
        assert shown(session).rstrip().endswith("interrupted")
    with terminal("/talk/echo", "--replies", "1") as session:
        session.answer("Ctrl-D leaves", f"hello{ENTER}")
        assert session.exit_code() == 0
        assert re.search(f"{TIME} > hello\n{TIME} < you said 'hello'\n", shown(session))


def test_line_that_is_being_typed_stays_whole_while_messages_come(terminal: Callable[..., Terminal]) -> None:
    with terminal("/talk/ticks") as session:
        session.answer("tick 1", "hel")
        session.answer("tick 9", "lo")
        session.answer("tick 12", ENTER)
        session.answer("tick 30", CTRL_D)
        assert session.exit_code() == 0


@contextmanager
def left_by_its_server(terminal: Callable[..., Terminal], typed: str) -> Iterator[tuple[Terminal, int]]:
    """A session whose server stops when something is typed, and the port that it was on."""
    stops, has_left = threading.Event(), threading.Event()

    def stopped(connection: ServerConnection) -> None:
        stops.wait()
        connection.close(1012)
        has_left.set()

    with ExitStack() as sessions:
        with served_by(stopped) as there:
            session = sessions.enter_context(terminal("/", "--port", str(there)))
            session.answer("Ctrl-D leaves", typed)
            stops.set()
            assert has_left.wait(10)  # the server's own end would close it with another code
        yield session, there


def test_terminal_connects_again_when_the_server_is_back_and_sends_what_was_typed(
    terminal: Callable[..., Terminal],
) -> None:
    def echoing(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(f"you said {message!r}")

    with left_by_its_server(terminal, "hel") as (session, there):
        session.answer("1012 (service restart); the server stops or restarts; connecting again when it is back", "lo")
        session.answer(f"nobody listens on 127.0.0.1:{there}", ENTER)
        with served_by(echoing, there):
            session.answer("connected to ", "")
            session.answer("you said 'hello'", f"again{ENTER}")
            session.answer("you said 'again'", CTRL_D)
            assert session.exit_code() == 0


@pytest.mark.parametrize(("key", "code"), [(CTRL_D, 0), (CTRL_C, 130)])
def test_terminal_is_left_while_the_server_is_gone(terminal: Callable[..., Terminal], key: str, code: int) -> None:
    with left_by_its_server(terminal, "") as (session, there):
        session.answer(f"nobody listens on 127.0.0.1:{there}", key)
        assert session.exit_code() == code


def test_ctrl_d_is_heard_while_a_long_message_is_printed(terminal: Callable[..., Terminal]) -> None:
    def long(connection: ServerConnection) -> None:
        connection.send(json.dumps([{"number": number} for number in range(20_000)]))
        connection.recv()

    with served_by(long) as there, terminal("/", "--port", str(there)) as session:
        session.answer('{"number": 0}', CTRL_D)
        assert session.exit_code() == 0


def test_up_arrow_brings_back_a_line_of_an_earlier_run_but_none_that_begins_with_a_space(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    with terminal("/talk/echo") as session:
        session.answer("Ctrl-D leaves", f"kept{ENTER} secret{ENTER}")
        session.answer("you said ' secret'", CTRL_D)
        assert session.exit_code() == 0
    file = tmp_path / "state/ellar/connect-history"
    assert "secret" not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    with terminal("/talk/echo") as session:
        session.answer("Ctrl-D leaves", f"{UP}{ENTER}")
        session.answer("you said 'kept'", CTRL_D)
        assert session.exit_code() == 0


def test_lines_that_cannot_be_kept_are_sent_all_the_same(terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with terminal("/talk/echo") as session:
        session.answer("Ctrl-D leaves", f"hello{ENTER}")
        session.answer("you said 'hello'", CTRL_D)
        assert session.exit_code() == 0


def test_terminal_shows_json_in_lines_and_no_control_characters(terminal: Callable[..., Terminal]) -> None:
    with terminal("/talk/json", "--replies", "2") as session:
        session.answer("Ctrl-D leaves", f'{{"a":1}}{ENTER}')
        assert session.exit_code() == 0
        margin = " " * len("00:00:00.000 < ")
        words = f'"words": [\n{margin}    "much to say",'
        assert '< {"a":1}\n' in shown(session)
        assert f'< {{\n{margin}  "name": "Ada",\n{margin}  {words}' in shown(session)
        assert f'  "ok": true\n{margin}}}\n' in shown(session)
    with terminal("/talk/evil", "--replies", "1") as session:
        assert session.exit_code() == 0
        assert rf"< \x1b]0;title\x07one{chr(10)}{margin}two" in shown(session)


def test_line_that_is_no_bytes_is_typed_again(terminal: Callable[..., Terminal]) -> None:
    with terminal("/talk/bytes", "--bytes", "hex", "--replies", "1") as session:
        session.answer("Ctrl-D leaves", f"zz{ENTER}")
        session.answer("warning: not sent: 'zz' is no hex", f"00ff{ENTER}")
        assert session.exit_code() == 0
        assert re.search(rf"{TIME} > 00 ff  \(2 bytes\)\n{TIME} < ff 00  \(2 bytes\)\n", shown(session))


def test_close_ends_the_prompt(terminal: Callable[..., Terminal]) -> None:
    with terminal("/talk/ends") as session:
        session.answer("Ctrl-D leaves", f"4001{ENTER}")
        assert session.exit_code() == 1
        assert shown(session).rstrip().endswith("error: closed by the server: 4001 (the application's own): Full")
