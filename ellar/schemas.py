"""Schemas: the JSON Schemas of all types that a document names, made in one go so that no two have one name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, JsonSchemaWarningKind
from pydantic_core import PydanticSerializationError, core_schema

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]

COMPONENTS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class ValidationError:
    """One fault of what a client sent: where it is, and what is wrong with it."""

    loc: list[str | int]
    msg: str
    type: str


class OpenAPISchemas(GenerateJsonSchema):
    """pydantic's, which takes any type: of one that JSON Schema has no words for, it says nothing."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 # as the base class has it

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {}

    def encode_default(self, dft: Any) -> Any:
        made = super().encode_default(dft)
        if isinstance(made, float) and not math.isfinite(made):
            raise PydanticSerializationError(f"{made} is no number of JSON")  # it is left out then
        return made

    def get_decimal_pattern(self, schema: core_schema.DecimalSchema) -> str | None:
        return self.build_decimal_pattern(schema) if self.mode == "validation" else None  # 1E+2 is sent as it is

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # they say what the field's name says


class AsyncAPISchemas(OpenAPISchemas):
    """In the words of draft 07, which AsyncAPI 3.0 knows, with its own form of a discriminator."""

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        made = super().tuple_schema(schema)
        if "prefixItems" in made:
            made["additionalItems"] = made.pop("items", False)
            made["items"] = made.pop("prefixItems")
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        if "discriminator" in made:
            made["discriminator"] = made["discriminator"]["propertyName"]
        return made


class Schemas:
    """What the types look like in JSON; `shared` is what they refer to, by name."""

    def __init__(
        self,
        inputs: Iterable[TypeAdapter[Any]],
        outputs: Iterable[TypeAdapter[Any]],
        generator: type[GenerateJsonSchema] = OpenAPISchemas,
    ) -> None:
        both: dict[Mode, Iterable[TypeAdapter[Any]]] = {"validation": inputs, "serialization": outputs}
        self._adapters = {(id(adapter), mode): adapter for mode, adapters in both.items() for adapter in adapters}
        made, rest = TypeAdapter.json_schemas(
            [(key[0], key[1], adapter) for key, adapter in self._adapters.items()],
            ref_template=f"{COMPONENTS}{{model}}",
            schema_generator=generator,
        )
        self._made = made
        self.shared: dict[str, Schema] = rest.get("$defs", {})

    def input(self, adapter: TypeAdapter[Any]) -> Schema:
        """What is taken."""
        return dict(self._made[id(adapter), "validation"])

    def output(self, adapter: TypeAdapter[Any]) -> Schema:
        """What is given."""
        return dict(self._made[id(adapter), "serialization"])

    def used_by(self, document: Any) -> dict[str, Schema]:
        """Those of `shared` that a document refers to, and those that they refer to."""
        found: set[str] = set()
        waiting = [document]
        while waiting:
            new = set(_references(waiting.pop())) - found
            found |= new
            waiting += [self.shared[name] for name in new]
        return {name: schema for name, schema in self.shared.items() if name in found}

    def followed(self, schema: Schema) -> Schema:
        """The schema that this one refers to, or itself."""
        reference = schema.get("$ref", "")
        return self.shared[reference.removeprefix(COMPONENTS)] if reference else schema


def _references(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        reference = document.get("$ref")
        if isinstance(reference, str) and reference.startswith(COMPONENTS):
            yield reference.removeprefix(COMPONENTS)
        document = list(document.values())
    for part in document if isinstance(document, list) else ():
        yield from _references(part)
