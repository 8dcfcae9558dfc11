"""The routes as a table, and as a tree by module."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ellar.inspection import ModuleInfo, RouteInfo, every
from ellar_cli.columns import Column, fitted, rows, say_columns, terminal_width
from ellar_cli.output import paint, say
from ellar_cli.routes.words import address, colour, label, place

_LEFT_OUT_FIRST = ("NAME", "MODULE", "GUARDS", "FILE", "HANDLER")
_INDENT = 4


def say_table(routes: Sequence[RouteInfo], folder: Path) -> None:
    """Print a row for each route, in the order in which they are tried."""
    say_columns(_columns(routes, folder), _LEFT_OUT_FIRST)


def _columns(routes: Sequence[RouteInfo], folder: Path) -> list[Column]:
    return [
        Column("METHOD", [label(info) for info in routes], [colour(info) for info in routes]),
        Column("PATH", [address(info) for info in routes]),
        Column("NAME", [info.name or "" for info in routes]),
        Column("HANDLER", [info.handler for info in routes], least=16),
        Column("FILE", [place(i.file, i.line, folder) for i in routes], ["dim"], least=24, keeps_end=True),
        Column("GUARDS", [", ".join(info.guards) for info in routes], least=12),
        Column("MODULE", [info.module or "" for info in routes], least=12),
    ]


def say_tree(root: ModuleInfo, others: Sequence[RouteInfo], folder: Path) -> None:
    """Print each module with its routes, below what imports it; `others` are in none."""
    for line in _module(root, folder, terminal_width(), set()):
        say(line)
    if others:
        say(paint("in no module", "bold"))
        for line in _branches([[row] for row in _rows(others, folder, terminal_width())]):
            say(line)


def _module(module: ModuleInfo, folder: Path, width: int | None, seen: set[int]) -> Iterator[str]:
    where = place(module.file, module.line, folder)
    is_again = id(module) in seen
    seen.add(id(module))
    yield "  ".join([paint(module.name, "bold"), paint(where, "dim"), *(["(above)"] if is_again else [])]).rstrip()
    if not is_again:
        inner = None if width is None else width - _INDENT
        routes = [[row] for row in _rows(module.routes, folder, width)]
        yield from _branches([*routes, *(list(_module(one, folder, inner, seen)) for one in module.imports)])


def _rows(routes: Sequence[RouteInfo], folder: Path, width: int | None) -> list[str]:
    method, path, _, *others, _ = _columns(list(every(routes)), folder)
    columns = [replace(method, title=""), path, *others]
    return rows(columns if width is None else fitted(columns, _LEFT_OUT_FIRST, width - _INDENT))


def _branches(parts: Sequence[Sequence[str]]) -> Iterator[str]:
    for number, (first, *below) in enumerate(parts, 1):
        is_last = number == len(parts)
        yield f"{'└── ' if is_last else '├── '}{first}"
        yield from (f"{'    ' if is_last else '│   '}{line}" for line in below)
