"""OpenAPI 3.1: what the HTTP routes take and answer, as one document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from starlette.convertors import Convertor, FloatConvertor, IntegerConvertor, UUIDConvertor

from ellar.answers import JSON, Answer, answers_of, refusals_of
from ellar.controllers import HTTPSpec
from ellar.declared import Declared
from ellar.described import Application
from ellar.exception_handlers import Handlers
from ellar.fields import Field, fields_of, without_null
from ellar.params import Message, Plan, Value
from ellar.schemas import Schema, Schemas
from ellar.schemes import Scheme, Security
from ellar.signatures import MISSING
from ellar.words import short_id, tag_of, tags_of, unique_ids, words

VERSION = "3.1.1"
_MULTIPART, _URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_NAMES = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class _Operation:
    """One method of a route, before it is written down."""

    declared: Declared
    convertors: dict[str, Convertor[Any]]
    plan: Plan
    method: str
    path: str
    schemes: Sequence[Scheme]
    answers: Sequence[Answer]


def openapi(application: Application) -> dict[str, Any]:
    """The document. Of two routes that differ by a convertor alone it has the one that is tried first."""
    operations = _told_of_each_other(list(_operations(application)), application.handlers)
    inputs = (adapter for operation in operations for adapter in _adapters(operation.plan))
    outputs = (answer.body for operation in operations for answer in operation.answers if answer.body is not None)
    schemas = Schemas(inputs, outputs)
    security = Security()
    ids = unique_ids([(short_id(one.declared), f"{one.method}_{one.path}") for one in operations])
    paths: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}  # of a path that several routes have, the first one's
    for operation, name in zip(operations, ids, strict=True):
        path = names.setdefault(_shape(operation.path), operation.path)
        written = _Writer(operation, path, schemas, security).operation(name)
        paths.setdefault(path, {}).setdefault(operation.method, written)
    components = {"schemas": schemas.used_by(paths), "securitySchemes": security.objects("apiKey")}
    tags = tags_of(operation.declared for operation in operations)
    more = _filled({"tags": tags, "components": _filled(components)})
    return {"openapi": VERSION, "info": application.info, "paths": paths, **more}


def _operations(application: Application) -> Iterator[_Operation]:
    for declared, route in application.routes:
        if isinstance(declared.spec, HTTPSpec):
            endpoint: Any = route.endpoint
            schemes, is_guarded = application.schemes_of(declared)
            answers = answers_of(
                declared, endpoint, application.handlers, needs_login=bool(schemes), is_guarded=is_guarded
            )
            path = re.sub(r"{(\w+):\w+}", r"{\1}", declared.path)
            for method in map(str.lower, declared.spec.methods):
                if method in _METHODS:
                    yield _Operation(declared, route.param_convertors, endpoint.plan, method, path, schemes, answers)


def _told_of_each_other(operations: Sequence[_Operation], handlers: Handlers) -> list[_Operation]:
    """What the convertor of one route's path does not match may come to another route, which has not that method."""
    patterns: dict[str, set[str]] = {}
    for one in operations:
        patterns.setdefault(_shape(one.path), set()).add(re.sub(r"{\w+", "{", one.declared.path))
    refusals = tuple(refusals_of(405, handlers))
    return [
        replace(one, answers=[*one.answers, *refusals]) if len(patterns[_shape(one.path)]) > 1 else one
        for one in operations
    ]


def _adapters(plan: Plan) -> Iterator[TypeAdapter[Any]]:
    yield from (value.adapter for value in (*plan.values, *plan.form))
    if plan.message is not None:
        yield plan.message.adapter


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one operation down, as one of `path`, whose parameters may have the names that another route gave them."""

    of: _Operation
    path: str
    schemas: Schemas
    security: Security

    def operation(self, name: str) -> dict[str, Any]:
        """The Operation Object."""
        tag = tag_of(self.of.declared)
        plan = self.of.plan
        requirement = {self.security.name_of(scheme): list[str]() for scheme in self.of.schemes}
        return words(self.of.declared) | _filled(
            {
                "operationId": name,
                "tags": [tag["name"]] if tag else [],
                "parameters": [_parameter(field) for field in (*self._in_path(), *self._beside_path())],
                "requestBody": self._form(plan.form) if plan.form else self._body(plan.message),
                "responses": self._responses(),
                "security": [requirement] if requirement else [],
            }
        )

    def _in_path(self) -> Iterator[Field]:
        """All that the path names, whether the handler takes it or not."""
        taken = {field.name: field for field in self._fields(self.of.plan.values) if field.source == "path"}
        for (own, convertor), name in zip(self.of.convertors.items(), _NAMES.findall(self.path), strict=True):
            schema = _converted(convertor)
            if own in taken:
                told = taken[own].schema
                schema = schema | told if told.get("type") == schema["type"] else told
            yield Field("path", name, True, schema)

    def _beside_path(self) -> Iterator[Field]:
        return (field for field in self._fields(self.of.plan.values) if field.source != "path")

    def _fields(self, values: Iterable[Value]) -> Iterator[Field]:
        return (field for value in values for field in fields_of(value, self.schemas))

    def _body(self, message: Message | None) -> dict[str, Any]:
        if message is None:
            return {}
        schema = self.schemas.input(message.adapter)
        is_required = message.default is MISSING
        if message.name is None:  # of several members, each of which may have a default
            is_required = "required" in self.schemas.followed(schema)
        return {"required": is_required, "content": {JSON: {"schema": schema}}}

    def _form(self, values: Sequence[Value]) -> dict[str, Any]:
        fields = list(self._fields(values))
        required = [field.name for field in fields if field.is_required]
        schema: Schema = {"type": "object", "properties": {field.name: field.schema for field in fields}}
        schema |= {"required": required} if required else {}
        schema |= {"additionalProperties": False} if any(map(self._is_closed, values)) else {}
        kinds = [_MULTIPART] if any(value.has_files for value in values) else [_URLENCODED, _MULTIPART]
        return {"required": bool(required), "content": {kind: {"schema": schema} for kind in kinds}}

    def _is_closed(self, value: Value) -> bool:
        """Does its model forbid other fields?"""
        model = self.schemas.followed(without_null(self.schemas.input(value.adapter)))
        return bool(value.members) and model.get("additionalProperties") is False

    def _responses(self) -> dict[str, Any]:
        statuses = sorted({answer.status for answer in self.of.answers})
        return {status: self._response([one for one in self.of.answers if one.status == status]) for status in statuses}

    def _response(self, answers: Sequence[Answer]) -> dict[str, Any]:
        """One status, which several answers may have."""
        content: dict[str, list[Schema]] = {}
        for answer in answers if self.of.method != "head" else ():
            if answer.media_type is not None:
                schemas = content.setdefault(answer.media_type, [])
                schemas.append(self.schemas.output(answer.body) if answer.body else _unknown(answer.media_type))
        told = {kind: {"schema": _either(schemas)} for kind, schemas in content.items()}
        return {"description": answers[0].description} | ({"content": told} if told else {})


def _parameter(field: Field) -> dict[str, Any]:
    schema = dict(field.schema)
    told: Schema = {name: schema.pop(name) for name in ("description", "deprecated") if name in schema}
    return {"name": field.name, "in": field.source, "required": field.is_required, "schema": schema, **told}


def _converted(convertor: Convertor[Any]) -> Schema:
    """What a path's convertor lets through."""
    if isinstance(convertor, IntegerConvertor):
        return {"type": "integer", "minimum": 0}
    if isinstance(convertor, FloatConvertor):
        return {"type": "number", "minimum": 0}
    return {"type": "string", "format": "uuid"} if isinstance(convertor, UUIDConvertor) else {"type": "string"}


def _unknown(media_type: str) -> Schema:
    return {"type": "string"} if media_type in ("text/html", "text/plain") else {}


def _either(schemas: Sequence[Schema]) -> Schema:
    different = [schema for number, schema in enumerate(schemas) if schema not in schemas[:number]]
    return different[0] if len(different) == 1 else {"anyOf": different}


def _shape(path: str) -> str:
    """Two paths are one, whatever their parameters are called."""
    return _NAMES.sub("{}", path)


def _filled(objects: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in objects.items() if one}
