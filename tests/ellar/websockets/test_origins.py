"""A page of another site opens no websocket here, unless the config says that it may."""

from __future__ import annotations

import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from ellar.common import (
    GuardCanActivate,
    IExecutionContext,
)
from ellar.core import ImproperlyConfigured
from ellar.origins import is_same_origin
from tests.ellar.conftest import Talk, serve, until
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, echo, events


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null", "http://[broken"])
def test_a_page_of_another_origin_is_refused_before_guards_and_injection(talk: Talk, log: Log, origin: str) -> None:
    class Seen(GuardCanActivate):
        def __init__(self) -> None:
            events.append("made")

        async def can_activate(self, context: IExecutionContext) -> bool:
            events.append("asked")
            return True

    outcome = talk(app_of(echo(Seen)), headers={"Origin": origin})

    assert (outcome.status, outcome.body) == (403, {"detail": "Origin not allowed"})
    assert events == []
    assert len(log.lines) == 1
    assert "WS_ALLOWED_ORIGINS" in log.lines[0]
    assert origin in log.lines[0]
    assert log.errors == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_own_page_connects_by_any_name_of_this_machine(host: str) -> None:
    with (
        serve(app_of(echo())) as port,
        connect(f"ws://127.0.0.1:{port}/car/live", origin=Origin(f"http://{host}:{port}")),
    ):
        until(lambda: events == ["connect"])


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "localhost:8000"),
        ("https://example.org", "example.org"),
        ("http://example.org:80", "example.org"),
        ("https://EXAMPLE.org", "example.org:443"),
    ],
)
def test_the_own_origin_is_told_by_host_and_port(origin: str, host: str) -> None:
    assert is_same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:9000", "localhost:8000"),
        ("http://example.org", "www.example.org"),
        ("http://example.org.evil.example", "example.org"),
        ("http://localhost", "example.org"),
        ("null", "null"),
        ("http://[broken", "localhost:8000"),
        ("http://example.org:99999", "example.org"),
        ("", ""),
    ],
)
def test_another_origin_is_told_by_host_and_port(origin: str, host: str) -> None:
    assert not is_same_origin(origin, host)


@pytest.mark.parametrize("allowed", ["https://friend.example", "*"])
def test_an_allowed_origin_connects(talk: Talk, allowed: str) -> None:
    app = app_of(echo(), WS_ALLOWED_ORIGINS=[allowed])

    outcome = talk(app, send=["hi"], expect=1, leave=1000, headers={"Origin": "https://friend.example"})

    assert outcome.frames == ["HI"]


@pytest.mark.parametrize("origin", ["https://Friend.example", "https://friend.example/", "https://friend.example:443"])
def test_an_allowed_origin_may_be_spelled_in_any_way(talk: Talk, origin: str) -> None:
    headers = {"Origin": "https://friend.example"}

    assert talk(app_of(echo(), WS_ALLOWED_ORIGINS=[origin]), send=["x"], expect=1, leave=1000, headers=headers).frames


@pytest.mark.parametrize(
    "origin", ["friend.example", "https://", "https://friend.example/path", "ftp://friend.example"]
)
def test_an_allowed_origin_that_is_none_is_an_error_at_start(origin: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="write an origin like"):
        app_of(echo(), WS_ALLOWED_ORIGINS=[origin])
