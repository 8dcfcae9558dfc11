"""Live reload: open pages hear of changed templates and static files, and of mistakes, over a websocket of their own.

The script that listens is put into the answers to a browser that loads a page, and into no others.
"""

import asyncio
import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketClose
from watchfiles import awatch

from ellar.origins import is_same_origin

PATH = "/ellar-live-reload"
"""Of the script over HTTP, and of the websocket."""
_PAGES = (b"document", b"iframe", b"frame")
# They would answer from a copy that was kept without the script, or in a form that nothing can be added to.
_DROPPED = (b"if-none-match", b"if-modified-since", b"accept-encoding", b"range")
_WITHOUT_BODY = (204, 205, 304)


def is_anothers(record: logging.LogRecord) -> bool:
    """Is a line of uvicorn's log about something else than live reload? Some don't say what they are about."""
    return record.msg not in ("connection open", "connection closed") and PATH not in (record.args or ())


@dataclass
class Watched:
    """What pages hear of: a mistake that the application does not start with, and the folders of its files."""

    mistake: str | None = None
    folders: list[Path] = field(default_factory=list)


class _State(TypedDict):
    """What a page hears: a version that changes with what it should show, and the mistake, where there is one."""

    version: str
    mistake: str | None


class LiveReload:
    """An application, with pages that reload by themselves."""

    def __init__(self, app: ASGIApp, watched: Watched) -> None:
        self.app = app
        self._watched = watched
        self._open: set[WebSocket] = set()
        self._watching: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does, but for what is live reload's own."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["path"] == scope.get("root_path", "") + PATH:
            await self._own(scope, receive, send)
        elif _loads_page(scope):
            headers = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
            # Asked before the page is made: what changes from now on may be in it or not.
            page = _Page(scope, send, await self._state())
            await self.app({**scope, "headers": headers}, receive, page.send)
        else:
            await self.app(scope, receive, send)

    async def _own(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            script = files("ellar_cli").joinpath("serving", "live_reload.js").read_bytes()
            answer = Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})
            await answer(scope, receive, send)
        elif _is_foreign(Headers(scope=scope)):
            await WebSocketClose()(scope, receive, send)
        else:
            await self._follow(WebSocket(scope, receive, send))

    async def _follow(self, websocket: WebSocket) -> None:
        """Tell one page how things are, now and after each change, until it leaves."""
        await websocket.accept()
        self._open.add(websocket)
        self._watching = self._watching or asyncio.create_task(self._watch())
        await asyncio.sleep(0)  # until it watches: nothing may change in between
        try:
            await websocket.send_json(await self._state())
            while (await websocket.receive())["type"] != "websocket.disconnect":
                pass
        finally:
            self._open.discard(websocket)
            if not self._open:
                self._watching.cancel()
                self._watching = None

    async def _watch(self) -> None:
        folders = [folder for folder in self._watched.folders if folder.is_dir()]
        if not folders:
            return
        async for _ in awatch(*folders):
            state = await self._state()
            for websocket in list(self._open):
                with suppress(Exception):  # it is leaving
                    await websocket.send_json(state)

    async def _state(self) -> _State:
        mistake = self._watched.mistake
        if mistake:
            return {"version": sha256(mistake.encode()).hexdigest()[:16], "mistake": mistake}
        return {"version": await asyncio.to_thread(_latest_change, self._watched.folders), "mistake": None}


def _latest_change(folders: Iterable[Path]) -> str:
    """Return when anything in these folders was changed last, as text: JavaScript's numbers are too short for it."""
    latest = 0
    for folder in folders:
        for path, _, names in os.walk(folder):
            for changed in (path, *(os.path.join(path, name) for name in names)):
                with suppress(OSError):
                    latest = max(latest, os.stat(changed).st_mtime_ns)
    return str(latest)


def _is_foreign(headers: Headers) -> bool:
    """Is it another site's page that asks? It would read a mistake's source."""
    origin = headers.get("origin")
    return origin is not None and not is_same_origin(origin, headers.get("host", ""))


def _loads_page(scope: Scope) -> bool:
    """Does a browser ask for what it shows? It says so, but for plain HTTP from another machine, and then by Accept."""
    headers = dict(scope["headers"])
    if scope["type"] != "http":
        return False
    destination = headers.get(b"sec-fetch-dest")
    return destination in _PAGES if destination else b"text/html" in headers.get(b"accept", b"")


class _Page:
    """The answer to a browser that loads a page: where it is HTML, the script comes after its end."""

    def __init__(self, scope: Scope, send: Send, state: _State) -> None:
        self._send = send
        source, told = escape(scope.get("root_path", "") + PATH), " data-mistake" if state["mistake"] else ""
        self._script = f'<script src="{source}" data-version="{state["version"]}"{told}></script>\n'.encode()
        self._has_body = scope["method"] != "HEAD"
        self._adds = False

    async def send(self, message: Message) -> None:
        """Pass on a message of the answer."""
        if message["type"] == "http.response.start":
            message = self._start(message)
        elif message["type"] == "http.response.body" and self._adds and not message.get("more_body"):
            message = {**message, "body": message.get("body", b"") + self._script}
        await self._send(message)

    def _start(self, message: Message) -> Message:
        if not _takes_script(message["status"], Headers(raw=message.get("headers", []))):
            return message
        message = {**message, "headers": list(message.get("headers", ()))}
        headers = MutableHeaders(scope=message)
        if "content-length" in headers:
            headers["content-length"] = str(int(headers["content-length"]) + len(self._script))
        # They name what the application made.
        del headers["etag"], headers["last-modified"]
        self._adds = self._has_body
        return message


def _takes_script(status: int, headers: Headers) -> bool:
    is_html = headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html"
    is_whole = status not in _WITHOUT_BODY and "content-encoding" not in headers
    return is_html and is_whole and _allows_script(headers.get("content-security-policy", ""))


def _allows_script(policy: str) -> bool:
    """Does a Content-Security-Policy let in a script of the page's own site? Else a browser would complain of it."""
    rules = dict(rule.split(None, 1) for rule in policy.split(";") if len(rule.split(None, 1)) == 2)
    sources = rules.get("script-src-elem", rules.get("script-src", rules.get("default-src", "'self'")))
    return "'self'" in sources.split() or "*" in sources.split()
