"""Server-sent events: what goes out, and how a stream ends; on a real server where the client may leave."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.client import IncompleteRead
from typing import Any, BinaryIO, ClassVar

import pytest
from pydantic import BaseModel
from starlette.types import Message

from ellar.app import App, AppFactory
from ellar.common import Header, ServerSentEvent, ServerSentEvents, get
from ellar.di import ProviderConfig, request_scope
from ellar.testing import TestClient
from tests.ellar.conftest import serve, until
from tests.ellar.http.asking import SECONDS, ask


class Car(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("event", "sent"),
    [
        (ServerSentEvent("hello"), "data: hello\n\n"),
        (ServerSentEvent(""), "data: \n\n"),
        (ServerSentEvent("a\nb\r\nc\rd\n"), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"),
        (ServerSentEvent("a\u2028b\x0bc"), "data: a\u2028b\x0bc\n\n"),
        (ServerSentEvent({"a": "b\nc"}), 'data: {"a":"b\\nc"}\n\n'),
        (ServerSentEvent(Car(name="Mini")), 'data: {"name":"Mini"}\n\n'),
        (ServerSentEvent(None), "data: null\n\n"),
        (
            ServerSentEvent(1, event="parked", id="7", retry=500),
            "event: parked\nid: 7\nretry: 500\ndata: 1\n\n",
        ),
        (ServerSentEvent("x", id=""), "id: \ndata: x\n\n"),
    ],
    ids=repr,
)
def test_an_event_is_written_as_the_standard_says(event: ServerSentEvent, sent: str) -> None:
    assert event.encode() == sent.encode()


@pytest.mark.parametrize("value", ["a\nb", "a\rdata: x", "\0"])
def test_what_would_end_a_line_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"event=.* of a ServerSentEvent has a line end or a NUL in it"):
        ServerSentEvent("x", event=value)
    with pytest.raises(ValueError, match=r"id=.* of a ServerSentEvent has a line end or a NUL in it"):
        ServerSentEvent("x", id=value)


def test_a_ping_that_is_no_time_is_refused() -> None:
    with pytest.raises(ValueError, match="ping=0 of ServerSentEvents: write the seconds, or None"):
        ServerSentEvents([], ping=0)


@pytest.mark.parametrize("events", [test_a_ping_that_is_no_time_is_refused, "text", None], ids=str)
def test_what_is_no_iterable_is_refused_before_anything_is_sent(events: Any) -> None:
    with pytest.raises(TypeError, match="ServerSentEvents sends what an iterable gives"):
        ServerSentEvents(events)


@get("/finite")
async def finite(last_event_id: int = Header(0)) -> ServerSentEvents:
    async def events() -> AsyncIterator[Any]:
        yield "text"
        yield Car(name="Mini")
        yield ServerSentEvent([1], event="list", id=str(last_event_id + 1))

    return ServerSentEvents(events(), headers={"X-A": "b"})


@get("/sync")
def sync() -> ServerSentEvents:
    return ServerSentEvents((number for number in range(3)), ping=None)


SENT = 'data: text\n\ndata: {"name":"Mini"}\n\nevent: list\nid: 8\ndata: [1]\n\n'


def test_an_iterable_that_ends_is_a_whole_answer() -> None:
    with serve(AppFactory.create_app(routers=[finite, sync])) as port:
        answer = ask(port, "/finite", headers={"Last-Event-ID": "7"})
        assert answer.text == SENT
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-a"] == "b"
        assert ask(port, "/sync").text == "data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_the_test_client_takes_it_too() -> None:
    client = TestClient(AppFactory.create_app(routers=[finite]))

    assert client.get("/finite", headers={"Last-Event-ID": "7"}).text == SENT


class Session:
    """Lives for a request; what happens is noted by it."""

    steps: ClassVar[list[str]] = []


def session() -> Iterator[Session]:
    yield Session()
    Session.steps.append("scope ended")


@get("/endless")
async def endless(held: Session, quiet: bool = False, ping: float | None = None) -> ServerSentEvents:
    async def events() -> AsyncIterator[str]:
        try:
            yield "hello"
            while not quiet:
                await asyncio.sleep(0.001)
                yield "more"
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            held.steps.append("cleaned up")

    return ServerSentEvents(events(), ping=ping)


@get("/sync-endless")
def sync_endless(held: Session) -> ServerSentEvents:
    def events() -> Iterator[str]:
        try:
            while True:
                yield "hello"
                time.sleep(0.005)
        finally:
            held.steps.append("cleaned up")

    return ServerSentEvents(events())


@get("/broken")
async def broken() -> ServerSentEvents:
    def events() -> Iterator[str]:
        yield "hello"
        raise ZeroDivisionError

    return ServerSentEvents(events())


@pytest.fixture
def app() -> App:
    Session.steps.clear()
    providers = [ProviderConfig(Session, use_factory=session, scope=request_scope)]
    return AppFactory.create_app(routers=[finite, endless, sync_endless, broken], providers=providers)


@contextmanager
def connected(port: int, path: str, method: str = "GET") -> Iterator[BinaryIO]:
    """A client that leaves at the end; what it has received, from the first line on."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client, client.makefile("rb") as received:
        client.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield received


def read_until(received: BinaryIO, line: bytes) -> None:
    while received.readline() != line:
        pass


@pytest.mark.parametrize("quiet", [True, False], ids=["waiting", "sending"])
def test_a_stream_ends_when_its_client_leaves(app: App, quiet: bool, caplog: pytest.LogCaptureFixture) -> None:
    with serve(app) as port, caplog.at_level(logging.WARNING):
        with connected(port, f"/endless?quiet={quiet}") as received:
            read_until(received, b"data: hello\n")
            assert Session.steps == []
        until(lambda: len(Session.steps) == 2)

    assert Session.steps == ["cleaned up", "scope ended"]
    assert caplog.records == []


def test_a_stream_that_is_not_async_ends_after_its_next_event(app: App, caplog: pytest.LogCaptureFixture) -> None:
    with serve(app) as port, caplog.at_level(logging.WARNING):
        with connected(port, "/sync-endless") as received:
            read_until(received, b"data: hello\n")
        until(lambda: "cleaned up" in Session.steps)

    assert caplog.records == []


def test_a_stream_ends_when_the_server_stops(app: App) -> None:
    with serve(app) as port, connected(port, "/endless?quiet=1") as received:
        read_until(received, b"data: hello\n")

    assert Session.steps[:1] == ["cleaned up"]


def test_a_quiet_stream_says_that_it_is_there(app: App) -> None:
    with serve(app) as port, connected(port, "/endless?quiet=1&ping=0.02") as received:
        read_until(received, b"data: hello\n")
        read_until(received, b": ping\n")
        read_until(received, b": ping\n")


def test_an_error_amid_a_stream_is_one_traceback_and_an_answer_that_breaks_off(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    with serve(app) as port, caplog.at_level(logging.ERROR), pytest.raises(IncompleteRead):
        ask(port, "/broken")

    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_head_has_the_headers_alone(app: App) -> None:
    with serve(app) as port:
        answer = ask(port, "/endless", "HEAD")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_server_that_raises_where_the_client_left_is_told_nothing(app: App) -> None:
    """As ASGI has it since its HTTP 2.4, which uvicorn is not."""

    async def receive() -> Message:
        return await asyncio.Event().wait() and {}

    async def send(message: Message) -> None:
        if message.get("body") == b"data: more\n\n":
            raise ConnectionResetError

    scope = {"type": "http", "method": "GET", "path": "/endless", "headers": [], "query_string": b""}
    asyncio.run(asyncio.wait_for(app(scope, receive, send), SECONDS))

    assert Session.steps == ["cleaned up", "scope ended"]
