"""Gathering: a model that takes several values of a query string, of headers, cookies or a form, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from pydantic import AliasChoices, AliasPath
from pydantic.fields import FieldInfo

from ellar.kinds import is_many, is_upload
from ellar.params import Member, Source


def infos_of(model: Any) -> dict[str, FieldInfo]:
    """What pydantic knows of each field."""
    known: dict[str, FieldInfo] | None = getattr(model, "__pydantic_fields__", None)
    if known is not None:
        return known
    hints = get_type_hints(model, include_extras=True)
    if not dataclasses.is_dataclass(model):
        return {name: FieldInfo.from_annotation(hint) for name, hint in hints.items()}
    return {field.name: _of_dataclass(field, hints[field.name]) for field in dataclasses.fields(model) if field.init}


def _of_dataclass(field: dataclasses.Field[Any], hint: Any) -> FieldInfo:
    is_required = field.default is field.default_factory is dataclasses.MISSING
    return FieldInfo.from_annotation(hint) if is_required else FieldInfo.from_annotated_attribute(hint, field.default)


def config_of(model: Any) -> dict[str, Any]:
    """pydantic's settings of a model."""
    found: dict[str, Any] = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", None) or {}
    return found


def has_files(model: Any) -> bool:
    """Is a field of it a file, or a list of files?"""
    annotations = [field.annotation for field in infos_of(model).values()]
    return any(is_upload(kind) for annotation in annotations for kind in (annotation, *get_args(annotation)))


def members_of(model: Any, source: Source) -> Iterator[Member]:
    """Where each field's value is found. Raises ValueError for a field that no single name stands for."""
    config = config_of(model)
    optional: frozenset[str] = getattr(model, "__optional_keys__", frozenset())
    for name, field in infos_of(model).items():
        may_be_empty = source != "form" or (field.is_required() and name not in optional)
        aliases = [] if config.get("validate_by_alias") is False else _aliases(name, field)
        for alias in aliases:
            yield Member(alias, alias, is_many(field.annotation), may_be_empty)
        if not aliases or config.get("validate_by_name") or config.get("populate_by_name"):
            alias = name.replace("_", "-") if source == "header" else name
            yield Member(alias, name, is_many(field.annotation), may_be_empty)


def _aliases(name: str, field: FieldInfo) -> list[str]:
    alias = field.validation_alias or field.alias
    found = alias.choices if isinstance(alias, AliasChoices) else [alias] if alias is not None else []
    if any(isinstance(one, AliasPath) for one in found):
        raise ValueError(f"has an AliasPath at its field {name!r}: write an alias")
    return [one for one in found if isinstance(one, str)]
