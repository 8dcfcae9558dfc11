"""Inspection: what an application knows of its own routes and modules, for tools that show and check them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from ellar.declared import Declared
from ellar.exceptions import place
from ellar.modules import ModuleNode

Owner = ModuleNode | Declared
Owners = Mapping[int, Owner]


@dataclass(frozen=True, slots=True)
class RouteInfo:
    """A route, as it is tried: `route` is Starlette's own object.

    `kind` is HTTP, WS, MOUNT or HOST, or the class of a route that is none of these. `methods` are empty where it
    answers them all, and for what is not HTTP. `path` is the whole one, `host` that of the HOST around. `file` is
    absolute (a folder for static files), and None with `line` where Python can't tell. `module` is the class of the
    module that declares it, None for ellar's own pages and for what is in a mounted application; `routes` are that
    application's, as far as it shows them.
    """

    kind: str
    methods: tuple[str, ...]
    host: str | None
    path: str
    name: str | None
    handler: str
    file: str | None
    line: int | None
    guards: tuple[str, ...]
    module: str | None
    route: BaseRoute = field(repr=False, compare=False)
    routes: tuple[RouteInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """A module: the class that it is, where that is written, what it imports, and its own routes as they are tried.

    `file` and `line` are None for the root of what was listed in a call.
    """

    name: str
    file: str | None
    line: int | None
    imports: tuple[ModuleInfo, ...]
    routes: tuple[RouteInfo, ...]


def owners(owned: Iterable[tuple[ModuleNode, BaseRoute]], declared: Iterable[tuple[Declared, BaseRoute]]) -> Owners:
    """Whose each route is, by its id: a declaration says more than a module."""
    by_id: dict[int, Owner] = {id(route): owner for owner, route in owned}
    return by_id | {id(route): owner for owner, route in declared}


def table(routes: Iterable[BaseRoute], owners: Owners) -> list[RouteInfo]:
    """What is known of routes, in their order."""
    return [_info(route, owners.get(id(route))) for route in _spread(routes)]


def table_of(application: Any) -> list[RouteInfo] | None:
    """The table of an App, or of another ASGI application that has `routes`; None where it shows none."""
    from ellar.app import App  # which makes its own table by this file

    for layer in layers(application):
        if isinstance(layer, App):
            return layer.table()
        if isinstance(routes := getattr(layer, "routes", None), list | tuple):
            return table(routes, {})
    return None


def redirects_slashes(application: Any) -> bool:
    """Does it send a request to the same path with a slash at the end, or without, where only that one is there?"""
    from ellar.app import App

    for layer in layers(application):
        if isinstance(layer, App):
            return layer.config.REDIRECT_SLASHES
        if isinstance(redirects := getattr(getattr(layer, "router", layer), "redirect_slashes", None), bool):
            return redirects
    return False


def tree(root: ModuleNode, routes: Sequence[RouteInfo], owners: Owners) -> ModuleInfo:
    """The modules from the root on, each once however many import it, with the routes of each."""
    own: dict[int, list[RouteInfo]] = {}
    for info in routes:
        own.setdefault(id(_node(owners.get(id(info.route)))), []).append(info)
    return _module(root, own, {})


def every(routes: Iterable[RouteInfo]) -> Iterator[RouteInfo]:
    """All of them, each followed by those of the application that it mounts."""
    for info in routes:
        yield info
        yield from every(info.routes)


def layers(application: Any) -> Iterator[Any]:
    """An application, and what the middleware around it wraps, as Starlette's and most others name it."""
    seen: list[Any] = []
    while application is not None and not any(application is one for one in seen):
        seen.append(application)
        yield application
        application = getattr(application, "app", None)


def _spread(routes: Iterable[Any]) -> Iterator[Any]:
    """Routes, with those of a router that FastAPI has included in place of it."""
    for route in routes:
        included = getattr(route, "effective_route_contexts", None)
        yield from [route] if included is None else (one.starlette_route or one for one in included())


def _info(route: BaseRoute, owner: Owner | None) -> RouteInfo:
    handler, file, line = _handler(route, owner)
    node = _node(owner)
    host, path = getattr(route, "host", None), getattr(route, "path", "")
    inner = table_of(route.app) if isinstance(route, Mount | Host) else None
    return RouteInfo(
        kind=_kind(route),
        methods=tuple(sorted(getattr(route, "methods", None) or ())),
        host=host,
        path=path,
        name=getattr(route, "name", None),
        handler=handler,
        file=file,
        line=line,
        guards=tuple(_class_name(guard) for guard in owner.guards) if isinstance(owner, Declared) else (),
        module=node.class_name if node else None,
        route=route,
        routes=tuple(_below(info, host, path) for info in inner or ()),
    )


def _kind(route: BaseRoute) -> str:
    kinds = {Route: "HTTP", WebSocketRoute: "WS", Mount: "MOUNT", Host: "HOST"}
    written = getattr(route, "original_route", route)  # FastAPI's included ones are of no class of Starlette's
    return next((name for kind, name in kinds.items() if isinstance(written, kind)), type(written).__name__)


def _below(info: RouteInfo, host: str | None, path: str) -> RouteInfo:
    inner = tuple(_below(one, host, path) for one in info.routes)
    return replace(info, host=info.host or host, path=path + info.path, module=None, routes=inner)


def _handler(route: BaseRoute, owner: Owner | None) -> tuple[str, str | None, int | None]:
    if isinstance(owner, Declared):
        return owner.name, *_place(owner.handler)
    endpoint = getattr(route, "endpoint", None) or getattr(route, "app", route)
    while isinstance(endpoint, partial):
        endpoint = endpoint.func
    if isinstance(endpoint, StaticFiles):
        return "StaticFiles", None if endpoint.directory is None else str(endpoint.directory), None
    declared = endpoint if inspect.isroutine(endpoint) else _class(endpoint)
    name: str = declared.__qualname__.rpartition("<locals>.")[2]
    is_ours = declared.__module__.startswith("ellar.") and inspect.isroutine(declared)
    return f"{declared.__module__}.{declared.__name__}" if is_ours else name, *_place(declared)


def _class(thing: Any) -> type[Any]:
    return thing if isinstance(thing, type) else type(thing)


def _class_name(thing: Any) -> str:
    return _class(thing).__name__


def _place(declared: Any) -> tuple[str | None, int | None]:
    file, _, line = place(declared).rpartition(":")
    return (file, int(line)) if file and line.isdigit() else (None, None)


def _module(node: ModuleNode, own: Mapping[int, Sequence[RouteInfo]], made: dict[int, ModuleInfo]) -> ModuleInfo:
    if id(node) not in made:
        imports = tuple(_module(imported, own, made) for imported in node.imports)
        file, line = _place(node.module) if node.is_written else (None, None)
        made[id(node)] = ModuleInfo(node.class_name, file, line, imports, tuple(own.get(id(node), ())))
    return made[id(node)]


def _node(owner: Owner | None) -> ModuleNode | None:
    return owner.node if isinstance(owner, Declared) else owner
