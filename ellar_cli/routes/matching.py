"""What answers one address: `ellar routes --match "POST /car/"`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import unquote, urlsplit

from ellar.answering import ANY_HOST, WEBSOCKET, answer
from ellar.inspection import RouteInfo, every
from ellar_cli.errors import UsageError
from ellar_cli.routes.words import address

_WAYS = {"": ("HTTP", WEBSOCKET), "http": ("HTTP",), "https": ("HTTP",), "ws": (WEBSOCKET,), "wss": (WEBSOCKET,)}
_LEAST_LIKENESS = 0.7
_MOST_NEAR = 3


@dataclass(frozen=True)
class Asked:
    """What is asked for: a path of a host, in one of these ways. HTTP is every method, WS a websocket."""

    typed: str
    ways: tuple[str, ...]
    host: str
    path: str

    @property
    def in_any_way(self) -> "Asked":
        """The same address, by every method and as a websocket."""
        return replace(self, ways=_WAYS[""])

    @property
    def redirected(self) -> "Asked":
        """What a client is sent to where nothing is here: a slash more at the end, or one less; but no websocket is."""
        path = self.path.rstrip("/") if self.path.endswith("/") else f"{self.path}/"
        return replace(self, path=path or "/", ways=tuple(way for way in self.ways if way != WEBSOCKET))


@dataclass(frozen=True)
class Found:
    """A route that answers some methods (WS for a websocket), with its parameters; `hides` would have, too."""

    methods: tuple[str, ...]
    route: RouteInfo
    parameters: Mapping[str, Any]
    hides: tuple[RouteInfo, ...]

    @property
    def is_there(self) -> bool:
        """Is it a route, and no mounted application with routes of which none answers?"""
        return not self.route.routes


def read(typed: str) -> Asked:
    """Read a path or a whole address, with a method in front of it or not. Raises UsageError for what is neither."""
    *first, target = typed.split() or [""]
    try:
        parts = urlsplit(target)
    except ValueError:
        parts = urlsplit("no:address")
    is_method = all(map(str.isalpha, first)) and (not first or parts.scheme or target.startswith("/"))
    is_address = bool(parts.scheme) == bool(parts.netloc)
    if not target or len(first) > 1 or not is_method or not is_address or parts.scheme not in _WAYS:
        raise UsageError(f"--match cannot be {typed!r}; write it like /car/, or 'POST /car/'")
    ways = (first[0].upper(),) if first else _WAYS[parts.scheme]
    return Asked(typed, ways, parts.netloc or ANY_HOST, "/" + unquote(parts.path).removeprefix("/"))


def found(routes: Sequence[RouteInfo], asked: Asked) -> list[Found]:
    """What answers, each route once, for all the methods that it answers."""
    by_route: dict[int, Found] = {}
    for method in _methods(routes, asked):
        one = answer(routes, method, asked.path, asked.host)
        if one is not None:
            known = by_route.get(id(one.route), Found((), one.route, one.parameters, ()))
            hides = {id(info): info for info in (*known.hides, *one.hides)}
            by_route[id(one.route)] = replace(known, methods=(*known.methods, method), hides=tuple(hides.values()))
    return list(by_route.values())


def near(routes: Sequence[RouteInfo], asked: Asked) -> list[RouteInfo]:
    """The first routes below what was asked for, or else those with the addresses that are most like it."""
    folder = f"{asked.path.rstrip('/')}/"
    if below := [info for info in every(routes) if info.path.startswith(folder) and folder != "/"]:
        return below[:_MOST_NEAR]
    alike = [(_likeness(info, asked), info) for info in every(routes)]
    best = sorted((pair for pair in alike if pair[0] >= _LEAST_LIKENESS), key=lambda pair: -pair[0])
    return [info for _, info in best[:_MOST_NEAR]]


def _methods(routes: Sequence[RouteInfo], asked: Asked) -> list[str]:
    """GET, then what any route answers, then a websocket; HEAD, which comes with GET, only where it is asked for."""
    if asked.ways not in _WAYS.values():
        return list(asked.ways)
    known = {method for info in every(routes) for method in info.methods} - {"GET", "HEAD"}
    ways = {"HTTP": ["GET", *sorted(known)], WEBSOCKET: [WEBSOCKET]}
    return [method for way in asked.ways for method in ways[way]]


def _likeness(info: RouteInfo, asked: Asked) -> float:
    """From 0 to 1; where a route has a parameter, what was asked for is as good as any value."""
    there, here = address(info).split("/"), asked.path.split("/")
    filled = [b if re.search("{.*}", a) and b else a for a, b in zip(there, here, strict=False)]
    return SequenceMatcher(None, "/".join([*filled, *there[len(filled) :]]), asked.path).ratio()
