"""Answering: which route answers a request or a websocket, and which routes never do, because earlier ones would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from starlette.convertors import CONVERTOR_TYPES
from starlette.routing import PARAM_REGEX, Match, Mount, Route, WebSocketRoute
from starlette.types import Scope

from ellar.inspection import RouteInfo, every

WEBSOCKET = "WS"
"""What stands in place of a method where a websocket asks."""
# Longer and odder than what a path that is written out, or a narrower parameter, would match by chance.
_ODD = "Zq9-_.~é ñ"
_TEXTS = (
    _ODD,
    "90817263.54453627",
    "9081726354453627",
    "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "/".join([_ODD] * 20),
)
ANY_HOST = "zq9.invalid"
"""What is asked for where the host does not matter: one that no route is for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request meets: the route, its parameters, and the later routes that would have answered it too."""

    route: RouteInfo
    parameters: Mapping[str, Any]
    hides: tuple[RouteInfo, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A route that is not reached: of these methods (WS for a websocket), by another; `is_whole` where by no other."""

    route: RouteInfo
    by: RouteInfo
    methods: tuple[str, ...]
    is_whole: bool


def answer(routes: Sequence[RouteInfo], method: str, path: str, host: str = ANY_HOST) -> Answer | None:
    """What answers `method` (WS for a websocket) at this path of this host; None where nothing does."""
    found = list(_answering(routes, scope_of(method, path, host)))
    if not found:
        return None
    (route, parameters), *others = found
    return Answer(route, parameters, tuple(info for info, _ in others))


def hidden_by(routes: Sequence[RouteInfo]) -> list[Hidden]:
    """The routes that earlier ones take requests from: all of their requests of a method, at least."""
    tried = _ByHead(routes)
    return [hidden for info, parents in _with_parents(routes, ()) for hidden in _hidden(info, parents, tried)]


def scope_of(method: str, path: str, host: str = ANY_HOST) -> Scope:
    """The ASGI scope by which routes decide."""
    headers = [(b"host", host.encode())]
    asked: Scope = {"path": path, "root_path": "", "query_string": b"", "headers": headers}
    return {"type": "websocket", **asked} if method == WEBSOCKET else {"type": "http", "method": method, **asked}


def _answering(routes: Sequence[RouteInfo], scope: Scope) -> Iterator[tuple[RouteInfo, Mapping[str, Any]]]:
    """Each route that would answer, were those before it not there; of a mounted application, what answers in it."""
    for info in routes:
        match, more = info.route.matches(scope)
        if match is Match.FULL:
            inner = list(_answering(info.routes, {**scope, **more}))
            yield from inner or [(info, more.get("path_params", {}))]


class _ByHead:
    """Routes by how their paths begin: to try all of thousands for each of them would take seconds."""

    def __init__(self, routes: Sequence[RouteInfo]) -> None:
        self._routes: dict[str, list[tuple[int, RouteInfo]]] = {}
        for number, info in enumerate(routes):
            self._routes.setdefault(_head(info), []).append((number, info))

    def for_path(self, path: str) -> list[RouteInfo]:
        """Those that may answer at a path, in their order."""
        heads = {"", path, *(path[: slash.end()] for slash in re.finditer("/", path))}
        found = [pair for head in heads for pair in self._routes.get(head, ())]
        return [info for _, info in sorted(found, key=itemgetter(0))]


def _head(info: RouteInfo) -> str:
    """What each path that it answers is, or begins with as far as a slash; empty where that is not known."""
    matches = type(info.route).matches
    if matches is Mount.matches:
        return f"{info.path}/".partition("{")[0].rpartition("/")[0] + "/"
    if matches not in (Route.matches, WebSocketRoute.matches):
        return ""
    return info.path if "{" not in info.path else info.path.partition("{")[0].rpartition("/")[0] + "/"


def _with_parents(
    routes: Sequence[RouteInfo], parents: tuple[RouteInfo, ...]
) -> Iterator[tuple[RouteInfo, tuple[RouteInfo, ...]]]:
    for info in routes:
        yield info, parents
        yield from _with_parents(info.routes, (*parents, info))


def _hidden(info: RouteInfo, parents: tuple[RouteInfo, ...], tried: _ByHead) -> Iterator[Hidden]:
    methods = _methods(info)
    takers = {method: taker for method in methods if (taker := _taker(info, parents, tried, method))}
    for by in {id(taker): taker for taker in takers.values()}.values():
        taken = tuple(method for method, taker in takers.items() if taker is by)
        yield Hidden(info, by, taken, taken == methods)


def _methods(info: RouteInfo) -> tuple[str, ...]:
    """Those by which it can be reached; HEAD comes with GET."""
    if info.kind == WEBSOCKET:
        return (WEBSOCKET,)
    if info.kind == "HTTP":
        return tuple(method for method in info.methods if method != "HEAD" or "GET" not in info.methods) or ("GET",)
    return ("GET", "POST", WEBSOCKET)


def _taker(info: RouteInfo, parents: tuple[RouteInfo, ...], tried: _ByHead, method: str) -> RouteInfo | None:
    """What takes every sample of a route's requests before it is tried; None where one reaches it."""
    taker: RouteInfo | None = None
    for host, path in _samples(info):
        try:
            taker = next((found for found, _ in _answering(tried.for_path(path), scope_of(method, path, host))), None)
        except Exception:  # a convertor of the application, which does not take all that its pattern lets in
            return None
        if taker is None or any(taker is one for one in (*parents, *every([info]))):
            return None
    return taker


def _samples(info: RouteInfo) -> Iterator[tuple[str, str]]:
    """Hosts and paths that it is asked for; none where a parameter's pattern lets in nothing that we know."""
    below = "" if info.kind in ("HTTP", WEBSOCKET) else "/{path:path}"
    for which in (0, -1):
        host, path = _filled(info.host or ANY_HOST, which), _filled(info.path + below, which)
        if host and path:
            yield host, path


def _filled(pattern: str, which: int) -> str | None:
    values = [_matching(found[2]) for found in PARAM_REGEX.finditer(pattern)]
    if not all(values):
        return None
    waiting = iter(values)
    return PARAM_REGEX.sub(lambda _: next(waiting)[which], pattern)


def _matching(convertor: str | None) -> list[str]:
    pattern = CONVERTOR_TYPES[(convertor or ":str")[1:]].regex
    return [text for text in _TEXTS if re.fullmatch(pattern, text)]
