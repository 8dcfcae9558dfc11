"""Plans: a handler's signature becomes what `ellar.params` reads and validates by, once."""

from __future__ import annotations

import types
from collections.abc import Callable, Collection, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, make_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import Field, TypeAdapter
from pydantic.errors import PydanticUserError
from starlette.background import BackgroundTasks
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from ellar.context import IExecutionContext
from ellar.controllers import Event
from ellar.di import Dependency, Graph, InjectMarker, Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.modules import ModuleNode
from ellar.params import Handed, Marker, Message, Plan, Value
from ellar.signatures import MISSING, Parameter, parameters

_OF_ANSWERS: dict[Any, Handed] = {Response: "response", BackgroundTasks: "tasks"}
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
        if kind in _OF_ANSWERS and self.protocol == "websocket":
            raise ImproperlyConfigured(f"{_begin(handler, parameter)}as {kind.__name__}, which a websocket has not")
        if kind is IExecutionContext:
            return "context"
        if kind in _OF_ANSWERS:
            return _OF_ANSWERS[kind]
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
    except PydanticUserError as error:
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
