"""Logging: an id in every line of a request or connection, and lines that show without being asked for."""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO, get_type_hints

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ellar.config import Config, settle
from ellar.tracebacks import is_own

logger = logging.getLogger("ellar.app")

serving: ContextVar[Scope | None] = ContextVar("ellar.serving", default=None)
"""The scope of the request or connection that this task works for, and the tasks and threads that it starts."""

_NAMES = {"http": "request", "websocket": "connection"}
_SANE = re.compile(rb"[\w-]{8,64}")


def identity() -> str | None:
    """The id of the request or connection that is served here; None elsewhere.

    That of a request is its `X-Request-ID` where it is 8 to 64 letters, digits, - and _. It is made when first asked.
    """
    scope = serving.get()
    if scope is None or scope["type"] not in _NAMES:
        return None
    key = f"ellar.{_NAMES[scope['type']]}_id"
    if key not in scope:
        scope.setdefault(key, _sent(scope) or secrets.token_hex(4))
    found: str = scope[key]
    return found


def _sent(scope: Scope) -> str | None:
    if scope["type"] != "http":
        return None
    sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return sent.decode() if _SANE.fullmatch(sent) else None


def ids() -> dict[str, str]:
    """`{"request": id}`, `{"connection": id}` or nothing: what a line of the log is to carry."""
    found = identity()
    scope = serving.get()
    return {} if found is None or scope is None else {_NAMES[scope["type"]]: found}


class Ids(logging.Filter):
    """Gives each record that passes `ids`: `request=3f2a91c0`, `connection=...`, or nothing. For a handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets all pass."""
        found = ids()
        record.ids = " ".join(f"{name}={value}" for name, value in found.items())
        record.ellar_ids = found
        return True


_COLOURS = {"DEBUG": "36", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "91"}


class TextFormatter(logging.Formatter):
    """A line to read: level, time, logger, message and ids. It is as wide at its left as uvicorn's lines are."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's name
        text, found = super().formatMessage(record), getattr(record, "ids", "")
        level, space = record.levelname, " " * (8 - len(record.levelname))
        if level in _COLOURS and _has_colours():
            level = f"\033[{_COLOURS[level]}m{level}\033[0m"
        level = f"{level}:{space}"
        return f"{level} {text}" if not found or found in text else f"{level} {text} {found}"


def _has_colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "ids", "ellar_ids", "taskName", "color_message"}


class JSONFormatter(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, ids, what `extra=` holds, and the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "ellar_ids", {}),
        }
        line |= {k: _plain(v) for k, v in vars(record).items() if k not in _STANDARD and k not in line}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line)


def _plain(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value, default=str, allow_nan=False))
    except (TypeError, ValueError):  # a key that is no text, a circle, an infinite number
        return repr(value)


def _is_wanted(record: logging.LogRecord) -> bool:
    """Leaves out what libraries say of their insides at DEBUG, but where a person has given their logger a level."""
    if record.levelno >= logging.INFO or record.name.partition(".")[0] == "ellar" or is_own(record.pathname):
        return True
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None and logger.level == logging.NOTSET:
        logger = logger.parent
    return logger is not logging.getLogger()


class _Terminal(logging.StreamHandler[TextIO]):
    """Writes to what is sys.stderr at that moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.addFilter(Ids())
        self.addFilter(_is_wanted)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(config: Config) -> None:
    """Shows the lines of all loggers from LOG_LEVEL on, where nobody else has configured logging.

    It is called when an application is made and again when it starts: a server may set up its own log in between.
    """
    if config.LOG_FORMAT == "none":
        return
    _hide_queries()
    root = logging.getLogger()
    own = next((handler for handler in root.handlers if isinstance(handler, _Terminal)), None)
    if own is None:
        if root.handlers or logging.getLogger("ellar").handlers:
            return
        own = _Terminal()
        root.addHandler(own)
    root.setLevel(config.LOG_LEVEL)
    own.setFormatter(JSONFormatter() if config.LOG_FORMAT == "json" else TextFormatter())
    if config.LOG_FORMAT == "json":
        _write_json_of_uvicorn()


_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


def _write_json_of_uvicorn() -> None:
    """Its lines stand between ours; what a person has set up for them stays."""
    for handler in (handler for name in _UVICORN for handler in logging.getLogger(name).handlers):
        if type(handler.formatter).__module__ == "uvicorn.logging":
            handler.setFormatter(JSONFormatter())
            handler.addFilter(Ids())


def _hide_queries() -> None:
    for name in _UVICORN:
        logging.getLogger(name).addFilter(_without_query)


def _without_query(record: logging.LogRecord) -> bool:
    """uvicorn writes whole paths, and a websocket's token may stand in the query."""
    if isinstance(record.args, tuple):
        record.args = tuple(map(_hidden, record.args))
    return True


def _hidden(argument: object) -> object:
    if not isinstance(argument, str) or not argument.startswith("/") or "?" not in argument:
        return argument
    path, _, query = argument.partition("?")
    pairs = (part.partition("=") for part in query.split("&"))
    return f"{path}?{'&'.join(f'{name}=***' if equals else '***' for name, equals, _ in pairs)}"


_SECRET = re.compile("SECRET|PASSWORD|TOKEN|KEY")


def settings_in_force(config: Config) -> str:
    """Ours that are not as they are by default; of a secret only that it is set, of a middleware its class."""
    in_use = (name for name in get_type_hints(Config) if config.SESSION_COOKIE_NAME or not name.startswith("SESSION_"))
    usual = Config()
    settle(usual, debug=config.DEBUG)
    changed = {name: getattr(config, name) for name in in_use}
    shown = [f"{name}={_shown(name, value)}" for name, value in changed.items() if value != getattr(usual, name)]
    return " ".join(shown) or "the defaults"


def _shown(name: str, value: Any) -> str:
    if _SECRET.search(name):
        return "***"
    if name != "MIDDLEWARE":
        return repr(value)
    return repr([getattr(one.cls, "__name__", type(one.cls).__name__) for one in value])  # not a partial's arguments


class AnswerWithId:
    """Middleware: each answer carries the request's id as `X-Request-ID`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                header = (b"x-request-id", (identity() or "").encode())
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        await self._app(scope, receive, send_with_id if scope["type"] == "http" else send)
