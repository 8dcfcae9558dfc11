"""What all of these tests look at: what the controllers noted down, and the log."""

from __future__ import annotations

import logging

import pytest

from tests.ellar.websockets.controllers import events


@pytest.fixture(autouse=True)
def _empty_events() -> None:
    events.clear()


class Log:
    """The lines of `ellar.websocket`, and what any logger has said of errors, uvicorn's among them."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    @property
    def lines(self) -> list[str]:
        return [record.getMessage() for record in self._caplog.records if record.name == "ellar.websocket"]

    @property
    def tracebacks(self) -> list[logging.LogRecord]:
        return [record for record in self._caplog.records if record.exc_info]

    @property
    def errors(self) -> list[logging.LogRecord]:
        return [record for record in self._caplog.records if record.levelno >= logging.ERROR]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.INFO, "ellar.websocket")
    return Log(caplog)
