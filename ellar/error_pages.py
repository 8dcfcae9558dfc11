"""Error pages: what a browser is shown of a request that failed. An API's client gets JSON instead."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Host, Match, Mount, Route, WebSocketRoute

from ellar.exceptions import Faults, place
from ellar.logs import identity
from ellar.pages import render_page
from ellar.tracebacks import Frame, causes_of, frames_of, short

MAX_MESSAGE = 2000
"""Letters of an exception's text that the page shows."""


def prefers_html(accept: str) -> bool:
    """Does the Accept header want a page rather than JSON (RFC 9110, section 12.5.1)? A browser's does."""
    wanted = dict(map(_media_range, accept.split(",")))
    return _quality(wanted, "text/html") > _quality(wanted, "application/json")


def _media_range(written: str) -> tuple[str, float]:
    name, *parameters = written.split(";")
    weights = [text for key, _, text in (p.partition("=") for p in parameters) if key.strip().lower() == "q"]
    try:
        return name.strip().lower(), float(weights[0]) if weights else 1.0
    except ValueError:
        return name.strip().lower(), 0.0


def _quality(wanted: dict[str, float], media_type: str) -> float:
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((wanted[one] for one in ranges if one in wanted), 0.0)


def status_page(status: int, detail: Any, allowed: str | None, faults: Faults) -> str:
    """The plain page of production: nothing but the status and what the error says to clients."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    return render_page(
        "status.html",
        status=status,
        phrase=phrase,
        detail=None if detail == phrase else detail,
        faults=faults,
        allowed=allowed,
        reference=identity() if status >= 500 else None,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """One exception of a chain: its name, its text and the calls that the page shows, the application's alone."""

    kind: str
    message: str
    frames: Sequence[Frame]

    @classmethod
    def of(cls, error: BaseException) -> _Shown:
        frames = frames_of(error)
        return cls(type(error).__name__, _text(error), [frame for frame in frames if frame.is_own] or frames[:1])


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as other:
        return f"<its __str__ raised {type(other).__name__}>"
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]} ..."


def bug_page(request: Request, error: Exception) -> str:
    """Where it happened, in the application's own lines; for debug alone."""
    shown = {
        "Query": request.url.query,
        "Answered by": _answered_by(request),
        "Request id": identity(),
    }
    return render_page(
        "bug.html",
        method=request.method,
        path=request.scope["path"],
        errors=[_Shown.of(one) for one in (error, *causes_of(error))],
        request={name: value for name, value in shown.items() if value},
        traceback="".join(traceback.format_exception(error)),
    )


def missing_page(request: Request, detail: Any) -> str:
    """The routes that there are, or who says that there is nothing; for debug alone."""
    path, root = request.scope["path"], request.scope.get("root_path", "")
    routes = [_RouteRow.of(route) for route in request.app.routes if getattr(route, "include_in_schema", True)]
    near = get_close_matches(path, [root + route.path for route in routes if route.link], 1)
    return render_page(
        "missing.html",
        method=request.method,
        path=path,
        detail=detail,
        answered_by=_answered_by(request),
        is_websocket=_is_websocket(request),
        nearest=near[0] if near else None,
        root=root,
        routes=routes,
    )


def _answered_by(request: Request) -> str | None:
    """The handler that its route names, and where it is written; None where no route has matched."""
    scope, endpoint = request.scope, request.scope.get("endpoint")
    if "app_root_path" in scope:
        return f"what is mounted at {scope['root_path'].removeprefix(scope['app_root_path'])}"
    return None if endpoint is None else ", ".join(filter(None, _handler(endpoint)))


def _is_websocket(request: Request) -> bool:
    asked = {**request.scope, "type": "websocket"}
    return any(
        isinstance(route, WebSocketRoute) and route.matches(asked)[0] is Match.FULL for route in request.app.routes
    )


@dataclass(frozen=True, slots=True)
class _RouteRow:
    kind: str
    path: str
    handler: str
    link: bool

    @classmethod
    def of(cls, route: BaseRoute) -> _RouteRow:
        if isinstance(route, Mount | Host):
            path = route.path if isinstance(route, Mount) else route.host
            return cls("mounted", f"{path}/…", route.name or type(route.app).__name__, False)
        name, _ = _handler(getattr(route, "endpoint", None))
        if isinstance(route, Route):
            methods = route.methods or set()
            shown = sorted(methods - {"HEAD"} if "GET" in methods else methods)
            return cls(", ".join(shown), route.path, name, "GET" in methods and not route.param_convertors)
        return cls("websocket", getattr(route, "path", ""), name, False)


def _handler(endpoint: Any) -> tuple[str, str]:
    """The name of what a route calls, and where it is written; empty where there is none."""
    main = getattr(endpoint, "main", endpoint)
    handler = getattr(main, "handler", None)
    if handler is None:
        return "" if endpoint is None else getattr(endpoint, "__qualname__", type(endpoint).__name__), ""
    return handler.__qualname__, short(place(handler))
