"""Plans: a handler's signature becomes what `ellar.params` reads and validates by, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, make_dataclass, replace
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import SchemaError
from starlette.background import BackgroundTasks
from starlette.convertors import Convertor
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from ellar.context import IExecutionContext
from ellar.controllers import Event
from ellar.di import Dependency, Graph, InjectMarker, Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.gathering import config_of, has_files, members_of
from ellar.kinds import PLAIN, is_many, is_model, is_plain, is_upload, one_of
from ellar.misplaced import FORMS, begin, check_body, check_file, check_one_body, check_path, check_text
from ellar.modules import ModuleNode
from ellar.params import TAKE, Handed, Marker, Member, Message, Plan, Source, Value, every_cookie
from ellar.signatures import MISSING, Parameter, parameters

Asked = tuple[Parameter, Marker]
_MESSAGES: tuple[Source, ...] = ("body", "wsbody")
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
    path_names: Mapping[str, Convertor[Any]]
    is_method: bool

    def plan(self, handler: Callable[..., Any], *, hook: Event | None = None) -> Plan:
        """Settles every parameter of a handler, which may be a hook of a websocket."""
        handed: list[tuple[str, Handed]] = []
        injected: list[Dependency] = []
        asked: list[Asked] = []
        waiting = list(_HANDED_TO[hook])
        for parameter in parameters(handler, self.node.local_names, method=self.is_method):
            marker = _marker(parameter)
            given = None if marker else self._handed(handler, parameter, waiting)
            if given is not None:
                handed.append((parameter.name, given))
            elif marker is None and self._is_injected(handler, parameter):
                injected += self._injected(handler, parameter)
            else:
                marker = marker or self._guessed(parameter)
                self._check(handler, parameter, marker, hook)
                asked.append((parameter, marker))
        check_one_body(handler, asked)
        values = _knowing([_value(handler, *one) for one in asked if one[1].source not in _MESSAGES])
        return Plan(
            values=tuple(value for value in values if value.source not in FORMS),
            handed=tuple(handed),
            injected=tuple(injected),
            message=_message(handler, [one for one in asked if one[1].source in _MESSAGES]),
            form=tuple(value for value in values if value.source in FORMS),
        )

    def _handed(self, handler: Callable[..., Any], parameter: Parameter, waiting: list[Handed]) -> Handed | None:
        """What is given by its kind; a hook's bare parameters are what still waits to be given, in order."""
        kind = parameter.without_none
        if kind is (WebSocket if self.protocol == "http" else Request):
            other = "WebSocket, which a request" if self.protocol == "http" else "Request, which a websocket"
            raise ImproperlyConfigured(f"{begin(handler, parameter)}as {other} has not: write HTTPConnection")
        if kind in _OF_ANSWERS and self.protocol == "websocket":
            raise ImproperlyConfigured(
                f"{begin(handler, parameter)}as {kind.__name__}, which a websocket has not: take it out"
            )
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
        if parameter.name in self.path_names or is_plain(kind):  # a provider of str must not take every name: str
            return False
        if self.graph.find(self.node, kind) is not None:
            return True
        if _is_model(kind) or is_upload(kind):
            return False
        if not isinstance(kind, type) or issubclass(kind, dict):
            body = "Body()" if self.protocol == "http" else "WsBody()"
            raise ImproperlyConfigured(
                f"{begin(handler, parameter)}and says not from where: write {body}, Query() or Inject[...]"
            )
        return True

    def _injected(self, handler: Callable[..., Any], parameter: Parameter) -> Iterator[Dependency]:
        try:
            dependency = self.graph.dependency(self.node, parameter, handler, self.protocol)
        except ImproperlyConfigured as error:
            if not is_model(parameter.without_none):
                raise
            body = "Body()" if self.protocol == "http" else "WsBody()"
            raise ImproperlyConfigured(f"{error}, or write {body} where a client sends it") from error
        if dependency is not None:
            yield dependency

    def _guessed(self, parameter: Parameter) -> Marker:
        if parameter.name in self.path_names:
            return Marker("path", ..., None, {})
        kind = parameter.without_none
        return Marker("body" if _is_model(kind) else "file" if is_upload(kind) else "query", ..., None, {})

    def _check(self, handler: Callable[..., Any], parameter: Parameter, marker: Marker, hook: Event | None) -> None:
        wrong = begin(handler, parameter)
        check_body(wrong, marker, self.protocol, hook)
        if marker.source == "path":
            check_path(wrong, parameter, marker, self.path_names)
        if marker.source in FORMS:
            check_file(wrong, one_of(parameter.without_none), marker)
        if marker.source not in (*_MESSAGES, "file"):
            check_text(wrong, parameter, marker)


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


def _adapter(
    handler: Callable[..., Any], name: str, annotation: Any, config: ConfigDict | None = None
) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(annotation, config=config)
    except PydanticUserError as error:
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} takes {name!r}, whose type pydantic can't validate:"
            f" {str(error.message).splitlines()[0]}"
        ) from error
    except SchemaError as error:
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} takes {name!r}, whose constraints can't be read:"
            f" {str(error).splitlines()[-1]}"
        ) from error


def _check_constraints(
    handler: Callable[..., Any], parameter: Parameter, marker: Marker, adapter: TypeAdapter[Any]
) -> None:
    """Refuses constraints that do not go with the type, which pydantic tells only when it validates."""
    try:
        if marker.constraints:
            adapter.validate_python("1")
    except ValidationError:
        return
    except TypeError as error:
        raise ImproperlyConfigured(
            f"{place(handler)}: {handler.__qualname__} takes {parameter.name!r}, whose constraints do not go with its"
            f" type: {str(error).partition(' to supplied')[0]}"
        ) from error


def _value(handler: Callable[..., Any], parameter: Parameter, marker: Marker) -> Value:
    source, kind, default = marker.source, parameter.without_none, _default(parameter, marker)
    config = ConfigDict(strict=True) if source == "file" else None  # a field's text is no file's bytes
    adapter = _adapter(handler, parameter.name, _constrained(parameter, marker), config)
    _check_constraints(handler, parameter, marker, adapter)
    members = _members(handler, parameter, source)
    many = is_many(parameter.annotation)
    return Value(
        name=parameter.name,
        source=source,
        take=every_cookie if source == "cookie" and (many or any(m.many for m in members)) else TAKE[source],
        alias=marker.alias or (parameter.name.replace("_", "-") if source == "header" else parameter.name),
        default=default,
        is_mutable=not isinstance(default, PLAIN),
        many=many,
        may_be_empty=source != "form" or default is MISSING,
        adapter=adapter,
        members=members,
        known=frozenset() if members and config_of(kind).get("extra") in ("allow", "forbid") else None,
        has_files=source == "file" or (bool(members) and has_files(kind)),
        is_read_whole=source == "file" and one_of(kind) is bytes,
        max_size=marker.max_size,
    )


def _members(handler: Callable[..., Any], parameter: Parameter, source: Source) -> tuple[Member, ...]:
    if source in ("path", "file") or not is_model(parameter.without_none):
        return ()
    try:
        return tuple(members_of(parameter.without_none, source))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{begin(handler, parameter)}as {source.title()}, and {parameter.without_none.__name__} {error}"
        ) from error


def _knowing(values: Sequence[Value]) -> list[Value]:
    """Tells the models that forbid or take other names which ones the handler takes besides."""
    return [value if value.known is None else replace(value, known=_names_beside(value, values)) for value in values]


def _names_beside(value: Value, values: Sequence[Value]) -> frozenset[str]:
    names = [[m.alias for m in one.members] or [one.alias] for one in values if one.place == value.place]
    return frozenset(name.lower() if value.source == "header" else name for some in names for name in some)


def _message(handler: Callable[..., Any], parts: Sequence[Asked]) -> Message | None:
    if not parts:
        return None
    if len(parts) == 1 and not parts[0][1].embed:
        parameter, marker = parts[0]
        adapter = _adapter(handler, parameter.name, _constrained(parameter, marker))
        _check_constraints(handler, parameter, marker, adapter)
        return Message(parameter.name, adapter, _default(parameter, marker))
    kind = "body" if parts[0][1].source == "body" else "message"
    name = f"{handler.__qualname__.rpartition('<locals>.')[2].replace('.', '_')}_{kind}"  # as API pages show it
    members = make_dataclass(name, [_member(*part) for part in parts], kw_only=True)
    return Message(None, _adapter(handler, ", ".join(p.name for p, _ in parts), members), MISSING)


def _member(parameter: Parameter, marker: Marker) -> tuple[str, Any, Any]:
    default = _default(parameter, marker)
    kind = _constrained(parameter, marker, Field(alias=marker.alias or parameter.name))
    return parameter.name, kind, field() if default is MISSING else field(default_factory=lambda: deepcopy(default))
