"""Answering: which route answers a request or a websocket, and which routes never do, because earlier ones would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.convertors import CONVERTOR_TYPES
from starlette.routing import PARAM_REGEX, Match, Route, WebSocketRoute
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
    return [hidden for info, parents in _with_parents(routes, ()) for hidden in _hidden(info, parents, routes)]


def scope_of(method: str, path: str, host: str = ANY_HOST) -> Scope:
    """The ASGI scope by which routes decide."""
    headers = [(b"host", host.encode())]
    asked: Scope = {"path": path, "root_path": "", "query_string": b"", "headers": headers}
    return {"type": "websocket", **asked} if method == WEBSOCKET else {"type": "http", "method": method, **asked}


def _answering(routes: Sequence[RouteInfo], scope: Scope) -> Iterator[tuple[RouteInfo, Mapping[str, Any]]]:
    """Each route that would answer, were those before it not there; of a mounted application, what answers in it."""
    for info in routes:
        if _is_elsewhere(info, scope):
            continue
        match, more = info.route.matches(scope)
        if match is Match.FULL:
            inner = list(_answering(info.routes, {**scope, **more}))
            yield from inner or [(info, more.get("path_params", {}))]


def _is_elsewhere(info: RouteInfo, scope: Scope) -> bool:
    """Is its path another one, written out? Most are, and to compare is many times quicker than to match."""
    is_plain = type(info.route).matches in (Route.matches, WebSocketRoute.matches)
    return is_plain and "{" not in info.path and info.path != scope["path"]


def _with_parents(
    routes: Sequence[RouteInfo], parents: tuple[RouteInfo, ...]
) -> Iterator[tuple[RouteInfo, tuple[RouteInfo, ...]]]:
    for info in routes:
        yield info, parents
        yield from _with_parents(info.routes, (*parents, info))


def _hidden(info: RouteInfo, parents: tuple[RouteInfo, ...], routes: Sequence[RouteInfo]) -> Iterator[Hidden]:
    takers = {method: _taker(info, parents, routes, method) for method in _methods(info)}
    for by in dict.fromkeys(id(taker) for taker in takers.values() if taker):
        methods = tuple(method for method, taker in takers.items() if id(taker) == by)
        taker = takers[methods[0]]
        if taker is not None:
            yield Hidden(info, taker, methods, len(methods) == len(takers))


def _methods(info: RouteInfo) -> tuple[str, ...]:
    """Those by which it can be reached; HEAD comes with GET."""
    if info.kind == WEBSOCKET:
        return (WEBSOCKET,)
    if info.kind == "HTTP":
        return tuple(method for method in info.methods if method != "HEAD" or "GET" not in info.methods) or ("GET",)
    return ("GET", "POST", WEBSOCKET)


def _taker(
    info: RouteInfo, parents: tuple[RouteInfo, ...], routes: Sequence[RouteInfo], method: str
) -> RouteInfo | None:
    """What takes every sample of a route's requests before it is tried; None where one reaches it."""
    taker: RouteInfo | None = None
    for host, path in _samples(info):
        try:
            taker = next((found for found, _ in _answering(routes, scope_of(method, path, host))), None)
        except Exception:  # a convertor of the application, which does not take all that its pattern lets in
            return None
        if taker is None or any(taker is one for one in (*parents, *every([info]))):
            return None
    return taker


def _samples(info: RouteInfo) -> Iterator[tuple[str, str]]:
    """Hosts and paths that it is asked for; none where a parameter's pattern lets in nothing that we know."""
    below = "" if info.kind in ("HTTP", WEBSOCKET) else f"/{_ODD}"
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
