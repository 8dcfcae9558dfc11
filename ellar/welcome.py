"""The welcome page: in debug, and only while nothing answers `/`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute

from ellar import __version__
from ellar.api_pages import PAGE
from ellar.config import Config
from ellar.modules import ModuleNode
from ellar.mounts import OwnedRoute
from ellar.pages import render_page


def welcome_route(
    config: Config, root: type[Any], nodes: Sequence[ModuleNode], routes: Sequence[OwnedRoute]
) -> Iterator[BaseRoute]:
    """The page's route, or none."""
    if not config.DEBUG or any(_answers_home(route) for _, route in routes):
        return
    page = _page(config, root, nodes, routes)

    async def welcome(_: Request) -> Response:
        return HTMLResponse(page)

    yield Route("/", welcome, include_in_schema=False)


def _answers_home(route: BaseRoute) -> bool:
    match, _ = route.matches({"type": "http", "method": "GET", "path": "/", "headers": []})
    return match is Match.FULL


def _page(config: Config, root: type[Any], nodes: Sequence[ModuleNode], routes: Sequence[OwnedRoute]) -> str:
    modules = [
        _described(node, routes)
        for node in nodes
        if node.module is not root or any(owner is node for owner, _ in routes)
    ]
    title = root.__module__.partition(".")[0]
    docs = PAGE if config.API_DOCS else None
    return render_page("welcome.html", title=title, version=__version__, modules=modules, docs=docs)


def _described(node: ModuleNode, routes: Sequence[OwnedRoute]) -> dict[str, Any]:
    own = [route for owner, route in routes if owner is node]
    pages = [r.path for r in own if isinstance(r, Route) and "GET" in (r.methods or ()) and not r.param_convertors]
    return {"name": node.spec.name, "pages": pages, "sockets": [r.path for r in own if isinstance(r, WebSocketRoute)]}
