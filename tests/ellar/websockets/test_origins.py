"""A page of another site opens no websocket here, unless the config says that it may."""

from __future__ import annotations

import pytest

from ellar.common import (
    GuardCanActivate,
    IExecutionContext,
)
from ellar.core import ImproperlyConfigured
from ellar.origins import is_same_origin
from tests.ellar.conftest import Talk
from tests.ellar.websockets.conftest import Log
from tests.ellar.websockets.controllers import app_of, echo, events


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8000"),
        ("http://localhost:9000", "localhost:8000"),
        ("null", "localhost:8000"),
        ("http://[broken", "localhost:8000"),
    ],
)
def test_a_page_of_another_origin_is_refused_before_the_guards(talk: Talk, log: Log, origin: str, host: str) -> None:
    class Seen(GuardCanActivate):
        async def can_activate(self, context: IExecutionContext) -> bool:
            events.append("guard")
            return True

    outcome = talk(app_of(echo(Seen)), headers={"Origin": origin, "Host": host})

    assert (outcome.status, events) == (403, [])
    assert len(log.lines) == 1
    assert "WS_ALLOWED_ORIGINS" in log.lines[0]
    assert origin in log.lines[0]


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
    with pytest.raises(ImproperlyConfigured, match="is no origin"):
        app_of(echo(), WS_ALLOWED_ORIGINS=[origin])
