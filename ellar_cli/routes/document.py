"""Routes as the document of `--json`: its keys stay, and others may come."""

from collections.abc import Iterator, Sequence
from typing import Any

from ellar.answering import Hidden, hidden_by
from ellar.inspection import ModuleInfo, RouteInfo, every
from ellar_cli.routes.matching import Asked, Found
from ellar_cli.routes.words import address

_FIELDS = ("kind", "methods", "host", "path", "name", "handler", "file", "line", "guards", "module")


def table_document(routes: Sequence[RouteInfo], root: ModuleInfo | None) -> dict[str, object]:
    """All routes in the order in which they are tried, and all modules, each after those that it imports."""
    hidden: dict[int, list[Hidden]] = {}
    for one in hidden_by(routes):
        hidden.setdefault(id(one.route), []).append(one)
    return {
        "routes": [
            _route(info) | {"hidden_by": [_hidden(one) for one in hidden.get(id(info), ())]} for info in every(routes)
        ],
        "modules": [] if root is None else list(_modules(root, set())),
    }


def answers_document(
    asked: Asked, redirect: str | None, answers: Sequence[Found], near: Sequence[RouteInfo] = ()
) -> dict[str, object]:
    """What answers an address; `redirect` is the path that a client is sent to first, `near` what may be meant."""
    return {
        "match": asked.typed,
        "redirect": redirect,
        "answers": [
            {
                "methods": one.methods,
                "route": _route(one.route),
                "parameters": {name: _value(value) for name, value in one.parameters.items()},
                "hides": [_route(info) for info in one.hides],
            }
            for one in answers
        ],
        "near": [_route(info) for info in near],
    }


def _route(info: RouteInfo) -> dict[str, object]:
    return {name: getattr(info, name) for name in _FIELDS}


def _hidden(one: Hidden) -> dict[str, object]:
    return {"methods": one.methods, "by": address(one.by), "handler": one.by.handler, "is_whole": one.is_whole}


def _modules(module: ModuleInfo, seen: set[int]) -> Iterator[dict[str, object]]:
    if id(module) in seen:
        return
    seen.add(id(module))
    for imported in module.imports:
        yield from _modules(imported, seen)
    imports = [imported.name for imported in module.imports]
    yield {"name": module.name, "file": module.file, "line": module.line, "imports": imports}


def _value(value: Any) -> object:
    """What a parameter is in JSON, which has no word for a UUID or a date."""
    return value if isinstance(value, str | int | float) else str(value)
