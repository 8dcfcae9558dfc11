"""Mounts: Starlette's own routes in `routers=`, put among ours, and what answers where no route has the method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from starlette.datastructures import URLPath
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Host, Match, Mount, NoMatchFound, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from ellar.exceptions import ImproperlyConfigured
from ellar.modules import ModuleNode

OwnedRoute = tuple[ModuleNode, BaseRoute]


def in_order(nodes: Sequence[ModuleNode], own: Sequence[OwnedRoute]) -> list[OwnedRoute]:
    """All routes, module by module what it declares and then what it mounts.

    Raises ImproperlyConfigured for what is mounted where something answers already.
    """
    mounted = [(node, entry) for node in nodes for entry in node.spec.routers if isinstance(entry, BaseRoute)]
    _check_duplicates(own, mounted)
    return [owned for node in nodes for owned in (*own, *mounted) if owned[0] is node]


def hosts_first(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """As they are tried: a host's requests are its own, also where another route has their path."""
    return sorted(routes, key=lambda route: not isinstance(route, Host))


def _check_duplicates(own: Sequence[OwnedRoute], mounted: Sequence[OwnedRoute]) -> None:
    taken = {key: node for node, route in own for key in _keys(route)}
    for node, route in mounted:
        for what, where in _keys(route):
            if (what, where) in taken:
                raise ImproperlyConfigured(
                    f"{node.place}: routers= of {node.class_name} lists {type(route).__name__}({_written(route)!r}),"
                    f" and {what} there is answered by {taken[what, where].class_name}: change one of the paths"
                )
            taken[what, where] = node


def _keys(route: BaseRoute) -> Iterator[tuple[str, str]]:
    """What it answers, and where."""
    if isinstance(route, Route):
        yield from ((method, pattern_of(route.path)) for method in sorted(route.methods or ()))
    elif isinstance(route, WebSocketRoute):
        yield "websocket", pattern_of(route.path)
    elif isinstance(route, Mount | Host):
        yield "everything", pattern_of(_written(route))


def _written(route: Any) -> str:
    written: str = route.host if isinstance(route, Host) else route.path
    return written


def pattern_of(path: str) -> str:
    """The same for paths that differ in the names of their parameters alone."""
    return re.sub(r"{\w+(:str)?", "{", path)


class MethodNotAllowed(BaseRoute):
    """Tried last: takes what other routes have the path of, but not the method, and names the methods of them all."""

    include_in_schema = False

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = [route for route in routes if isinstance(route, Route)]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """FULL where a route matches in part."""
        found = [route.methods or set() for route in self._routes if route.matches(scope)[0] is Match.PARTIAL]
        return (Match.FULL, {"allowed_methods": set().union(*found)}) if found else (Match.NONE, {})

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Raises NoMatchFound: it has no name."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises the 405."""
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(scope["allowed_methods"]))})
