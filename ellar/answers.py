"""Answers: with which statuses and types a request to a route may be answered, by what is declared of it."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal, Never, NoReturn, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ellar.declared import Declared
from ellar.errors import handler_of
from ellar.exception_handlers import Handlers
from ellar.exceptions import APIException, NotAuthenticated, NotFound, PermissionDenied, RequestValidationError
from ellar.http import HTTPEndpoint
from ellar.responses import BODILESS, Models
from ellar.schemas import ValidationError
from ellar.signatures import MISSING, return_annotation

JSON = "application/json"
ANY_STATUS = "default"


@dataclass(frozen=True, slots=True)
class HTTPError:
    """Why a request was refused."""

    detail: str


@dataclass(frozen=True, slots=True)
class ValidationErrors:
    """All that is wrong with a request."""

    detail: list[ValidationError]


_ERROR, _ERRORS, _ANYTHING = TypeAdapter(HTTPError), TypeAdapter(ValidationErrors), TypeAdapter(Any)


@dataclass(frozen=True, slots=True)
class Answer:
    """One of them: its status (or `default`), and its media type and the type of its body, where it has one."""

    status: str
    media_type: str | None = None
    body: TypeAdapter[Any] | None = None

    @property
    def description(self) -> str:
        """What the status is called."""
        if self.status == ANY_STATUS:
            return "What the handler answers"
        if self.status == "2XX":
            return "Success"
        known = {str(status.value): status.phrase for status in HTTPStatus}
        return known.get(self.status, f"Status {self.status}")


def answers_of(
    declared: Declared, endpoint: HTTPEndpoint, handlers: Handlers, *, needs_login: bool, is_guarded: bool
) -> list[Answer]:
    """What the handler answers, and what the runtime does before it."""
    plan = endpoint.plan
    has_body = plan.message is not None or bool(plan.form)
    refusals = {
        401: needs_login,
        403: is_guarded,
        404: "{" in declared.path,
        413: has_body,
        415: has_body,
        422: has_body or bool(plan.values),
    }
    found = list(_of_handler(declared, endpoint))
    for status, may_be in refusals.items():
        found += refusals_of(status, handlers) if may_be else ()
    return found


_RAISED: dict[int, Sequence[type[Exception]]] = {
    401: [NotAuthenticated],
    403: [PermissionDenied],
    404: [HTTPException, NotFound],  # the router's, and a handler's
    405: [HTTPException],
    413: [APIException],
    415: [APIException],
    422: [RequestValidationError],
}


def refusals_of(status: int, handlers: Handlers) -> Iterator[Answer]:
    """How the runtime refuses with a status, or what an exception handler of the application makes of it."""
    for kind in _RAISED[status]:
        handler = handler_of(handlers, kind, status)
        returns = types.NoneType if handler is None else return_annotation(handler.method)
        yield from _of_return(returns, str(status), Answer(str(status), JSON, _ERRORS if status == 422 else _ERROR))


def _of_handler(declared: Declared, endpoint: HTTPEndpoint) -> Iterator[Answer]:
    if endpoint.renderer is not None:
        yield Answer("200", "text/html")
    elif endpoint.models is not None:
        yield from _of_models(endpoint.models, declared.returns)
    else:
        yield from _of_return(declared.returns, "200", Answer("204"))


def _of_models(models: Models, returns: Any) -> Iterator[Answer]:
    if models.of_success is not None:
        names_statuses = any(_is_pair(kind) for kind in _members(returns))
        yield Answer("2XX" if names_statuses else "200", JSON, models.of_success)
        return
    for status, body in models.by_status.items():
        yield _json(str(status), body or _ANYTHING)


def _of_return(returns: Any, status: str, nothing: Answer) -> Iterator[Answer]:
    """By an annotation: `(status, body)` and responses are told apart, None is `nothing`, the rest has this status."""
    if returns in (MISSING, Any, Never, NoReturn):
        yield Answer(ANY_STATUS)
        return
    bodies: list[Any] = []
    for kind in _members(returns):
        if kind is types.NoneType:
            yield nothing
        elif _is_pair(kind):
            statuses, body = get_args(kind)
            yield from (_json(one, _adapter(body)) for one in _statuses(statuses))
        elif isinstance(kind, type) and issubclass(kind, Response):
            yield Answer(ANY_STATUS, kind.media_type)
        else:
            bodies.append(kind)
    if bodies:
        yield _json(status, _adapter(Union[tuple(bodies)]))  # noqa: UP007 # of so many as there are


def _json(status: str, body: TypeAdapter[Any]) -> Answer:
    return Answer(status) if status in map(str, BODILESS) else Answer(status, JSON, body)


def _members(kind: Any) -> tuple[Any, ...]:
    """Those of a union, or the one type."""
    if type(kind).__name__ == "TypeAliasType":
        return _members(kind.__value__)
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _is_pair(kind: Any) -> bool:
    """Is it the type of a `(status, body)`?"""
    arguments = get_args(kind) if get_origin(kind) is tuple else ()
    return len(arguments) == 2 and bool(_statuses(arguments[0]))


def _statuses(kind: Any) -> list[str]:
    """`Literal[200, 201]` names them; an int is any; nothing else is a status."""
    if get_origin(kind) is Literal:
        found = get_args(kind)
        return [str(int(status)) for status in found] if all(isinstance(one, int) for one in found) else []
    is_number = isinstance(kind, type) and issubclass(kind, int) and not issubclass(kind, bool)
    return [ANY_STATUS] if is_number else []


def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Of a type that is only ever sent, which may be one that pydantic knows nothing of."""
    try:
        return TypeAdapter(kind)
    except PydanticUserError:
        return _ANYTHING
