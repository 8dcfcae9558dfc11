"""Parameters: a handler's signature becomes an argument plan, once; the plan then only reads and validates."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

from pydantic import TypeAdapter, ValidationError
from starlette.requests import HTTPConnection

from ellar.di import Dependency, Level
from ellar.signatures import MISSING

Source = Literal["query", "path", "header", "cookie", "body", "wsbody"]
Handed = Literal["connection", "context", "code", "response", "tasks"]
Error = dict[str, Any]

MAX_ERRORS = 10
"""So many faults of a request or message are told; a hostile one could have as many as it has bytes."""


class Constraints(TypedDict, total=False):
    """What pydantic checks besides the type."""

    gt: float
    ge: float
    lt: float
    le: float
    min_length: int
    max_length: int
    pattern: str
    description: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a value comes from; made by Query and its like, as a default or inside `Annotated`."""

    source: Source
    default: Any
    alias: str | None
    constraints: Constraints


def Query(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """A value of the query string; a list of them for a list type."""
    return Marker("query", default, alias, constraints)


def Path(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """A part of the path: `{name}` in the route."""
    return Marker("path", default, alias, constraints)


def Header(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """A header: `user_agent` reads `User-Agent`."""
    return Marker("header", default, alias, constraints)


def Cookie(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """A cookie."""
    return Marker("cookie", default, alias, constraints)


def Body(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """The JSON body of a request; two or more of them are its members by name."""
    return Marker("body", default, alias, constraints)


def WsBody(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """The message of a websocket; two or more of them are its members by name (`encoding="json"` alone)."""
    return Marker("wsbody", default, alias, constraints)


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the query string, path, headers or cookies."""

    name: str
    source: Source
    alias: str
    default: Any
    is_mutable: bool
    many: bool
    adapter: TypeAdapter[Any]

    def read(self, connection: HTTPConnection) -> Any:
        """The raw value; MISSING where there is none."""
        if self.source == "path":
            return connection.path_params.get(self.alias, MISSING)
        if self.source == "cookie":
            return connection.cookies.get(self.alias, MISSING)
        values = connection.query_params if self.source == "query" else connection.headers
        if self.many:
            return values.getlist(self.alias) or MISSING
        return values.get(self.alias, MISSING)


@dataclass(frozen=True, slots=True)
class Message:
    """What a body or a websocket's message is validated by.

    `name` is the parameter that takes it whole; None where the adapter gives an object of all parameters' values.
    """

    name: str | None
    adapter: TypeAdapter[Any]
    default: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a handler takes, and from where."""

    values: tuple[Value, ...]
    handed: tuple[tuple[str, Handed], ...]
    injected: tuple[Dependency, ...]
    message: Message | None

    def names_of(self, what: Handed) -> tuple[str, ...]:
        """The parameters that are given this."""
        return tuple(name for name, handed in self.handed if handed == what)

    @property
    def level(self) -> Level:
        """The innermost container that the injected parameters need."""
        return max((dependency.level for dependency in self.injected), default=Level.APP)

    def read(self, connection: HTTPConnection) -> tuple[dict[str, Any], list[Error]]:
        """The values of query, path, headers and cookies, and all that is wrong with them."""
        arguments: dict[str, Any] = {}
        errors: list[Error] = []
        for value in self.values:
            raw = value.read(connection)
            if raw is MISSING and value.default is not MISSING:
                arguments[value.name] = deepcopy(value.default) if value.is_mutable else value.default
            elif raw is MISSING:
                errors.append({"loc": [value.source, value.alias], "msg": "Field required", "type": "missing"})
            else:
                try:
                    arguments[value.name] = value.adapter.validate_python(raw)
                except ValidationError as error:
                    errors += located(error, value.source, value.alias)
        return arguments, errors


def located(error: ValidationError, *where: str) -> list[Error]:
    """pydantic's errors with the place in front; without the input, which may be secret or no JSON."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"loc": [*where, *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in found[:MAX_ERRORS]]
