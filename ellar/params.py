"""Parameters: a handler's signature becomes an argument plan, once; the plan then only reads and validates."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection
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
from ellar.di import Dependency, Graph, InjectMarker, Level
from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode
from ellar.signatures import MISSING, Parameter, parameters

Source = Literal["query", "path", "header", "cookie", "body", "wsbody"]
Error = dict[str, Any]


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
    given: tuple[tuple[str, str], ...]
    injected: tuple[Dependency, ...]
    message: Message | None

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
                arguments[value.name] = value.default
            elif raw is MISSING:
                errors.append({"loc": [value.source, value.alias], "msg": "Field required", "type": "missing"})
            else:
                try:
                    arguments[value.name] = value.adapter.validate_python(raw)
                except ValidationError as error:
                    errors += located(error, value.source, value.alias)
        return arguments, errors


def located(error: ValidationError, *place: str) -> list[Error]:
    """pydantic's errors with the place in front; without the input, which may be secret or no JSON."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"loc": [*place, *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in found]


Protocol = Literal["http", "websocket"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Makes plans for the handlers of one route."""

    graph: Graph
    node: ModuleNode
    protocol: Protocol
    path_names: Collection[str]
    method: bool

    def plan(self, handler: Callable[..., Any], hook_arguments: tuple[str, ...] = ()) -> Plan:
        """Settles every parameter. `hook_arguments` are what the first parameters of a hook are given, in order."""
        values: list[Value] = []
        given: list[tuple[str, str]] = []
        injected: list[Dependency] = []
        parts: list[tuple[Parameter, Marker]] = []
        for index, parameter in enumerate(parameters(handler, self.node.local_names, method=self.method)):
            marker = _marker(parameter)
            handed = self._handed(parameter, marker, hook_arguments[index : index + 1])
            if handed is not None:
                given.append((parameter.name, handed))
            elif marker is None and self._is_injected(parameter, handler):
                dependency = self.graph.dependency(self.node, parameter, handler)
                injected += [dependency] if dependency is not None else []
            else:
                marker = marker or self._guessed(parameter)
                self._check(handler, parameter, marker)
                if marker.source in ("body", "wsbody"):
                    parts.append((parameter, marker))
                else:
                    values.append(_value(handler, parameter, marker))
        return Plan(tuple(values), tuple(given), tuple(injected), _message(handler, parts) if parts else None)

    def _handed(self, parameter: Parameter, marker: Marker | None, hook_argument: tuple[str, ...]) -> str | None:
        if marker is not None:
            return None
        if hook_argument and parameter.annotation in (Any, {"websocket": WebSocket, "code": int}[hook_argument[0]]):
            return hook_argument[0]
        connections = (HTTPConnection, Request if self.protocol == "http" else WebSocket)
        if parameter.annotation in connections:
            return "connection"
        return "context" if parameter.annotation is IExecutionContext else None

    def _is_injected(self, parameter: Parameter, handler: Callable[..., Any]) -> bool:
        if any(isinstance(extra, InjectMarker) for extra in parameter.metadata):
            return True
        if parameter.name in self.path_names:
            return False
        if self.graph.find(self.node, parameter.without_none) is not None:
            return True
        return not (_is_plain(parameter.annotation) or self._is_body(parameter.annotation))

    def _is_body(self, annotation: Any) -> bool:
        return self.protocol == "http" and hasattr(annotation, "__pydantic_core_schema__")

    def _guessed(self, parameter: Parameter) -> Marker:
        if parameter.name in self.path_names:
            return Marker("path", ..., None, {})
        return Marker("body" if self._is_body(parameter.annotation) else "query", ..., None, {})

    def _check(self, handler: Callable[..., Any], parameter: Parameter, marker: Marker) -> None:
        wrong = f"{place(handler)}: {handler.__qualname__} takes {parameter.name!r} "
        if marker.source == "path" and (marker.alias or parameter.name) not in self.path_names:
            raise ImproperlyConfigured(
                f"{wrong}from the path, which has no {{{marker.alias or parameter.name}}}: add it"
            )
        if marker.source == "body" and self.protocol == "websocket":
            raise ImproperlyConfigured(f"{wrong}as Body, which a websocket has not: write WsBody()")
        if marker.source == "wsbody" and self.protocol == "http":
            raise ImproperlyConfigured(f"{wrong}as WsBody, which a request has not: write Body()")


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
    return Value(
        name=parameter.name,
        source=marker.source,
        alias=alias,
        default=_default(parameter, marker),
        many=get_origin(parameter.without_none) in (list, set, tuple, frozenset),
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
    return parameter.name, kind, field() if default is MISSING else field(default_factory=lambda: default)


_PLAIN = (str, int, float, bool, bytes, Decimal, date, datetime, time, timedelta, UUID, types.NoneType)


def _is_plain(annotation: Any) -> bool:
    """Could a query string hold it?"""
    origin = get_origin(annotation)
    if origin is Literal or annotation is Any:
        return True
    if origin in (Union, types.UnionType, Annotated, list, set, tuple, frozenset):
        return all(_is_plain(kind) for kind in get_args(annotation) if kind is not ... and isinstance(kind, type))
    return isinstance(annotation, type) and issubclass(annotation, (*_PLAIN, Enum))
