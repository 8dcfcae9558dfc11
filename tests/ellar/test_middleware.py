"""Middleware by config: what each does to a request, and that a websocket beside it goes on."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import anyio
import pytest
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ellar.app import App, AppFactory
from ellar.common import Controller, ControllerBase, Response, StreamingResponse, WsBody, get, post, ws_route
from ellar.config import load_config
from ellar.core import Config, ImproperlyConfigured, Request, WebSocket
from ellar.middleware import middleware_of
from ellar.testing import Test, TestClient
from tests.ellar.conftest import Talk, serve

LONG = "long " * 1000


class Turnstile:
    """Holds a stream back until its client has seen the first part."""

    def __init__(self) -> None:
        self.opened = anyio.Event()


@Controller("/")
class BesideController(ControllerBase):
    def __init__(self, turnstile: Turnstile) -> None:
        self.turnstile = turnstile

    @get("/")
    async def index(self, request: Request) -> list[str]:
        return list(request.scope.get("seen", []))

    @post("/")
    async def create(self) -> None: ...

    @get("/long")
    async def long(self) -> str:
        return LONG

    @get("/stream/{kind}/{subkind}")
    async def stream(self, kind: str, subkind: str) -> Response:
        self.turnstile.opened = anyio.Event()
        return StreamingResponse(self.ticks(), media_type=f"{kind}/{subkind}")

    async def ticks(self) -> AsyncIterator[str]:
        yield f"{LONG}\n"
        with anyio.fail_after(5):
            await self.turnstile.opened.wait()
        yield "last\n"

    @get("/open")
    async def open(self) -> None:
        self.turnstile.opened.set()

    @ws_route("/live", use_extra_handler=True)
    async def live(self, websocket: WebSocket, data: int = WsBody()) -> None:
        await websocket.send_json(data + 1)


def app_of(**settings: Any) -> App:
    return AppFactory.create_app(controllers=[BesideController], providers=[Turnstile], config_module=settings)


@contextmanager
def asking(port: int, path: str, headers: Mapping[str, str] = {}, method: str = "GET") -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers=dict(headers))
    yield connection.getresponse()
    connection.close()


def start(**settings: Any) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        app_of(**settings)
    return str(caught.value)


# Each beside a websocket


class Outer:
    """Notes that it was passed, for both protocols."""

    def __init__(self, app: ASGIApp, name: str) -> None:
        self.app = app
        self.name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("seen", []).append(self.name)
        await self.app(scope, receive, send)


class Dispatching(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        request.scope["seen"].append("dispatching")
        return await call_next(request)


HOSTS = {"ALLOWED_HOSTS": ["127.0.0.1", "testserver"]}
CORS = {"CORS_ALLOW_ORIGINS": ["https://friend.example"]}
SESSIONS = {"SESSION_COOKIE_NAME": "sid", "SECRET_KEY": "a key for this test"}
GZIP = {"GZIP_MINIMUM_SIZE": 500}
OWN = {"MIDDLEWARE": [Middleware(Outer, "outer"), Middleware(Dispatching)]}
EACH = {"hosts": HOSTS, "cors": CORS, "sessions": SESSIONS, "gzip": GZIP, "own": OWN}
EVERY: dict[str, Any] = HOSTS | CORS | SESSIONS | GZIP | OWN


@pytest.mark.parametrize("settings", [*EACH.values(), EVERY], ids=[*EACH, "every"])
def test_a_websocket_goes_on_beside_it(talk: Talk, caplog: pytest.LogCaptureFixture, settings: dict[str, Any]) -> None:
    caplog.set_level(logging.WARNING)

    outcome = talk(app_of(**settings), "/live", send=["1", "2"], expect=2, leave=1000)

    assert outcome.frames == ["2", "3"]
    assert caplog.text == ""


@pytest.mark.parametrize("settings", [*EACH.values(), EVERY], ids=[*EACH, "every"])
def test_a_websocket_is_still_refused_and_told_its_faults(talk: Talk, settings: dict[str, Any]) -> None:
    app = app_of(**settings)

    assert talk(app, "/live", headers={"Origin": "https://friend.example"}).status == 403
    assert talk(app, "/nowhere").status == 404
    assert talk(app, "/live", send=["no number"], expect=1).code == 1003


def test_it_is_in_the_order_of_the_page() -> None:
    names = [getattr(one.cls, "__name__", "") for one in middleware_of(load_config(EVERY))]

    assert names == ["AllowedHosts", "CORSMiddleware", "SessionMiddleware", "GZipMiddleware", "Outer", "Dispatching"]
    assert TestClient(app_of(**EVERY)).get("/").json() == ["outer", "dispatching"]


MODULES = {
    "hosts": ("ALLOWED_HOSTS=['testserver']", "ellar.hosts"),
    "cors": ("CORS_ALLOW_ORIGINS=['https://friend.example']", "starlette.middleware.cors"),
    "sessions": ("SESSION_COOKIE_NAME='sid', SECRET_KEY='key'", "starlette.middleware.sessions itsdangerous"),
    "gzip": ("GZIP_MINIMUM_SIZE=1", "starlette.middleware.gzip"),
}


@pytest.mark.parametrize("configured", [*MODULES, None])
def test_what_is_not_configured_is_not_imported(configured: str | None) -> None:
    settings = "" if configured is None else MODULES[configured][0]
    watched = {name for _, names in MODULES.values() for name in names.split()}
    code = (
        "import sys, ellar.common, ellar.core\n"
        "from ellar.app import AppFactory\n"
        f"app = AppFactory.create_app(config_module=dict({settings}))\n"
        "from ellar.testing import TestClient\n"
        "TestClient(app).get('/')\n"
        f"print(*sorted({watched} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == sorted(MODULES[configured][1].split() if configured else [])


# Hosts


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("example.org", 200),
        ("EXAMPLE.org:8000", 200),
        ("example.org.", 200),
        ("[::1]:8000", 200),
        ("www.example.com", 200),
        ("a.b.example.com", 200),
        ("example.com", 400),
        ("evilexample.com", 400),
        ("www.example.org", 400),
        ("example.org.evil.example", 400),
        ("example.org@evil.example", 400),
        ("evil.example:80@example.org", 400),
        ("example.org:80:90", 400),
        ("example.org/", 400),
        ("127.0.0.1", 400),
        ("\xe9.example.com:x", 400),
        ("", 400),
    ],
)
def test_a_host_that_is_not_allowed_is_refused(talk: Talk, host: str, status: int) -> None:
    app = app_of(ALLOWED_HOSTS=["Example.ORG", "*.example.com", "[::1]"])
    answer = TestClient(app).get("/", headers={b"Host": host.encode("latin-1")})

    assert answer.status_code == status
    if status == 400:
        assert answer.json() == {"detail": "Host not allowed"}


@pytest.mark.parametrize(
    "asked", ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: example.org\r\nHost: evil\r\n\r\n"]
)
def test_no_host_and_two_hosts_are_refused(asked: str) -> None:
    with (
        serve(app_of(ALLOWED_HOSTS=["example.org"])) as port,
        socket.create_connection(("127.0.0.1", port), 5) as client,
    ):
        client.sendall(asked.encode())
        assert client.recv(1000).split()[1] == b"400"


def test_a_websocket_to_another_host_is_refused_with_one_line(
    talk_for_real: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    outcome = talk_for_real(app_of(ALLOWED_HOSTS=["example.org"]), "/live")

    assert (outcome.status, outcome.body) == (400, {"detail": "Host not allowed"})
    ours = [record.getMessage() for record in caplog.records if record.name == "ellar.websocket"]
    assert len(ours) == 1
    assert ours[0].startswith("refused with 400: '127.0.0.1:")
    assert "' is not in ALLOWED_HOSTS path=/live client=127.0.0.1:" in ours[0]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize(
    ("host", "why"),
    [("evil.example", "'evil.example' is not in ALLOWED_HOSTS"), ("", "it has no Host header, or two")],
)
def test_a_request_for_another_host_is_a_line(caplog: pytest.LogCaptureFixture, host: str, why: str) -> None:
    caplog.set_level(logging.INFO, "ellar.http")

    TestClient(app_of(ALLOWED_HOSTS=["example.org"])).get("/%0Aroot%1b[31m?token=secret", headers={"Host": host})

    assert caplog.messages == [f"refused with 400: {why} path=/%0Aroot%1B%5B31m"]


@pytest.mark.parametrize("hosts", [[], ["*"], ["example.org", "*"]])
def test_every_host_is_allowed_where_none_or_all_are_named(hosts: list[str]) -> None:
    config = load_config({"ALLOWED_HOSTS": hosts})

    assert middleware_of(config) == []


@pytest.mark.parametrize("host", ["https://example.org", "example.org:8000", "*example.org", "a.*.org", "", "a b"])
def test_what_is_no_host_is_named(host: str) -> None:
    assert start(ALLOWED_HOSTS=[host]) == (
        f"config_module: ALLOWED_HOSTS={[host]!r} names {host!r}: write a host without scheme and port: example.org"
    )


@pytest.mark.parametrize(
    ("hosts", "host"),
    [(["example.org", "b.org"], "example.org"), (["*.example.org"], "testserver.example.org"), (["*"], "testserver")],
)
def test_the_test_client_asks_for_an_allowed_host(hosts: list[str], host: str) -> None:
    class Hosts(Config):
        ALLOWED_HOSTS = hosts

    client = Test.create_test_module(
        controllers=[BesideController], providers=[Turnstile], config_module=Hosts
    ).get_test_client()

    assert client.get("/").status_code == 200
    assert client.base_url.host == host


# Other sites


PREFLIGHT = {"Origin": "https://friend.example", "Access-Control-Request-Method": "PUT"}
FRIENDLY: dict[str, Any] = {
    "CORS_ALLOW_ORIGINS": ["https://Friend.example:443/", "http://localhost:3000"],
    "CORS_ALLOW_METHODS": ["GET", "put"],
    "CORS_ALLOW_HEADERS": ["X-Shop-Key"],
    "CORS_ALLOW_CREDENTIALS": True,
    "CORS_MAX_AGE": 60,
}


def test_a_friendly_site_may_ask_what_it_may() -> None:
    with serve(app_of(**FRIENDLY)) as port:
        asked = PREFLIGHT | {"Access-Control-Request-Headers": "x-shop-key"}
        with asking(port, "/", asked, "OPTIONS") as answer:
            told = {name.removeprefix("access-control-"): value for name, value in answer.getheaders()}
            assert answer.status == 200
        with asking(port, "/", {"Origin": "http://localhost:3000"}) as answer:
            assert answer.getheader("access-control-allow-origin") == "http://localhost:3000"
            assert answer.getheader("access-control-allow-credentials") == "true"
            assert "Origin" in str(answer.getheader("vary"))

    assert told["allow-origin"] == "https://friend.example"
    assert (told["allow-methods"], told["max-age"], told["allow-credentials"]) == ("GET, PUT", "60", "true")
    assert "X-Shop-Key" in told["allow-headers"]


@pytest.mark.parametrize(
    "asked",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://friend.example"},
        {"Origin": "null"},
        {"Access-Control-Request-Method": "DELETE"},
        {"Access-Control-Request-Headers": "x-other"},
    ],
)
def test_a_preflight_for_anything_else_is_refused(asked: dict[str, str]) -> None:
    answer = TestClient(app_of(**FRIENDLY)).options("/", headers=PREFLIGHT | asked)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("HTTPS://Friend.Example", "https://friend.example"),
        ("http://friend.example:80", "http://friend.example"),
        ("https://friend.example:8443/", "https://friend.example:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_known_however_it_is_written(written: str, sent: str) -> None:
    answer = TestClient(app_of(CORS_ALLOW_ORIGINS=[written])).get("/", headers={"Origin": sent})

    assert answer.headers["access-control-allow-origin"] == sent


def test_without_further_settings_a_friendly_site_may_do_what_a_form_may() -> None:
    client = TestClient(app_of(**CORS))

    def asking_to(method: str) -> int:
        return client.options("/", headers=PREFLIGHT | {"Access-Control-Request-Method": method}).status_code

    assert {method: asking_to(method) for method in ("GET", "HEAD", "POST", "PUT", "DELETE")} == {
        "GET": 200,
        "HEAD": 200,
        "POST": 200,
        "PUT": 400,
        "DELETE": 400,
    }
    assert "access-control-allow-credentials" not in client.get("/", headers=PREFLIGHT).headers


def test_every_site_may_where_it_is_said_so() -> None:
    client = TestClient(app_of(CORS_ALLOW_ORIGINS=["*"], CORS_ALLOW_METHODS=["*"], CORS_ALLOW_HEADERS=["*"]))
    asked = PREFLIGHT | {"Origin": "https://any.example", "Access-Control-Request-Headers": "x-any"}

    assert client.options("/", headers=asked).status_code == 200
    assert client.get("/", headers=asked).headers["access-control-allow-origin"] == "*"


def test_other_sites_read_nothing_without_cors() -> None:
    answer = TestClient(app_of()).get("/", headers=PREFLIGHT)

    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (
            {"CORS_ALLOW_ORIGINS": ["*"], "CORS_ALLOW_CREDENTIALS": True},
            "CORS_ALLOW_ORIGINS=['*'] with CORS_ALLOW_CREDENTIALS lets any site act as its visitor: name the sites",
        ),
        (
            {"CORS_ALLOW_ORIGINS": ["friend.example"]},
            "CORS_ALLOW_ORIGINS=['friend.example'] names 'friend.example': write an origin like https://example.org",
        ),
        (
            {"CORS_ALLOW_ORIGINS": ["https://friend.example/page"]},
            "CORS_ALLOW_ORIGINS=['https://friend.example/page'] names 'https://friend.example/page':"
            " write an origin like https://example.org",
        ),
        (
            CORS | {"CORS_ALLOW_METHODS": ["GET, POST"]},
            "CORS_ALLOW_METHODS=['GET, POST'] names 'GET, POST', which can't be one",
        ),
        (
            CORS | {"CORS_ALLOW_HEADERS": ["X-Key:"]},
            "CORS_ALLOW_HEADERS=['X-Key:'] names 'X-Key:', which can't be one",
        ),
        (CORS | {"CORS_MAX_AGE": -1}, "CORS_MAX_AGE=-1 is wrong: Input should be greater than or equal to 0"),
    ],
)
def test_what_can_not_work_with_other_sites_is_named(settings: dict[str, Any], line: str) -> None:
    assert start(**settings) == f"config_module: {line}"


# gzip

ZIPPED = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("path", "headers", "encoding"),
    [("/long", ZIPPED, "gzip"), ("/", ZIPPED, None), ("/long", {}, None), ("/long", {"Accept-Encoding": "br"}, None)],
)
def test_long_answers_are_compressed_for_who_takes_it(path: str, headers: dict[str, str], encoding: str | None) -> None:
    with serve(app_of(**GZIP)) as port, asking(port, path, headers) as answer:
        assert answer.getheader("content-encoding") == encoding
        body = answer.read()

    assert (gzip.decompress(body) if encoding else body).decode() in (f'"{LONG}"', "[]")


def test_a_part_of_a_stream_is_sent_at_once_compressed_or_not() -> None:
    with serve(app_of(**GZIP)) as port:
        for path, encoding in (("/stream/text/plain", "gzip"), ("/stream/text/event-stream", None)):
            with asking(port, path, ZIPPED) as answer:
                assert answer.getheader("content-encoding") == encoding
                unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
                first = b""
                while not first.endswith(b"\n"):
                    part = answer.read1()
                    first += unzip.decompress(part) if encoding else part
                with asking(port, "/open"):
                    rest = answer.read()

            assert first.decode() == f"{LONG}\n"
            assert (unzip.decompress(rest) if encoding else rest) == b"last\n"


# One's own

make: Any = Middleware  # without the types of what it makes


@pytest.mark.parametrize(
    ("middleware", "line"),
    [
        (
            [Outer],
            "config_module: MIDDLEWARE=[<class '{0}.Outer'>] is wrong: Input should be an instance of Middleware",
        ),
        ([make(Outer)], "config_module: MIDDLEWARE: Outer can't be made: missing a required argument: 'name'"),
        (
            [make(Dispatching, level=1)],
            "config_module: MIDDLEWARE: Dispatching can't be made: got an unexpected keyword argument 'level'",
        ),
        (
            [make(partial(Outer))],
            "config_module: MIDDLEWARE: partial can't be made: missing a required argument: 'name'",
        ),
    ],
)
def test_one_that_can_not_be_made_is_named(middleware: list[Any], line: str) -> None:
    assert start(MIDDLEWARE=middleware) == line.format(__name__)


def test_a_middleware_answers_a_request_and_sees_the_messages_of_a_websocket(talk: Talk) -> None:
    sent: list[str] = []

    class Watching:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            async def watched(message: Message) -> None:
                sent.append(message["type"])
                await send(message)

            await self.app(scope, receive, watched if scope["type"] == "websocket" else send)

    talk(app_of(MIDDLEWARE=[Middleware(Watching)]), "/live", send=["1"], expect=1, leave=1000)

    assert sent[:2] == ["websocket.accept", "websocket.send"]
