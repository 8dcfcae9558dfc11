"""Errors of requests: who answers them, in which shape, and what is logged of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dishka import AsyncContainer
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope
from starlette.websockets import WebSocket

from ellar.error_pages import bug_page, missing_page, prefers_html, status_page
from ellar.exception_handlers import ExceptionHandler, Handlers
from ellar.exceptions import APIException, Faults, RequestValidationError
from ellar.responses import to_response
from ellar.tracebacks import own_traceback

logger = logging.getLogger("ellar.http")

_BUG = "ellar.bug"
_ALL_STATUSES = (APIException, HTTPException)


def handler_of(handlers: Handlers, error: type[Exception], status: int) -> ExceptionHandler | None:
    """The nearest class's; a status stands before the classes that have all statuses."""
    for kind in error.__mro__:
        if kind in _ALL_STATUSES and status in handlers:
            return handlers[status]
        if kind in handlers:
            return handlers[kind]
        if kind is HTTPException:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Errors:
    """How an application answers the requests that fail."""

    handlers: Handlers
    container: AsyncContainer
    debug: bool

    def table(self) -> dict[Any, Callable[..., Any]]:
        """Starlette's `exception_handlers`."""
        classes = {kind for kind in self.handlers if isinstance(kind, type)} - {Exception}
        return {**dict.fromkeys((HTTPException, *classes), self.answer), Exception: self.answer_bug}

    async def answer(self, connection: Request | WebSocket, error: Exception) -> Response:
        """For exceptions that somebody expects; those of a websocket are not answered over HTTP."""
        if isinstance(connection, WebSocket):
            raise error
        handler = handler_of(self.handlers, type(error), _status(error))
        try:
            result = None if handler is None else await handler.call(connection, error, self.container)
        except HTTPException as other:
            return self._standard(connection, other)
        if result is not None:
            response = to_response(result, status=_status(error))
            if response.status_code >= 500:
                _log(connection, error)
            return response
        if not isinstance(error, HTTPException):
            raise error  # nobody has answered it: it is a bug
        return self._standard(connection, error)

    async def answer_bug(self, request: Request, error: Exception) -> Response:
        """For all others, which are logged first. In debug a browser is shown where it happened."""
        request.scope[_BUG] = error
        if isinstance(error, ClientDisconnect) or isinstance(error.__cause__, ClientDisconnect):
            return Response(status_code=400)  # nobody is there to read it
        _log(request, error)
        if self.debug and _wants_html(request):
            return _page(bug_page(request, error), 500)
        handler = self.handlers.get(Exception, self.handlers.get(500))
        try:
            result = None if handler is None else await handler.call(request, error, self.container)
            return self._standard(request, error) if result is None else to_response(result, status=500)
        except Exception as second:
            _log(request, second)
            return self._standard(request, error)

    def _standard(self, request: Request, error: Exception) -> Response:
        """The answer of an application that says nothing else: `{"detail": ...}`, or a page for a browser."""
        if not isinstance(error, HTTPException):
            return self._shaped(request, 500, "Internal Server Error", None)
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        if error.status_code >= 500:
            _log(request, error)
        faults = error.errors if isinstance(error, RequestValidationError) else ()
        return self._shaped(request, error.status_code, error.detail, error.headers, faults)

    def _shaped(
        self, request: Request, status: int, detail: Any, headers: Mapping[str, str] | None, faults: Faults = ()
    ) -> Response:
        if not _wants_html(request):
            content = to_json({"detail": faults or detail})
            return _varying(Response(content, status, headers, media_type="application/json"))
        if self.debug and status == 404:
            return _page(missing_page(request, detail), status, headers)
        allowed = (headers or {}).get("Allow")
        return _page(status_page(status, detail, allowed, faults), status, headers)


def _page(content: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    text = content.encode(errors="backslashreplace")  # the name of a file may hold what is no UTF-8
    return _varying(HTMLResponse(text, status, headers))


def _varying(response: Response) -> Response:
    response.headers.add_vary_header("Accept")
    return response


def _wants_html(request: Request) -> bool:
    return prefers_html(",".join(request.headers.getlist("accept")))


def _status(error: Exception) -> int:
    return error.status_code if isinstance(error, HTTPException) else 500


def _log(request: Request, error: Exception) -> None:
    """One traceback, from the application's first call on; without the query string, which may hold a token."""
    what = type(error).__name__
    exc_info = (type(error), error, own_traceback(error))
    logger.error("%s %s failed: %s", request.method, quote(request.scope["path"]), what, exc_info=exc_info)


def is_answered(scope: Scope, error: Exception) -> bool:
    """Has the client its 500, and the log its traceback? A test's client, which asks for it, is raised the error."""
    return scope.get(_BUG) is error and "http.response.debug" not in scope.get("extensions", {})
