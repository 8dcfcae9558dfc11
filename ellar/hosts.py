"""Hosts: whom a request or a websocket may ask for, by its Host header."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import quote

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ellar.websockets import refuse

_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]", re.ASCII)
_HEADER = re.compile(rb"(\[[0-9a-f:.]+\]|[^:/@]+?)\.?(?::\d*)?")
_DETAIL = "Host not allowed"
_log = logging.getLogger("ellar.http")


def is_host(written: str) -> bool:
    """Is it a name, with `*.` in front of it or not, or an address? Neither scheme nor port is part of one."""
    return _HOST.fullmatch(written.lower()) is not None


class AllowedHosts:
    """Answers 400 to whom asks for another host: what we answer would name it, in links and redirects.

    Starlette's answers in plain text, writes no line of it, and lets uvicorn log an error for a websocket.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        names = [host.lower().encode() for host in hosts]
        self._app = app
        self._exact = frozenset(names)
        self._ends = tuple(name[1:] for name in names if name.startswith(b"*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._allows(asked := _asked(scope)):
            await self._app(scope, receive, send)
            return
        named = f"{asked.decode('latin-1')[:100]!r} is not in ALLOWED_HOSTS"
        why = named if asked else "it has no Host header, or two"
        if scope["type"] == "websocket":
            await refuse(scope, receive, send, 400, why, _DETAIL)
            return
        _log.info("refused with 400: %s path=%s", why, quote(scope["path"]))
        await JSONResponse({"detail": _DETAIL}, 400)(scope, receive, send)

    def _allows(self, asked: bytes) -> bool:
        found = _HEADER.fullmatch(asked)
        return found is not None and (found[1] in self._exact or found[1].endswith(self._ends))


def _asked(scope: Scope) -> bytes:
    """The one Host header in small letters; two are none."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return hosts[0].lower() if len(hosts) == 1 else b""
