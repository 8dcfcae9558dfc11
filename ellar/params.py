"""Parameters: what a handler says of them (Query, Body ...), and the plan that reads and validates them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, TypedDict, Unpack

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import MultiDict
from starlette.requests import HTTPConnection, cookie_parser

from ellar.di import Dependency, Level
from ellar.exceptions import ImproperlyConfigured
from ellar.signatures import MISSING, users_place

Source = Literal["query", "path", "header", "cookie", "form", "file", "body", "wsbody"]
Handed = Literal["connection", "context", "code", "response", "tasks"]
Error = dict[str, Any]

MAX_ERRORS = 10
"""So many faults of a request or message are told; a hostile one could have as many as it has bytes."""
MAX_TOLD = 1000
"""Of so many faults at most the first are told: to word half a million, pydantic takes a second."""


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
    embed: bool = False
    max_size: int | None = None


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


def Body(
    default: Any = ..., *, alias: str | None = None, embed: bool = False, **constraints: Unpack[Constraints]
) -> Any:
    """The JSON body of a request; two or more of them, or one to `embed`, are its members by name."""
    return Marker("body", default, alias, constraints, embed=embed)


def Form(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """A field of a form, urlencoded or multipart; a list of them for a list type, all of them for a model."""
    return Marker("form", default, alias, constraints)


def File(
    default: Any = ..., *, alias: str | None = None, max_size: int | None = None, **constraints: Unpack[Constraints]
) -> Any:
    """A file of a form: an `UploadFile`, its `bytes`, or a list of them; 413 for one of more than `max_size` bytes."""
    if max_size is not None and (type(max_size) is not int or max_size < 1):
        raise ImproperlyConfigured(f"{users_place()}: File(max_size={max_size!r}): write a number of bytes")
    return Marker("file", default, alias, constraints, max_size=max_size)


def WsBody(default: Any = ..., *, alias: str | None = None, **constraints: Unpack[Constraints]) -> Any:
    """The message of a websocket; two or more of them are its members by name (`encoding="json"` alone)."""
    return Marker("wsbody", default, alias, constraints)


@dataclass(frozen=True, slots=True)
class Member:
    """A field of a model that gathers values: what the client calls it, and what the model does."""

    alias: str
    name: str
    many: bool
    may_be_empty: bool


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the query string, path, headers, cookies or form; a model's `members` make it of several.

    `known` are all names that the handler takes of this source, where the model has a say in the others.
    """

    name: str
    source: Source
    take: Callable[[Any], Any]
    alias: str
    default: Any
    is_mutable: bool
    many: bool
    may_be_empty: bool
    adapter: TypeAdapter[Any]
    members: tuple[Member, ...] = ()
    known: frozenset[str] | None = None
    has_files: bool = False
    is_read_whole: bool = False
    max_size: int | None = None

    @property
    def place(self) -> str:
        """Where it is, for a client."""
        return "body" if self.source in ("form", "file") else self.source

    def read(self, sources: Any) -> Any:
        """The raw value, of a connection or of a form; MISSING where there is none."""
        source = self.take(sources)
        if self.members:
            return self._gathered(source)
        return _found(source, self.alias, self.many, self.may_be_empty)

    def _gathered(self, source: Any) -> Any:
        members = ((m.name, _found(source, m.alias, m.many, m.may_be_empty)) for m in self.members)
        found = {name: raw for name, raw in members if raw is not MISSING}
        if self.known is not None:
            found |= {name: source[name] for name in source if name not in self.known}
        return MISSING if not found and self.default is not MISSING else found

    def errors_of(self, error: ValidationError) -> list[Error]:
        """What is wrong with it, by the names that the client knows."""
        if not self.members:
            return located(error, self.place, self.alias)
        aliases = {member.name: member.alias for member in self.members}
        errors = located(error, self.place)
        for one in errors:
            one["loc"][1:2] = [aliases.get(name, name) for name in one["loc"][1:2]]
        return errors


def _found(source: Any, alias: str, many: bool, may_be_empty: bool) -> Any:
    if many:
        return source.getlist(alias) or MISSING
    raw = source.get(alias, MISSING)
    return MISSING if raw == "" and not may_be_empty else raw


TAKE: dict[Source, Callable[[Any], Any]] = {
    "query": attrgetter("query_params"),
    "path": attrgetter("path_params"),
    "header": attrgetter("headers"),
    "cookie": attrgetter("cookies"),
    "form": lambda form: form,
    "file": lambda form: form,
}
"""All values of a source, out of a connection or a form."""


def every_cookie(connection: HTTPConnection) -> MultiDict:
    """All cookies, several of one name too: a client has one for each path."""
    parts = (part for header in connection.headers.getlist("cookie") for part in header.split(";"))
    return MultiDict([cookie for part in parts for cookie in cookie_parser(part).items()])


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
    form: tuple[Value, ...] = ()

    def names_of(self, what: Handed) -> tuple[str, ...]:
        """The parameters that are given this."""
        return tuple(name for name, handed in self.handed if handed == what)

    @property
    def level(self) -> Level:
        """The innermost container that the injected parameters need."""
        return max((dependency.level for dependency in self.injected), default=Level.APP)

    def read(self, connection: HTTPConnection) -> tuple[dict[str, Any], list[Error]]:
        """The values of query, path, headers and cookies, and all that is wrong with them."""
        return fill(self.values, connection)


def fill(values: Iterable[Value], sources: Any) -> tuple[dict[str, Any], list[Error]]:
    """The values of a connection or of a form, and all that is wrong with them."""
    arguments: dict[str, Any] = {}
    errors: list[Error] = []
    for value in values:
        raw = value.read(sources)
        if raw is MISSING and value.default is not MISSING:
            arguments[value.name] = deepcopy(value.default) if value.is_mutable else value.default
        elif raw is MISSING:
            errors.append({"loc": [value.place, value.alias], "msg": "Field required", "type": "missing"})
        else:
            try:
                arguments[value.name] = value.adapter.validate_python(raw)
            except ValidationError as error:
                errors += value.errors_of(error)
    return arguments, errors


def located(error: ValidationError, *where: str) -> list[Error]:
    """pydantic's errors with the place in front; without the input, which may be secret or no JSON."""
    if error.error_count() > MAX_TOLD:
        return [{"loc": [*where], "msg": f"{error.error_count()} values do not fit", "type": "too_many_errors"}]
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"loc": [*where, *one["loc"]], "msg": one["msg"], "type": one["type"]} for one in found[:MAX_ERRORS]]
