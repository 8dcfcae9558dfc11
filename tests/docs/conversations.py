"""Conversations: what a page shows of a client and the server, held against a real server.

| line | is |
| --- | --- |
| `connect /car/live?name=Ada` | a websocket; headers are below, indented by two spaces |
| `> hello` | what the client sends; `bytes 00 ff` is a binary frame, `close 1001` leaves |
| `< Ada: hello` | what it gets; `close 1008 Message not valid` is the end, `403 {...}` a refusal |
| `log: refused with 403: ...` | all of the server's log; the client's address and the connection's id may be others |
| `POST /cars {"name": "Ada"}` | a request; `< 200 {...}` its answer, `< Location: /` a header of it |

`ada connect ...`, `ada > ...` and `ada < ...` tell several clients apart. In what is shown, `...` stands for anything.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ellar_cli.serving.config import config_of
from tests.docs.pages import Block
from tests.ellar.conftest import serve

SECONDS = 5
"""How long an answer may take."""
_LINE = re.compile(r"(?:(?P<name>\w+) +)?(?P<sign>[<>]|connect) (?P<rest>.*)")


def hold(block: Block, folder: Path) -> None:
    """Holds a conversation with a new server. Raises AssertionError where it goes otherwise than shown."""
    assert block.app is not None, "there is no app to talk to above this block"
    shown_log = [_bare(line) for line in block.text.splitlines() if line.startswith("log: ")]
    with imported(block.app, folder) as app, _logged() as log, _served(app) as port, ExitStack() as stack:
        talk = _Talk(port, stack)
        for step in _steps(block.text):
            talk.take(step)
        talk.leave()
    assert not shown_log or [_bare(f"log: {line}") for line in log] == shown_log


def _served(app: Any) -> AbstractContextManager[int]:
    """As `ellar runserver` does, as far as conversations show."""
    return serve(app, ws_max_size=config_of(app).WS_MAX_SIZE)


def _steps(text: str) -> list[str]:
    """The lines, each with the headers below it."""
    return [step.replace("\n  ", "\n") for step in re.split(r"\n(?! )", text.rstrip()) if not step.startswith("log: ")]


def _bare(line: str) -> str:
    return re.sub(r"client=\S+ connection=\S+", "client= connection=", line)


@contextmanager
def imported(name: str, folder: Path) -> Iterator[Any]:
    """The `app` of a module of the page, made anew."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(name).app
    finally:
        sys.path.remove(str(folder))
        importlib.invalidate_caches()
        for added in set(sys.modules) - before:
            if str(getattr(sys.modules[added], "__file__", "")).startswith(str(folder)):
                del sys.modules[added]


@contextmanager
def _logged() -> Iterator[list[str]]:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # as short as it gets
    loggers = [logging.getLogger(name) for name in ("ellar.http", "ellar.websocket")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
    try:
        yield lines
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


class _Talk:
    """All clients of one conversation."""

    def __init__(self, port: int, stack: ExitStack) -> None:
        self._port = port
        self._stack = stack
        self._clients: dict[str | None, ClientConnection] = {}
        self._answers: list[str] = []
        self._cookies: dict[str, str] = {}

    def take(self, step: str) -> None:
        """One line of it."""
        first, *headers = step.split("\n")
        line = _LINE.fullmatch(first)
        if line is None:
            self._request(first, self._headers(headers))
        elif line["sign"] == "connect":
            self._connect(line["name"], line["rest"], self._headers(headers))
        elif line["sign"] == ">":
            _send(self._clients[line["name"]], line["rest"])
        elif self._answers:
            _expect(self._answers.pop(0), line["rest"])
        else:
            _expect(_received(self._clients[line["name"]]), line["rest"])
        if line is not None and line["rest"].startswith("close"):
            del self._clients[line["name"]]

    def leave(self) -> None:
        """Ends it; nothing may have come that is not shown."""
        assert self._answers == []
        for client in self._clients.values():
            left = _received(client, seconds=0.05)
            assert left == "nothing", f"not shown: {left}"

    def _connect(self, name: str | None, path: str, headers: dict[str, str]) -> None:
        offered = [Subprotocol(one.strip()) for one in headers.pop("Sec-WebSocket-Protocol", "").split(",") if one]
        address = f"ws://127.0.0.1:{self._port}{path}"
        assert name not in self._clients, f"still connected before {path}"
        try:
            client = connect(address, additional_headers=headers, subprotocols=offered or None, open_timeout=SECONDS)
        except InvalidStatus as refusal:
            response = refusal.response
            self._answers = _shown(response.status_code, response.headers.raw_items(), bytes(response.body or b""))
            return
        self._clients[name] = self._stack.enter_context(client)
        if client.subprotocol is not None:
            self._answers = [f"101 Sec-WebSocket-Protocol: {client.subprotocol}"]

    def _request(self, line: str, headers: dict[str, str]) -> None:
        method, path, *body = line.split(" ", 2)
        connection = HTTPConnection("127.0.0.1", self._port, timeout=SECONDS)
        connection.request(method, path, body[0] if body else None, headers)
        response = connection.getresponse()
        self._answers = _shown(response.status, response.getheaders(), response.read())
        cookies = response.headers.get_all("Set-Cookie", [])
        self._cookies |= dict(cookie.split(";")[0].split("=", 1) for cookie in cookies)
        connection.close()

    def _headers(self, lines: list[str]) -> dict[str, str]:
        """Those that are shown, and the cookies that were set so far."""
        kept = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        return (kept if self._cookies else {}) | dict(line.split(": ", 1) for line in lines)


_TOLD = {
    name.lower(): name
    for name in ("Access-Control-Allow-Origin", "Location", "Set-Cookie", "WWW-Authenticate", "X-Request-ID")
}
"""Headers of an answer that a conversation shows."""


def _shown(status: int, headers: Any, body: bytes) -> list[str]:
    told = [f"{_TOLD[name.lower()]}: {value}" for name, value in headers if name.lower() in _TOLD]
    return [f"{status} {body.decode()}".rstrip(), *told]


def _send(client: ClientConnection, what: str) -> None:
    if what.startswith("close"):
        client.close(int(what.removeprefix("close") or 1000))
    elif what.startswith("bytes"):
        client.send(bytes.fromhex(what.removeprefix("bytes")))
    else:
        client.send(what)


def _received(client: ClientConnection, seconds: float = SECONDS) -> str:
    try:
        frame = client.recv(seconds)
    except ConnectionClosed as closed:
        return f"close {closed.rcvd.code} {closed.rcvd.reason}".rstrip() if closed.rcvd else "cut off"
    except TimeoutError:
        return "nothing"
    return frame if isinstance(frame, str) else f"bytes {frame.hex(' ')}".rstrip()


def _expect(got: str, shown: str) -> None:
    """JSON is compared by its value."""
    pattern = ".*".join(re.escape(part) for part in shown.split("..."))
    assert re.fullmatch(pattern, got, re.DOTALL) or _value(got) == _value(shown), f"got {got}\nnot {shown}"


def _value(text: str) -> Any:
    status, _, body = text.partition(" ")
    try:
        return (status, json.loads(body)) if status.isdigit() and body else json.loads(text)
    except ValueError:
        return text
