"""API pages: `/openapi.json`, `/asyncapi.json` and `/docs`, whose documents are made when somebody first asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Lock
from typing import Any

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from ellar.config import Config
from ellar.declared import Declared
from ellar.di import Graph
from ellar.exception_handlers import Handlers
from ellar.modules import ModuleNode

OPENAPI, ASYNCAPI, PAGE = "/openapi.json", "/asyncapi.json", "/docs"
_NOT_KEPT = {"Cache-Control": "no-cache"}


def api_routes(
    config: Config,
    root: ModuleNode,
    graph: Graph,
    routes: Sequence[tuple[Declared, Route | WebSocketRoute]],
    handlers: Handlers,
    *,
    taken: Sequence[BaseRoute],
) -> Iterator[BaseRoute]:
    """The pages' routes where API_DOCS is on, but for a path that a route of the application has."""
    if not config.API_DOCS:
        return
    pages = _Pages(config, root, graph, routes, handlers)
    paths = {getattr(route, "path", None) for route in taken}
    for path, endpoint in ((OPENAPI, pages.openapi), (ASYNCAPI, pages.asyncapi), (PAGE, pages.page)):
        if path not in paths:
            yield Route(path, endpoint, include_in_schema=False)


class _Pages:
    """The documents, each made once. Nothing that makes them is imported before."""

    def __init__(
        self,
        config: Config,
        root: ModuleNode,
        graph: Graph,
        routes: Sequence[tuple[Declared, Route | WebSocketRoute]],
        handlers: Handlers,
    ) -> None:
        self._given = config, root, graph, routes, handlers
        self._made: dict[str, Any] = {}
        self._lock = Lock()

    async def openapi(self, request: Request) -> Response:
        """The document; it is told where the application is mounted."""
        document = await self._once(OPENAPI, self._openapi)
        root_path = request.scope.get("root_path", "")
        servers = {"servers": [{"url": root_path}]} if root_path else {}
        return _answer({**document, **servers})

    async def asyncapi(self, request: Request) -> Response:
        """The document, with the address that was asked for as its server."""
        document = await self._once(ASYNCAPI, self._asyncapi)
        protocol = "wss" if request.url.scheme == "https" else "ws"
        root_path = request.scope.get("root_path", "")
        server = {"host": request.url.netloc, "protocol": protocol} | ({"pathname": root_path} if root_path else {})
        return _answer({**document, "servers": {"this": server}})

    async def page(self, _: Request) -> Response:
        """The page, which asks for both documents."""
        from ellar.docs_page import docs_page

        return docs_page()

    async def _once(self, name: str, make: Callable[[], Any]) -> Any:
        if name not in self._made:  # large applications take a moment: not on the event loop
            await run_in_threadpool(self._make, name, make)
        return self._made[name]

    def _make(self, name: str, make: Callable[[], Any]) -> None:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()

    def _openapi(self) -> dict[str, Any]:
        from ellar.described import Application
        from ellar.openapi import openapi

        return openapi(Application(*self._given))

    def _asyncapi(self) -> dict[str, Any]:
        from ellar.asyncapi import asyncapi
        from ellar.described import Application

        return asyncapi(Application(*self._given))


def _answer(document: dict[str, Any]) -> Response:
    """Examples and defaults of an application's types may be what JSON has no word for."""
    content = to_json(document, inf_nan_mode="null", fallback=str)
    return Response(content, media_type="application/json", headers=_NOT_KEPT)
