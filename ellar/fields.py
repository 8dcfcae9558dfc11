"""Fields: the values that a handler takes by name, as a client meets them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ellar.params import Value
from ellar.schemas import Schema, Schemas
from ellar.signatures import MISSING


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the query string, path, headers, cookies or a form."""

    source: str
    name: str
    is_required: bool
    schema: Schema


def fields_of(value: Value, schemas: Schemas) -> Iterator[Field]:
    """What a parameter takes: one value, or one for each field of a model that gathers them."""
    schema = without_null(schemas.input(value.adapter))
    if value.members:
        yield from _gathered(value, schemas.followed(schema))
        return
    if value.max_size is not None:
        schema["description"] = f"{schema.get('description', '')} At most {value.max_size} bytes.".strip()
    if value.default not in (MISSING, None):
        schema |= _default(value)
    yield Field(value.source, value.alias, value.default is MISSING, _of_header(schema, value.source))


def _gathered(value: Value, model: Schema) -> Iterator[Field]:
    required = model.get("required", ()) if value.default is MISSING else ()
    for member in value.members:
        schema = model["properties"].get(member.name)
        if schema is not None:  # else it is a second name of a field
            schema = _of_header(without_null(schema), value.source)
            yield Field(value.source, member.alias, member.name in required, schema)


def without_null(schema: Mapping[str, Any]) -> Schema:
    """Of what comes as text, which can't be null: `X | None` is an X that may be left out."""
    kept = {name: value for name, value in schema.items() if name != "default" or value is not None}
    if "anyOf" not in kept:
        return kept
    choices = [choice for choice in kept.pop("anyOf") if choice != {"type": "null"}]
    return {**choices[0], **kept} if len(choices) == 1 else {"anyOf": choices, **kept}


def _of_header(schema: Schema, source: str) -> Schema:
    """A list of headers or cookies is one that is given several times, and not one with commas."""
    if source not in ("header", "cookie") or schema.get("type") != "array":
        return schema
    told = {name: one for name, one in schema.items() if name in ("description", "deprecated")}
    return {**schema.get("items", {}), **told}


def _default(value: Value) -> Schema:
    try:
        default = value.adapter.dump_python(value.default, mode="json", warnings="error")
    except ValueError:  # it is none of the type's, which is the application's right
        return {}
    return {} if isinstance(default, float) and not math.isfinite(default) else {"default": default}
