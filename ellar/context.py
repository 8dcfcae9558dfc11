"""The execution context: what a guard or a handler can ask of the request or connection that it serves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket


class WebSocketHost:
    """The websocket's side of a context."""

    __slots__ = ("_websocket",)

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    def get_client(self) -> WebSocket:
        """The connection, to receive from and to send to."""
        return self._websocket


class HTTPHost:
    """The HTTP side of a context."""

    __slots__ = ("_connection",)

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection

    def get_client(self) -> HTTPConnection:
        """What a request and a websocket's handshake share: headers, query, cookies, URL."""
        return self._connection

    def get_request(self) -> Request:
        """The request. Raises RuntimeError on a websocket."""
        if not isinstance(self._connection, Request):
            raise RuntimeError("This is a websocket, not a request: use switch_to_websocket().get_client()")
        return self._connection


class IExecutionContext:
    """One request, or one websocket connection, on its way to a handler."""

    __slots__ = ("_connection", "_controller", "_handler", "user")

    def __init__(
        self, connection: HTTPConnection, handler: Callable[..., Any], controller: type[Any] | None = None
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._controller = controller
        self.user: Any = None  # a guard that finds out who asks puts them here

    def switch_to_http_connection(self) -> HTTPHost:
        """The view that requests and websocket handshakes have in common."""
        return HTTPHost(self._connection)

    def switch_to_websocket(self) -> WebSocketHost:
        """The view of a websocket. Raises RuntimeError on a plain request."""
        if not isinstance(self._connection, WebSocket):
            raise RuntimeError("This is a request, not a websocket: use switch_to_http_connection().get_request()")
        return WebSocketHost(self._connection)

    def get_handler(self) -> Callable[..., Any]:
        """The function that the route names."""
        return self._handler

    def get_class(self) -> type[Any] | None:
        """The controller that the handler belongs to."""
        return self._controller
