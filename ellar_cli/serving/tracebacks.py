"""Tracebacks in the server's log: of a mistake that a request or a message meets."""

import logging

from ellar.tracebacks import own_traceback


def begin_with_own_calls() -> None:
    """Let those that uvicorn logs begin with the application's first own call: all before it is on every way to one."""
    logging.getLogger("uvicorn.error").addFilter(_shorten)


def _shorten(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        record.exc_info = (type(error), error, own_traceback(error))
    return True
