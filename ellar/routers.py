"""Routers: routes that are plain functions instead of a controller's methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ellar import controllers
from ellar.controllers import Encoding, add_to_router, checked_path
from ellar.guards import Guard, check
from ellar.signatures import as_listed, users_place

if TYPE_CHECKING:
    from ellar.websockets import WebSocketSessionHandler

Handler = TypeVar("Handler", bound=Callable[..., Any])


class ModuleRouter:
    """Plain functions as routes below one `prefix`, all behind the same `guards`; listed in `routers=` of a module.

    Its methods are the decorators of the same names, for functions without `self`.
    """

    def __init__(self, prefix: str = "", *, guards: Sequence[Guard] = ()) -> None:
        self.__ellar_place__ = users_place()
        self.prefix = checked_path(prefix, self).rstrip("/")
        self.guards = as_listed("guards", guards)
        for guard in self.guards:
            check(guard)
        self.handlers: list[Callable[..., Any]] = []

    def http_route(
        self, path: str, *, methods: Sequence[str], name: str | None = None, response: Any = None
    ) -> Callable[[Handler], Handler]:
        """Answers requests of these methods to `path`, as `ellar.common.http_route` says."""
        return self._adding(controllers.http_route(path, methods=methods, name=name, response=response))

    def get(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers GET (and HEAD) requests to `path`."""
        return self._adding(controllers.get(path, name=name, response=response))

    def post(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers POST requests to `path`."""
        return self._adding(controllers.post(path, name=name, response=response))

    def put(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers PUT requests to `path`."""
        return self._adding(controllers.put(path, name=name, response=response))

    def patch(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers PATCH requests to `path`."""
        return self._adding(controllers.patch(path, name=name, response=response))

    def delete(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers DELETE requests to `path`."""
        return self._adding(controllers.delete(path, name=name, response=response))

    def head(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers HEAD requests to `path`."""
        return self._adding(controllers.head(path, name=name, response=response))

    def options(self, path: str, *, name: str | None = None, response: Any = None) -> Callable[[Handler], Handler]:
        """Answers OPTIONS requests to `path`."""
        return self._adding(controllers.options(path, name=name, response=response))

    def ws_route(
        self,
        path: str,
        *,
        name: str | None = None,
        use_extra_handler: bool = False,
        encoding: Encoding | None = "json",
        extra_handler_type: type[WebSocketSessionHandler] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Takes websocket connections at `path`, as `ellar.common.ws_route` says."""
        return self._adding(
            controllers.ws_route(
                path,
                name=name,
                use_extra_handler=use_extra_handler,
                encoding=encoding,
                extra_handler_type=extra_handler_type,
            )
        )

    def _adding(self, decorate: Callable[[Handler], Handler]) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.handlers.append(decorate(handler))
            add_to_router(handler)
            return handler

        return add
