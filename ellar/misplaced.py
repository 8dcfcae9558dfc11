"""Misplaced parameters: asked for where they can't be, which is an error at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_origin

from pydantic.fields import FieldInfo
from starlette import datastructures
from starlette.convertors import Convertor, FloatConvertor, IntegerConvertor, UUIDConvertor

from ellar.controllers import Event
from ellar.di import Protocol
from ellar.exceptions import ImproperlyConfigured, place
from ellar.kinds import is_many, is_model, is_upload, one_of
from ellar.params import Marker, Source
from ellar.signatures import Parameter

FORMS: tuple[Source, ...] = ("form", "file")
_GIVEN: dict[type[Any], str] = {IntegerConvertor: "int", FloatConvertor: "float", UUIDConvertor: "UUID"}


def begin(handler: Callable[..., Any], parameter: Parameter) -> str:
    """Of an error: where the handler is, and what it takes."""
    return f"{place(handler)}: {handler.__qualname__} takes {parameter.name!r} "


def check_path(wrong: str, parameter: Parameter, marker: Marker, path_names: Mapping[str, Convertor[Any]]) -> None:
    """Refuses what the path has not, or not of this type."""
    name = marker.alias or parameter.name
    if name not in path_names:
        raise ImproperlyConfigured(f"{wrong}from the path, which has no {{{name}}}: add it")
    if is_many(parameter.annotation):
        raise ImproperlyConfigured(f"{wrong}from the path as a list, and a path has one: take one")
    given = _GIVEN.get(type(path_names[name]))
    if given is not None and parameter.without_none is str:
        article = "an" if given == "int" else "a"
        raise ImproperlyConfigured(
            f"{wrong}as str, and the path gives {article} {given}: write {parameter.name}: {given},"
            f" or {{{name}}} in the path"
        )


def check_text(wrong: str, parameter: Parameter, marker: Marker) -> None:
    """Refuses what no text stands for, unless something beside the type makes it of one."""
    kind = one_of(parameter.without_none)
    is_made = any(not isinstance(extra, Marker | FieldInfo | str) for extra in parameter.metadata)
    is_model_of_many = is_model(kind) and (marker.source == "path" or is_many(parameter.annotation))
    if not is_made and (is_model_of_many or dict in (kind, get_origin(kind))):
        remedy = "a plain type" if marker.source == "path" else "a model, whose fields are values of their own"
        raise ImproperlyConfigured(f"{wrong}as {marker.source.title()}, where each value is a text: take {remedy}")


def check_body(wrong: str, marker: Marker, protocol: Protocol, hook: Event | None) -> None:
    """Refuses bodies where there are messages, and messages where there are none."""
    if marker.source in ("body", *FORMS) and protocol == "websocket":
        raise ImproperlyConfigured(f"{wrong}as {marker.source.title()}, which a websocket has not: write WsBody()")
    if marker.source == "wsbody" and protocol == "http":
        raise ImproperlyConfigured(f"{wrong}as WsBody, which a request has not: write Body()")
    if marker.source == "wsbody" and hook is not None:
        raise ImproperlyConfigured(f"{wrong}as WsBody, but a {hook} handler gets no message: take it out")


def check_file(wrong: str, kind: Any, marker: Marker) -> None:
    """Refuses files that are none, and fields that are files."""
    if kind is datastructures.UploadFile:
        raise ImproperlyConfigured(f"{wrong}as Starlette's UploadFile: import ellar.common.UploadFile")
    if marker.source == "form" and is_upload(kind):
        raise ImproperlyConfigured(f"{wrong}as Form, and it is a file: write File()")
    if marker.source == "file" and kind is not bytes and not is_upload(kind):
        raise ImproperlyConfigured(f"{wrong}as File, which gives UploadFile or bytes: write one of them")


def check_one_body(handler: Callable[..., Any], asked: Sequence[tuple[Parameter, Marker]]) -> None:
    """Refuses a form beside JSON."""
    bodies = [(parameter, marker) for parameter, marker in asked if marker.source == "body"]
    forms = [(parameter, marker) for parameter, marker in asked if marker.source in FORMS]
    if bodies and forms:
        parameter, marker = forms[0]
        raise ImproperlyConfigured(
            f"{begin(handler, parameter)}as {marker.source.title()} and {bodies[0][0].name!r} as Body, and a request"
            " has one body: write Form() for both"
        )
