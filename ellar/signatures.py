"""Signatures: what a function or class asks for, with its annotations resolved."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ellar.exceptions import ImproperlyConfigured, place

T = TypeVar("T")
_LOCALS = "__ellar_locals__"
MISSING = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its type without `Annotated`, what `Annotated` held besides, and its default."""

    name: str
    annotation: Any
    metadata: tuple[Any, ...]
    default: Any

    @property
    def required(self) -> bool:
        return self.default is MISSING

    @property
    def without_none(self) -> Any:
        """`X` for `X | None`, else the annotation."""
        if get_origin(self.annotation) not in (Union, types.UnionType):
            return self.annotation
        others = [kind for kind in get_args(self.annotation) if kind is not types.NoneType]
        return others[0] if len(others) == 1 else self.annotation


def names_of(owner: type[Any]) -> list[str]:
    """What a class and its bases have by name, in the order in which it was written, bases first."""
    return list(dict.fromkeys(name for kind in reversed(owner.__mro__) for name in vars(kind)))


def remember_locals(decorated: Any) -> None:
    """Keeps the local names around a decorator's use, so that classes made inside a function can be annotations."""
    names = _local_names(users_frame())
    if names:
        setattr(decorated, _LOCALS, names)


def remembered_locals(decorated: Any) -> dict[str, Any]:
    """What `remember_locals` has kept."""
    names: dict[str, Any] = getattr(decorated, _LOCALS, {})
    return names


def users_frame() -> types.FrameType:
    """The innermost frame that is not of this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "ellar":
        frame = frame.f_back
    return frame


def users_place() -> str:
    """The line of the user's code that is being run, as `file:line`."""
    frame = users_frame()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def as_listed(name: str, entries: Sequence[T]) -> tuple[T, ...]:
    """What is given for `name=`. Raises ImproperlyConfigured for what stands there alone, without brackets."""
    if isinstance(entries, str) or not isinstance(entries, Iterable):
        raise ImproperlyConfigured(f"{users_place()}: {name}= takes a list: write {name}=[...] around {entries!r}")
    return tuple(entries)


def _local_names(frame: types.FrameType | None) -> dict[str, Any]:
    names: dict[str, Any] = {}
    while frame is not None and frame.f_locals is not frame.f_globals:
        if frame.f_code.co_flags & inspect.CO_OPTIMIZED:  # a function: a class's own names are not its methods' names
            names = {**frame.f_locals, **names}
        outer = frame.f_back  # the frame around a class body or function in the same file
        frame = outer if outer is not None and outer.f_globals is frame.f_globals else None
    return names


def parameters(
    declared: Callable[..., Any], local_names: Mapping[str, Any] | None = None, *, method: bool = False
) -> tuple[Parameter, ...]:
    """The parameters of a function, or of a class's constructor; of a `method` and a constructor all but the first.

    Raises ImproperlyConfigured for an annotation that names what is not there, and for what takes no names.
    """
    function = inspect.getattr_static(declared, "__init__") if isinstance(declared, type) else declared
    if isinstance(function, types.WrapperDescriptorType):  # object's own constructor takes nothing
        return ()
    known = {**(local_names or {}), **remembered_locals(declared)}
    declared_ones = list(inspect.signature(function).parameters.values())[method or isinstance(declared, type) :]
    found = [p for p in declared_ones if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if any(p.kind is p.POSITIONAL_ONLY for p in found):
        raise ImproperlyConfigured(
            f"{place(declared)}: arguments are given by name: take the / out of {function.__name__}"
        )
    hints = _hints(declared, function, {p.name: p.annotation for p in found if p.annotation is not MISSING}, known)
    return tuple(_parameter(p, hints.get(p.name, Any)) for p in found)


def _parameter(parameter: inspect.Parameter, annotation: Any) -> Parameter:
    annotation, metadata = _without_annotated(annotation)
    if get_origin(annotation) in (Union, types.UnionType):  # Inject[X] | None says what Inject[X | None] does
        members = [_without_annotated(member) for member in get_args(annotation)]
        if len(members) == 2 and types.NoneType in (member for member, _ in members):
            annotation = Union[members[0][0], members[1][0]]  # noqa: UP007 # | refuses what is no type to it
            metadata = (*metadata, *members[0][1], *members[1][1])
    return Parameter(parameter.name, annotation, metadata, parameter.default)


def _without_annotated(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """The type, and what each `Annotated` around it holds; the name of a `type` statement is what it stands for."""
    if type(annotation).__name__ == "TypeAliasType":  # typing has it from 3.12 on, typing_extensions its own
        return _without_annotated(annotation.__value__)
    if get_origin(annotation) is not Annotated:
        return annotation, ()
    annotation, *extra = get_args(annotation)
    kind, inner = _without_annotated(annotation)
    return kind, (*inner, *extra)


def return_annotation(declared: Callable[..., Any], local_names: Mapping[str, Any] | None = None) -> Any:
    """The type that a function says it returns; MISSING where it says none, or one that only a type checker knows."""
    written = inspect.signature(declared).return_annotation
    if written is MISSING:
        return MISSING
    known = {**(local_names or {}), **remembered_locals(declared)}
    try:
        return _hints(declared, declared, {"return": written}, known)["return"]
    except ImproperlyConfigured:
        return MISSING


def _hints(declared: Any, function: Any, annotations: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """`get_type_hints` for the parameters alone: a return type may name what only a type checker imports."""
    holder = types.SimpleNamespace(__annotations__=dict(annotations))
    function_globals = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return get_type_hints(holder, function_globals, dict(known), include_extras=True)
    except Exception as error:  # an annotation may hold any expression
        name = getattr(declared, "__qualname__", declared)
        missing = error.name if isinstance(error, NameError) else None
        fault = f"names {missing!r}, which is not there" if missing else f"can't be read ({error})"
        remedy = ": import it at the top of the file, outside TYPE_CHECKING" if missing else ""
        raise ImproperlyConfigured(
            f"{place(declared)}: {name} has an annotation that {fault} when the application starts{remedy}"
        ) from error
