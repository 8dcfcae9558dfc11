"""The log: which lines show, in which form, with the id of the request or connection, and what never stands there."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.sync.client import connect

from ellar.app import App, AppFactory
from ellar.common import Controller, ControllerBase, WsBody, get, ws_route
from ellar.core import ImproperlyConfigured, WebSocket
from ellar.logs import Ids, JSONFormatter, TextFormatter, identity
from ellar.testing import TestClient
from tests.ellar.conftest import serve

log = logging.getLogger("shop.cars")


@Controller("/")
class TalkingController(ControllerBase):
    @get("/async")
    async def in_the_loop(self) -> str | None:
        log.info("in the loop")
        return identity()

    @get("/thread")
    def in_a_thread(self) -> str | None:
        log.info("in a thread")
        return identity()

    @get("/bug")
    async def bug(self) -> None:
        raise ZeroDivisionError("no way")

    @ws_route("/live", use_extra_handler=True)
    async def live(self, websocket: WebSocket, data: int = WsBody()) -> None:
        log.info("in a connection")
        await websocket.send_json(identity())


def app_of(**config: Any) -> App:
    return AppFactory.create_app(controllers=[TalkingController], config_module=config)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What a handler with our filter and text writes, beside pytest's own."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Ids())
    handler.setFormatter(TextFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel("INFO")
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


@contextmanager
def nobody_configured() -> Iterator[logging.Logger]:
    """The root logger of a process in which nobody has configured logging; afterwards it is pytest's again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    root.setLevel("WARNING")
    try:
        yield root
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.mark.parametrize("path", ["/async", "/thread"])
def test_every_line_of_a_request_carries_its_id(path: str, stream: io.StringIO) -> None:
    client = TestClient(app_of())
    first, second = client.get(path).json(), client.get(path).json()

    assert first != second
    assert re.fullmatch("[0-9a-f]{8}", first)
    assert re.findall(r"shop\.cars: in (?:the loop|a thread) request=(\S+)", stream.getvalue()) == [first, second]


def test_a_traceback_of_a_failing_request_carries_its_id(stream: io.StringIO) -> None:
    TestClient(app_of(), raise_server_exceptions=False).get("/bug", headers={"X-Request-ID": "order-4711"})

    assert "ellar.http: GET /bug failed: ZeroDivisionError request=order-4711\nTraceback" in stream.getvalue()


@pytest.mark.parametrize(
    ("sent", "is_taken"),
    [
        ("order-4711", True),
        ("A" * 64, True),
        ("3f2a91c0", True),
        ("short", False),
        ("A" * 65, False),
        ("has space in it", False),
        ("has=sign&more", False),
        ("\u0664\u0665\u0666\u0667\u0668\u0669\u0664\u0665", False),
    ],
)
def test_a_sane_request_id_is_taken_over(sent: str, is_taken: bool) -> None:
    answer = TestClient(app_of()).get("/async", headers=[(b"X-Request-ID", sent.encode())])

    assert (answer.json() == sent) is is_taken
    assert len(answer.json()) >= 8


def test_the_id_is_answered_only_where_that_is_configured() -> None:
    def answered(path: str, **config: Any) -> str | None:
        client = TestClient(app_of(**config), raise_server_exceptions=False)
        found: str | None = client.get(path, headers={"X-Request-ID": "order-4711"}).headers.get("X-Request-ID")
        return found

    for path in ("/async", "/bug", "/nowhere"):
        assert answered(path) is None
        assert answered(path, REQUEST_ID_HEADER=True) == "order-4711"


def test_every_line_of_a_connection_carries_its_id_once(stream: io.StringIO) -> None:
    with serve(app_of()) as port:
        for _ in range(2):
            with connect(f"ws://127.0.0.1:{port}/live?token=s3cret") as websocket:
                websocket.send("1")
                identity = json.loads(websocket.recv())
                websocket.send('"s3cret"')
                websocket.recv()
            lines = [line for line in stream.getvalue().splitlines() if identity in line and " uvicorn." not in line]
            assert [line.split()[3] for line in lines] == ["shop.cars:", "ellar.websocket:"]
            assert all(line.count(f"connection={identity}") == 1 for line in lines)
    assert "s3cret" not in stream.getvalue()


class Copying:
    """A middleware that hands on a scope of its own."""

    def __init__(self, app: ASGIApp, key: str = "") -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(dict(scope), receive, send)


def test_a_middleware_that_copies_the_scope_changes_no_id(stream: io.StringIO) -> None:
    with (
        TestClient(app_of(MIDDLEWARE=[Middleware(Copying)])) as client,
        client.websocket_connect("/live") as websocket,
    ):
        websocket.send_text("1")
        websocket.receive()
        websocket.send_text("wrong")
        websocket.receive()
    found = re.findall("connection=([0-9a-f]+)", stream.getvalue())
    assert len(found) == 2
    assert len(set(found)) == 1


def test_a_line_of_no_request_has_no_id(stream: io.StringIO) -> None:
    copy_context().run(log.info, "on its own")

    assert stream.getvalue().endswith(" shop.cars: on its own\n")
    assert identity() is None


def test_start_and_end_are_told_with_the_settings_in_force_and_no_secret(stream: io.StringIO) -> None:
    middleware = [Middleware(Copying, key="s3cret"), Middleware(partial(Copying, key="s3cret"))]
    config = {"SECRET_KEY": "s3cret" * 9, "STATIC_URL": "/files", "OWN_PASSWORD": "s3cret", "MIDDLEWARE": middleware}
    with TestClient(app_of(**config)):
        started = stream.getvalue()

    assert re.search(r"INFO: +\S+ \S+ ellar\.app: started with 4 routes; settings: .*STATIC_URL='/files'", started)
    assert "SECRET_KEY=***" in started
    assert "MIDDLEWARE=['Copying', 'partial']" in started
    assert "SESSION_" not in started
    assert "ellar.app: ended" not in started
    assert "ellar.app: ended" in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


def record(**more: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "shop", "levelname": "INFO", "msg": "sold %d", "args": (3,), **more})


def test_json_is_one_object_a_line() -> None:
    circle: list[Any] = []
    circle.append(circle)
    try:
        raise ValueError("line\nbreak")
    except ValueError:
        made = record(exc_info=sys.exc_info(), price=1.5, odd=float("nan"), when=Path("/x"), circle=circle, time="mine")
    line = JSONFormatter().format(made)

    assert "\n" not in line
    found = json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found.pop("time"))
    assert found.pop("traceback").endswith("ValueError: line\nbreak")
    assert found == {
        "level": "INFO",
        "logger": "shop",
        "message": "sold 3",
        "price": 1.5,
        "odd": "nan",
        "when": "/x",
        "circle": "[[...]]",
    }


def test_json_has_the_ids_as_members(capsys: pytest.CaptureFixture[str]) -> None:
    with nobody_configured():
        client = TestClient(app_of(LOG_FORMAT="json"), raise_server_exceptions=False)
        client.get("/async", headers={"X-Request-ID": "order-4711"})
        client.get("/bug", headers={"X-Request-ID": "order-4712"})

    lines = map(json.loads, capsys.readouterr().err.splitlines())
    inner, bug = (line for line in lines if line["logger"] != "httpx2")
    assert (inner["logger"], inner["message"], inner["request"]) == ("shop.cars", "in the loop", "order-4711")
    assert (bug["level"], bug["logger"], bug["request"]) == ("ERROR", "ellar.http", "order-4712")
    assert bug["traceback"].endswith("ZeroDivisionError: no way")


@pytest.mark.parametrize(
    ("level", "shown"), [("DEBUG", "DEBUG INFO ERROR"), ("INFO", "INFO ERROR"), ("ERROR", "ERROR")]
)
def test_lines_show_from_the_level_on(level: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    with nobody_configured():
        app_of(LOG_LEVEL=level)
        for name in ("DEBUG", "INFO", "ERROR"):
            log.log(getattr(logging, name), "a line")

    lines = [line for line in capsys.readouterr().err.splitlines() if line.endswith("shop.cars: a line")]
    assert " ".join(line.partition(":")[0] for line in lines) == shown


def test_libraries_tell_nothing_of_their_insides_at_debug_unless_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[str]:
        for library, level in (("httpcore.http11", "DEBUG"), ("httpcore.http11", "INFO"), ("ellar.app", "DEBUG")):
            where = ("/usr/lib/python3/dist-packages/httpcore/http11.py", 1, level, (), None)
            logger = logging.getLogger(library)
            logger.handle(logger.makeRecord(library, getattr(logging, level), *where))
        return [line.split()[-1] for line in capsys.readouterr().err.splitlines() if "started with" not in line]

    with nobody_configured():
        app_of(LOG_LEVEL="DEBUG")
        assert told() == ["INFO", "DEBUG"]
        monkeypatch.setattr(logging.getLogger("httpcore"), "level", logging.DEBUG)
        assert told() == ["DEBUG", "INFO", "DEBUG"]


def test_a_second_application_writes_no_line_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with nobody_configured():
        app_of()
        app_of()
        log.info("a line")

    assert capsys.readouterr().err.count("a line") == 1


@pytest.mark.parametrize("owner", ["root", "ellar"])
@pytest.mark.parametrize("form", ["auto", "json"])
def test_what_is_configured_already_is_let_be(owner: str, form: str) -> None:
    handler = logging.NullHandler()
    logger = logging.getLogger(owner)
    with nobody_configured() as root:
        logger.addHandler(handler)
        try:
            app_of(LOG_FORMAT=form, LOG_LEVEL="DEBUG")

            assert root.handlers == ([handler] if owner == "root" else [])
            assert root.level == logging.WARNING
        finally:
            logger.removeHandler(handler)


def test_none_touches_nothing() -> None:
    access = logging.getLogger("uvicorn.access")
    before = access.filters[:]
    access.filters.clear()
    with nobody_configured() as root, TestClient(app_of(LOG_FORMAT="none")):
        assert root.handlers == []
        assert access.filters == []
    access.filters[:] = before


@pytest.mark.parametrize("setting", [{"LOG_LEVEL": "LOUD"}, {"LOG_FORMAT": "xml"}])
def test_a_wrong_setting_is_an_error_at_start(setting: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured, match=next(iter(setting))):
        app_of(**setting)


def test_uvicorns_lines_hide_what_a_query_says() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loggers = [logging.getLogger(name) for name in ("uvicorn.access", "uvicorn.error")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel("INFO")
    try:
        with serve(app_of()) as port:
            httpx2.get(f"http://127.0.0.1:{port}/async?token=s3cret&page=s3cret&s3cret")
            with connect(f"ws://127.0.0.1:{port}/live?token=s3cret"):
                pass
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel("NOTSET")

    assert '"GET /async?token=***&page=***&*** HTTP/1.1" 200' in stream.getvalue()
    assert '"WebSocket /live?token=***" [accepted]' in stream.getvalue()
    assert "s3cret" not in stream.getvalue()


def test_the_filter_fits_a_configuration_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    with nobody_configured():
        logging.config.dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "filters": {"ids": {"()": "ellar.logs.Ids"}},
                "formatters": {"own": {"format": "%(name)s | %(message)s | %(ids)s"}},
                "handlers": {"own": {"class": "logging.StreamHandler", "filters": ["ids"], "formatter": "own"}},
                "root": {"handlers": ["own"], "level": "INFO"},
            }
        )
        TestClient(app_of()).get("/async", headers={"X-Request-ID": "order-4711"})

    assert capsys.readouterr().err.startswith("shop.cars | in the loop | request=order-4711\n")
