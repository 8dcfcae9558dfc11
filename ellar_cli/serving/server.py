"""uvicorn's server, with an end that comes soon."""

import asyncio
import logging
import os
import socket
import sys
import threading
from contextlib import suppress
from types import FrameType

import uvicorn
from uvicorn.config import LOGGING_CONFIG

# What an orderly end takes at most, from Ctrl-C on.
_STOP_SECONDS = 1.6
# What is left to do when the application has shut down; threads cannot be cancelled, and Python would wait for them.
_EXIT_SECONDS = 0.3


class NoCancelledError(logging.Filter):
    """Leaves out the traceback of a handler that Ctrl-C cut short: it is nobody's mistake."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record stays."""
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


class Server(uvicorn.Server):
    """uvicorn's server, which ends soon after Ctrl-C whatever a handler does."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop in good order; where a handler blocks the event loop, that never begins, and the process ends."""
        super().handle_exit(sig, frame)
        _end_after(_STOP_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End connections, tasks and the application; then the process, though a handler sleeps in a thread."""
        await super().shutdown(sockets)
        _end_after(_EXIT_SECONDS)


def _end_after(seconds: float) -> None:
    end = threading.Timer(seconds, _end)
    end.daemon = True
    end.start()


def _end() -> None:
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(0)


LOGGING = LOGGING_CONFIG | {
    "filters": {"no_cancelled_error": {"()": f"{__name__}.{NoCancelledError.__name__}"}},
    "handlers": {
        name: handler | {"filters": ["no_cancelled_error"]} for name, handler in LOGGING_CONFIG["handlers"].items()
    },
}
