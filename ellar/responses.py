"""Responses: what a handler returns becomes Starlette's, filtered by the types of the route's `response=`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError
from pydantic_core import PydanticSerializationError, to_json
from starlette.background import BackgroundTask, BackgroundTasks
from starlette.responses import Response

from ellar.controllers import HTTPSpec
from ellar.exceptions import ImproperlyConfigured, place

BODILESS = (204, 205, 304)


class ResponseValidationError(Exception):
    """A handler returned what its `response=` does not allow: a bug of the application, answered with 500."""


@dataclass(frozen=True, slots=True)
class Models:
    """The types of a route's `response=`, compiled."""

    handler: str
    by_status: Mapping[int, TypeAdapter[Any]]
    of_success: TypeAdapter[Any] | None

    @property
    def status(self) -> int:
        """That of a result that says none: the first success that has a type."""
        return next((status for status in self.by_status if 200 <= status < 300), 200)

    def of(self, status: int) -> TypeAdapter[Any] | None:
        """The type of what leaves with this status; None where anything may, as for an error that is not listed."""
        model = self.by_status.get(status, self.of_success if 200 <= status < 300 else None)
        has_success = any(200 <= listed < 300 for listed in self.by_status)
        if model is None and has_success and 200 <= status < 300:  # it could hold what no other success lets out
            raise ResponseValidationError(f"{self.handler} returned {status}, for which its response= has no type")
        return model

    def dump(self, model: TypeAdapter[Any], body: Any) -> bytes:
        """The JSON of what fits the model, without all that the model does not know."""
        try:
            # An object of the model is let through as it is, so that what was set on it later shows as a warning.
            value = model.validate_python(body, from_attributes=True, by_alias=True, by_name=True)
            return model.dump_json(value, by_alias=True, warnings="error")
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            faults = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in found[:3])
        except PydanticSerializationError:  # its text holds values
            faults = "it holds values of other types than its fields'"
        raise ResponseValidationError(f"{self.handler} returned what does not fit its response=: {faults}")


def models_of(spec: HTTPSpec, handler: Callable[..., Any]) -> Models | None:
    """What `response=` asks for; None where there is none. Raises ImproperlyConfigured for what is no type."""
    if spec.response is None:
        return None
    begin = f"{place(handler)}: {handler.__qualname__} has response="
    for status in spec.responses:
        if type(status) is not int or not 200 <= status <= 599:
            raise ImproperlyConfigured(f"{begin}{{{status!r}: ...}}: write a status from 200 to 599")
    by_status = {status: _model(kind, begin) for status, kind in spec.responses.items()}
    is_alone = not isinstance(spec.response, Mapping)
    return Models(f"{place(handler)}: {handler.__qualname__}", by_status, by_status[200] if is_alone else None)


def _model(kind: Any, begin: str) -> TypeAdapter[Any]:
    try:
        adapter = TypeAdapter(kind)
        adapter.rebuild(raise_errors=True)
    except PydanticSchemaGenerationError as error:
        raise ImproperlyConfigured(f"{begin}{_name(kind)}, which has no JSON: write a model or a dataclass") from error
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise ImproperlyConfigured(f"{begin}{_name(kind)}: {error.message.splitlines()[0]}") from error
    return adapter


def _name(kind: Any) -> str:
    return kind.__qualname__ if isinstance(kind, type) and not get_args(kind) else str(kind)


def to_response(result: Any, models: Models | None = None, status: int | None = None) -> Response:
    """A response as it is, anything else (models, dataclasses, collections, scalars) as JSON, None as nothing.

    `status` is what was set for a result that brings none itself. Raises ResponseValidationError.
    """
    if isinstance(result, Response):
        return result
    status, body = status_and_body(result, status)
    if status is None:
        is_nothing = body is None and (models is None or 204 in models.by_status)
        status = 204 if is_nothing else models.status if models else 200
    if status in BODILESS:
        return Response(status_code=status)
    model = models.of(status) if models else None
    if body is None and model is None:
        return Response(status_code=status)
    content = to_json(body, inf_nan_mode="null") if models is None or model is None else models.dump(model, body)
    return Response(content, status, media_type="application/json")


def status_and_body(result: Any, status: int | None) -> tuple[int | None, Any]:
    """Both of `(status, body)`; else the status that is given. Raises ValueError for a number that is no status."""
    if type(result) is not tuple or len(result) != 2 or not isinstance(result[0], int) or isinstance(result[0], bool):
        return status, result
    if not 200 <= result[0] <= 599:
        raise ValueError(f"({result[0]}, ...) begins with no status from 200 to 599: return a list for a JSON array")
    return int(result[0]), result[1]


def merged(response: Response, own: Response, tasks: BackgroundTasks, *, is_bare: bool) -> Response:
    """`response` with the headers and cookies of the one that the handler was given, and with its tasks.

    Where the handler returned a bare value the given headers win; where it returned a response, that one's.
    """
    given = [(name, value) for name, value in own.raw_headers if name not in (b"content-length", b"set-cookie")]
    names, taken = {name for name, _ in given}, {name for name, _ in response.raw_headers}
    kept = [(name, value) for name, value in response.raw_headers if not (is_bare and name in names)]
    added = [(name, value) for name, value in given if is_bare or name not in taken]
    cookies = [header for header in own.raw_headers if header[0] == b"set-cookie"]
    response.raw_headers[:] = [*kept, *added, *cookies]
    if tasks.tasks:
        before: list[BackgroundTask] = [response.background] if response.background else []
        response.background = BackgroundTasks([*before, *tasks.tasks])
    return response
