"""The routes of a project as its sources have them: no more than what is written there as plain text."""

import ast
import os
import re
from collections.abc import Iterator, Set
from contextlib import suppress

from ellar_cli.project.project import Project

_METHODS = {
    "ws_route": "WS",
    "http_route": "HTTP",
    **{name: name.upper() for name in ("get", "post", "put", "patch", "delete", "head", "options")},
}
_HAS_ROUTES = re.compile(rb"@(\w+\.)?(ws_route|http_route|get|post|put|patch|delete|head|options)\(")


def routes(project: Project) -> Iterator[tuple[str, str]]:
    """Yield path and method (WS for a websocket) of the routes in the project's packages."""
    for text in sources(project):
        # Nine files in ten have none.
        if _HAS_ROUTES.search(text):
            with suppress(SyntaxError, ValueError):
                yield from _of_body(ast.parse(text).body, "")


def sources(project: Project) -> Iterator[bytes]:
    """Yield what is in the Python files of the project's packages, without tests."""
    for package in project.packages:
        yield from _read(f"{project.root / package}.py")
        for folder, folders, files in os.walk(project.root / package):
            folders[:] = sorted(
                name for name in folders if name.isidentifier() and name not in {"__pycache__", "tests"}
            )
            for name in sorted(files):
                if name.endswith(".py"):
                    yield from _read(os.path.join(folder, name))


def _read(path: str) -> Iterator[bytes]:
    # An editor's lock is a link to nothing.
    with suppress(OSError), open(path, "rb") as file:
        yield file.read()


def _of_body(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, str]]:
    routers = {name: path for node in body for name, path in _router(node)}
    for node in body:
        if isinstance(node, ast.ClassDef):
            for _, path in _called(node.decorator_list, {"Controller"}):
                yield from _of_body(node.body, path.rstrip("/"))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name, path in _called(node.decorator_list, _METHODS.keys()):
                router, _, decorator = name.rpartition(".")
                yield routers.get(router, prefix) + path or "/", _METHODS[decorator]


def _router(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the names that a line gives a router, with its prefix."""
    if isinstance(node, ast.Assign):
        for _, path in _called([node.value], {"ModuleRouter"}):
            yield from ((ast.unparse(target), path.rstrip("/")) for target in node.targets)


def _called(nodes: list[ast.expr], names: Set[str]) -> Iterator[tuple[str, str]]:
    """Yield how what is called by one of the names is written, with the path that it is given as plain text."""
    for node in nodes:
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)).rpartition(".")[2] in names:
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("path", "prefix"))]
            if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                yield name, given[0].value
