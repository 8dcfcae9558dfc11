"""Kinds: what the type of a parameter says of where its value may come from."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import RootModel
from starlette import datastructures

_COLLECTIONS = (list, set, tuple, frozenset, Sequence)
PLAIN = (str, int, float, bool, bytes, Decimal, date, datetime, time, timedelta, UUID, types.NoneType, Enum)
"""What a text can stand for; none of them can be changed."""


def is_many(annotation: Any) -> bool:
    """Is it a list or its like, or might it be one?"""
    annotation = getattr(annotation, "__value__", annotation)  # of a `type` statement
    origin = get_origin(annotation)
    if origin is Annotated:
        return is_many(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return any(is_many(kind) for kind in get_args(annotation))
    return (origin or annotation) in _COLLECTIONS


def is_model(kind: Any) -> bool:
    """Has it fields by name: a pydantic model, dataclass or TypedDict?"""
    if not isinstance(kind, type) or issubclass(kind, RootModel):
        return False
    is_typed_dict = hasattr(kind, "__optional_keys__")  # typing.is_typeddict does not know typing_extensions' own
    return is_typed_dict or hasattr(kind, "__pydantic_fields__") or dataclasses.is_dataclass(kind)


def is_plain(annotation: Any) -> bool:
    """Could a query string hold it?"""
    origin = get_origin(annotation)
    if origin is Literal or annotation is Any:
        return True
    if origin in (Union, types.UnionType, Annotated) or is_many(annotation):
        return all(is_plain(kind) for kind in get_args(annotation) if kind is not ... and isinstance(kind, type))
    return isinstance(annotation, type) and issubclass(annotation, PLAIN)


def is_upload(annotation: Any) -> bool:
    """Is it a file, or a list of files?"""
    kind = one_of(annotation)
    return isinstance(kind, type) and issubclass(kind, datastructures.UploadFile)


def one_of(annotation: Any) -> Any:
    """What is in a list; itself where it is none."""
    return get_args(annotation)[0] if is_many(annotation) and get_args(annotation) else annotation
