"""A route in words: what each part of it is called, wherever it is shown."""

import sys
from collections.abc import Sequence
from pathlib import Path

from ellar.answering import Hidden
from ellar.inspection import RouteInfo

_COLOURS = {"GET": "green", "WS": "cyan", "POST": "yellow", "PUT": "yellow", "PATCH": "yellow", "DELETE": "red"}


def label(info: RouteInfo) -> str:
    """Its methods, or what it is: GET,POST or WS or MOUNT; ANY for every method."""
    return methods(info.methods) or "ANY" if info.kind == "HTTP" else info.kind


def methods(names: Sequence[str]) -> str:
    """Methods in one word, without the HEAD that comes with GET."""
    return ",".join(name for name in names if name != "HEAD" or "GET" not in names)


def colour(info: RouteInfo) -> str:
    """The colour of its label; none for what is no method."""
    return _COLOURS.get(label(info).partition(",")[0], "")


def address(info: RouteInfo) -> str:
    """Its path, behind its host where it has one."""
    return f"{info.host or ''}{info.path}" or "/"


def place(file: str | None, line: int | None, folder: Path) -> str:
    """Where it is written, as short as it can be told: from `folder`, or from where it was imported."""
    if file is None:
        return ""
    path = Path(file)
    if path.is_relative_to(folder) and "site-packages" not in path.parts:
        path = path.relative_to(folder)
    elif around := [Path(entry) for entry in sys.path if entry and path.is_relative_to(entry)]:
        path = path.relative_to(max(around, key=lambda entry: len(entry.parts)))
    return str(path) if line is None else f"{path}:{line}"


def in_one_line(info: RouteInfo, folder: Path) -> str:
    """A route among other words."""
    told = (label(info), address(info), info.handler, place(info.file, info.line, folder))
    return "  ".join(word for word in told if word)


def never_reached(hidden: Hidden, folder: Path) -> str:
    """What is wrong with a route that another hides, and the way out."""
    route, by = hidden.route, hidden.by
    what = label(route) if hidden.is_whole else methods(hidden.methods)
    where, by_where = place(route.file, route.line, folder), place(by.file, by.line, folder)
    return (
        f"{where or route.handler}: {what} {address(route)} is never reached: {label(by)} {address(by)}"
        f" ({by_where or by.handler}) is tried first; put it above that, or let that take less"
    )
