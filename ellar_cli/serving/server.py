"""uvicorn's server, with an end that comes soon, and a log without what the tool says itself."""

import asyncio
import logging
import os
import socket
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

# From Ctrl-C on, an orderly end takes at most this many times what handlers may take (a second or more).
_STOP_TIMES = 1.5
# What is left to do when the application has shut down; threads cannot be cancelled, and Python would wait for them.
_EXIT_SECONDS = 0.3
_OBVIOUS = (
    "Started server process",
    "Started parent process",
    "Started reloader process",
    "Waiting for application",
    "Waiting for child process",
    "Application startup failed",
    "Application shutdown failed",
    "Will watch for changes",
    "Uvicorn running on",
    "Terminated child process",
    "Application shutdown complete",
    "Finished server process",
    "Stopping reloader process",
    "Stopping parent process",
    "started with %d routes",
)


class NoCancelledError(logging.Filter):
    """Leaves out the traceback of a handler that Ctrl-C cut short: it is nobody's mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record stays."""
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class NothingObvious(logging.Filter):
    """Leaves out what the tool has said before, or what follows from it, but where more than INFO is asked for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record stays."""
        is_wanted = logging.getLogger(record.name).isEnabledFor(logging.DEBUG)
        return is_wanted or not str(record.msg).startswith(_OBVIOUS)


class Server(uvicorn.Server):
    """uvicorn's server, which ends soon after Ctrl-C whatever a handler does."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; where a handler blocks the event loop, that never begins, and the process ends."""
        super().handle_exit(sig, frame)
        _end_after(stop_seconds(self.config) if not self.force_exit else _STOP_TIMES)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End connections, tasks and the application; then the process, though a handler sleeps in a thread."""
        await super().shutdown(sockets)
        _end_after(_EXIT_SECONDS)


def stop_seconds(config: uvicorn.Config) -> float:
    """Return what an end takes at most, in seconds from Ctrl-C on."""
    return max(config.timeout_graceful_shutdown or 0, 1) * _STOP_TIMES


def _end_after(seconds: float) -> None:
    end = threading.Timer(seconds, _end)
    end.daemon = True
    end.start()


def _end() -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(0)


def _with_time(formatter: dict[str, Any]) -> dict[str, Any]:
    return formatter | {"fmt": formatter["fmt"].replace("%(levelprefix)s", "%(levelprefix)s %(asctime)s")}


_FILTERS = {"no_cancelled_error": NoCancelledError, "nothing_obvious": NothingObvious}
LOGGING = LOGGING_CONFIG | {
    # The application's lines, which stand between these, have a time as well.
    "formatters": {name: _with_time(formatter) for name, formatter in LOGGING_CONFIG["formatters"].items()},
    "filters": {name: {"()": f"{__name__}.{kind.__name__}"} for name, kind in _FILTERS.items()},
    "handlers": {name: handler | {"filters": [*_FILTERS]} for name, handler in LOGGING_CONFIG["handlers"].items()},
}
