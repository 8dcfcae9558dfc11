"""Parameters: a handler's signature becomes an argument plan, once; the plan then only reads and validates."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, make_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, TypedDict, Union, Unpack, get_args, get_origin
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from ellar.context import IExecutionContext
from ellar.controllers import Event
from ellar.di import Dependency, Graph, InjectMarker, Level, Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode
from ellar.signatures import MISSING, Parameter, parameters

Source = Literal["query", "path", "header", "cookie", "body", "wsbody"]
Handed = Literal["connection", "context", "code"]
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
        """The parameters that are given the connection (or request), its context or the code that it ended with."""
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


_HANDED_TO: dict[Event | None, tuple[Handed, ...]] = {
    None: (),
    "connect": ("connection",),
    "disconnect": ("connection", "code"),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes plans for the handlers of one route."""

    graph: Graph
    node: ModuleNode
    protocol: Protocol
    path_names: Collection[str]
    is_method: bool

    def plan(self, handler: Callable[..., Any], *, hook: Event | None = None) -> Plan:
        """Settles every parameter of a handler, which may be a hook of a websocket."""
        values: list[Value] = []
        handed: list[tuple[str, Handed]] = []
        injected: list[Dependency] = []
        parts: list[tuple[Parameter, Marker]] = []
        waiting = list(_HANDED_TO[hook])
        for parameter in parameters(handler, self.node.local_names, method=self.is_method):
            marker = _marker(parameter)
            given = None if marker else self._handed(handler, parameter, waiting)
            if given is not None:
                handed.append((parameter.name, given))
            elif marker is None and self._is_injected(handler, parameter):
                dependency = self.graph.dependency(self.node, parameter, handler, self.protocol)
                injected += [dependency] if dependency is not None else []
            else:
                marker = marker or self._guessed(parameter)
                self._check(handler, parameter, marker, hook)
                if marker.source in ("body", "wsbody"):
                    parts.append((parameter, marker))
                else:
                    values.append(_value(handler, parameter, marker))
        return Plan(tuple(values), tuple(handed), tuple(injected), _message(handler, parts) if parts else None)

    def _handed(self, handler: Callable[..., Any], parameter: Parameter, waiting: list[Handed]) -> Handed | None:
        """What is given by its kind; a hook's bare parameters are what still waits to be given, in order."""
        kind = parameter.without_none
        if kind is (WebSocket if self.protocol == "http" else Request):
            other = "WebSocket, which a request" if self.protocol == "http" else "Request, which a websocket"
            raise ImproperlyConfigured(f"{_begin(handler, parameter)}as {other} has not: write HTTPConnection")
        if kind is IExecutionContext:
            return "context"
        if kind in (HTTPConnection, Request, WebSocket):
            found: Handed | None = "connection"
        elif kind is int and "code" in waiting and parameter.name not in self.path_names:
            found = "code"
        else:
            found = waiting[0] if waiting and kind is Any else None
        if found in waiting:
            waiting.remove(found)
        return found

    def _is_injected(self, handler: Callable[..., Any], parameter: Parameter) -> bool:
        kind = parameter.without_none
        if any(isinstance(extra, InjectMarker) for extra in parameter.metadata):
            return True
        if parameter.name in self.path_names or _is_plain(kind):  # a provider of str must not take every name: str
            return False
        if self.graph.find(self.node, kind) is not None:
            return True
        if _is_model(kind):
            return False
        if not isinstance(kind, type) or issubclass(kind, dict):
            body = "Body()" if self.protocol == "http" else "WsBody()"
            raise ImproperlyConfigured(
                f"{_begin(handler, parameter)}and says not from where: write {body}, Query() or Inject[...]"
            )
        return True

    def _guessed(self, parameter: Parameter) -> Marker:
        if parameter.name in self.path_names:
            return Marker("path", ..., None, {})
        return Marker("body" if _is_model(parameter.without_none) else "query", ..., None, {})

    def _check(self, handler: Callable[..., Any], parameter: Parameter, marker: Marker, hook: Event | None) -> None:
        wrong = _begin(handler, parameter)
        name = marker.alias or parameter.name
        if marker.source == "path" and name not in self.path_names:
            raise ImproperlyConfigured(f"{wrong}from the path, which has no {{{name}}}: add it")
        if marker.source == "body" and self.protocol == "websocket":
            raise ImproperlyConfigured(f"{wrong}as Body, which a websocket has not: write WsBody()")
        if marker.source == "wsbody" and self.protocol == "http":
            raise ImproperlyConfigured(f"{wrong}as WsBody, which a request has not: write Body()")
        if marker.source == "wsbody" and hook is not None:
            raise ImproperlyConfigured(f"{wrong}as WsBody, but a {hook} handler gets no message: take it out")


def _begin(handler: Callable[..., Any], parameter: Parameter) -> str:
    return f"{place(handler)}: {handler.__qualname__} takes {parameter.name!r} "


def _is_model(annotation: Any) -> bool:
    return hasattr(annotation, "__pydantic_core_schema__")


def _marker(parameter: Parameter) -> Marker | None:
    if isinstance(parameter.default, Marker):
        return parameter.default
    return next((extra for extra in parameter.metadata if isinstance(extra, Marker)), None)


def _default(parameter: Parameter, marker: Marker) -> Any:
    """The one that is written: `= Query("John")`, or `= "John"` beside `Annotated`."""
    if parameter.default is marker or parameter.required:
        return MISSING if marker.default is ... else marker.default
    return parameter.default


def _constrained(parameter: Parameter, marker: Marker, *more: Any) -> Any:
    extras = [extra for extra in parameter.metadata if not isinstance(extra, Marker | InjectMarker)]
    annotation = parameter.annotation
    for extra in (*extras, Field(**marker.constraints), *more):
        annotation = Annotated[annotation, extra]
    return annotation


def _adapter(handler: Callable[..., Any], name: str, annotation: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(annotation)
    except PydanticSchemaGenerationError as error:
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} takes {name!r}, whose type pydantic can't validate:"
            f" {error.message.splitlines()[0]}"
        ) from error


def _value(handler: Callable[..., Any], parameter: Parameter, marker: Marker) -> Value:
    alias = marker.alias or (parameter.name.replace("_", "-") if marker.source == "header" else parameter.name)
    default = _default(parameter, marker)
    return Value(
        name=parameter.name,
        source=marker.source,
        alias=alias,
        default=default,
        is_mutable=isinstance(default, list | dict | set),
        many=get_origin(parameter.without_none) in _COLLECTIONS,
        adapter=_adapter(handler, parameter.name, _constrained(parameter, marker)),
    )


def _message(handler: Callable[..., Any], parts: list[tuple[Parameter, Marker]]) -> Message:
    if len(parts) == 1:
        parameter, marker = parts[0]
        adapter = _adapter(handler, parameter.name, _constrained(parameter, marker))
        return Message(parameter.name, adapter, _default(parameter, marker))
    members = make_dataclass("Message", [_member(*part) for part in parts], kw_only=True)
    return Message(None, _adapter(handler, ", ".join(p.name for p, _ in parts), members), MISSING)


def _member(parameter: Parameter, marker: Marker) -> tuple[str, Any, Any]:
    default = _default(parameter, marker)
    kind = _constrained(parameter, marker, Field(alias=marker.alias or parameter.name))
    return parameter.name, kind, field() if default is MISSING else field(default_factory=lambda: deepcopy(default))


_COLLECTIONS = (list, set, tuple, frozenset, Sequence)
_PLAIN = (str, int, float, bool, bytes, Decimal, date, datetime, time, timedelta, UUID, types.NoneType)


def _is_plain(annotation: Any) -> bool:
    """Could a query string hold it?"""
    origin = get_origin(annotation)
    if origin is Literal or annotation is Any:
        return True
    if origin in (Union, types.UnionType, Annotated, *_COLLECTIONS):
        return all(_is_plain(kind) for kind in get_args(annotation) if kind is not ... and isinstance(kind, type))
    return isinstance(annotation, type) and issubclass(annotation, (*_PLAIN, Enum))
